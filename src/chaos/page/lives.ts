/** When each life of each party began and ended, and when it stood still or had no lease: the segments of a column. Pure. */
import type { Happening } from '../history.ts';
import type { Failure, Life } from './failure.ts';
import type { Span } from './timeline.ts';
import { nodeOf } from './words.ts';

export interface Segment extends Span {
  readonly address: string;
  /** Why it ended; undefined while it lives. */
  readonly end: 'crashed' | 'left' | undefined;
  readonly pauses: readonly Span[];
  /** Without a valid lease. */
  readonly outside: readonly Span[];
}

const FOREVER = Number.POSITIVE_INFINITY;

export function segmentsOf({ lives, happenings }: Pick<Failure, 'lives' | 'happenings'>): Segment[] {
  const decided = happenings.filter(({ what }) => what === 'decided');
  const known = lives.length > 0 ? lives : livesFrom(decided);
  return known.map((life) => {
    const killed = happenings.find(({ what, node }) => what === 'killed' && node === life.address);
    const crashedAt = life.crashedAt ?? killed?.at;
    const to = crashedAt ?? leftAt(life, decided);
    const own = happenings.filter(({ node }) => node === life.address);
    return {
      address: life.address,
      from: life.from,
      to,
      end: crashedAt !== undefined ? 'crashed' : to === FOREVER ? undefined : 'left',
      pauses: pausesOf(own, to),
      outside: outsideOf(own, to),
    };
  });
}

/** Without a trace, a life begins with the first view that lists it. */
function livesFrom(decided: readonly Happening[]): Life[] {
  const first = new Map<string, number>();
  for (const { at, details } of decided)
    for (const address of membersOf(details)) if (!first.has(address)) first.set(address, at);
  return [...first].map(([address, from]) => ({ address, from, crashedAt: undefined }));
}

function membersOf(details: Happening['details']): string[] {
  const members = Array.isArray(details.members) ? (details.members as unknown[]) : [];
  return members.map((member) => String(member).split(' ')[0]!);
}

/** When the first view was decided that no longer lists it. */
function leftAt({ address, from }: Life, decided: readonly Happening[]): number {
  const listed = decided.findIndex(({ details }) => membersOf(details).includes(address));
  if (listed < 0) {
    const next = decided.find(
      ({ at, details }) => at > from && membersOf(details).some((other) => isLater(other, address)),
    );
    return next?.at ?? FOREVER;
  }
  return decided.slice(listed).find(({ details }) => !membersOf(details).includes(address))?.at ?? FOREVER;
}

function isLater(other: string, address: string): boolean {
  const incarnation = (text: string): number => Number(text.slice(text.indexOf('#') + 1));
  return nodeOf(other) === nodeOf(address) && incarnation(other) > incarnation(address);
}

function pausesOf(own: readonly Happening[], end: number): Span[] {
  return own
    .filter(({ what }) => what === 'paused')
    .map(({ at, details }) => ({ from: at, to: Math.min(end, at + Number(details.ms)) }));
}

function outsideOf(own: readonly Happening[], end: number): Span[] {
  const changes = own.filter(({ what }) => what === 'standing');
  return changes.flatMap(({ at, details }, index) =>
    Object.values(details).includes('outside') ? [{ from: at, to: changes[index + 1]?.at ?? end }] : [],
  );
}
