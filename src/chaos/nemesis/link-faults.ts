/** Faults of links: partitions of every kind, and single links that lose, delay or reorder. */
import { AUTHORITY, type NodeId } from '../../base/index.ts';
import { delay, drop, type LinkFault } from '../../ports/index.ts';
import type { Hand } from './hand.ts';

type Link = readonly [from: NodeId, to: NodeId];

/** More links than these few faults cut at a time, and nothing goes on that could break. */
const MOST_CUTS = 2;
/** Bytes of a frame: more than a ping, less than most writes. */
const LARGEST_SMALL = 90;

export class LinkFaults {
  readonly #hand: Hand;
  #cuts = 0;

  constructor(hand: Hand) {
    this.#hand = hand;
  }

  partition(): void {
    const sides = this.#sides();
    if (!sides) return;
    const [side, rest] = sides;
    this.#cut('partition', 'heal', [
      { details: { side, rest }, links: [...across(side, rest), ...across(rest, side)] },
    ]);
  }

  oneWay(): void {
    const sides = this.#sides();
    if (sides) this.#cutAll(across(sides[0], sides[1]));
  }

  partial(): void {
    const link = this.#drawLink(this.#hand.ids());
    if (link) this.#cutAll([link, [link[1], link[0]]]);
  }

  cutAuthority(): void {
    const ids = this.#hand.ids().filter(() => this.#hand.random() < 0.5);
    const links = [...across([AUTHORITY], ids), ...across(ids, [AUTHORITY])];
    if (this.#hand.random() < 0.7) this.#cutAll(links);
    else this.#cutAll(links.filter(([from]) => (from === AUTHORITY) === this.#hand.random() < 0.5));
  }

  #cutAll(links: readonly Link[]): void {
    const each = links.map((link) => ({ details: { from: link[0], to: link[1] }, links: [link] }));
    this.#cut('cut', 'cut no more', each);
  }

  /** One fault that cuts links for a while, with a note for each of its parts. */
  #cut(
    what: string,
    end: string,
    parts: readonly { details: Record<string, unknown>; links: readonly Link[] }[],
  ): void {
    if (this.#cuts >= MOST_CUTS || parts.length === 0) return;
    const forMs = this.#hand.lasting(50, 12_000);
    const held = parts.map(({ details, links }) => {
      const faults = links.map(([from, to]): LinkFault => ({ from, to, verdict: drop }));
      return this.#hand.hold(what, end, details, faults, forMs);
    });
    this.#cuts += 1;
    const lifted = Promise.all(held).finally(() => {
      this.#cuts -= 1;
    });
    this.#hand.aside(what, lifted);
  }

  #drawLink(ids: readonly NodeId[]): Link | undefined {
    const from = this.#hand.pick(ids);
    const to = this.#hand.pick(ids.filter((id) => id !== from));
    return from !== undefined && to !== undefined ? [from, to] : undefined;
  }

  #onLink(what: string, fault: Pick<LinkFault, 'verdict' | 'lane'>): void {
    const link = this.#drawLink([...this.#hand.ids(), AUTHORITY]);
    if (!link) return;
    const [from, to] = link;
    const forMs = this.#hand.lasting(2, 5_000);
    this.#hand.aside(
      what,
      this.#hand.hold(what, `${what} no more`, { from, to, ...fault }, [{ from, to, ...fault }], forMs),
    );
  }

  delay(): void {
    this.#onLink('delayed', { verdict: delay(this.#hand.between(1, 500)) });
  }

  drop(): void {
    this.#onLink('cut', { verdict: drop });
  }

  reorder(): void {
    const lane = this.#hand.random() < 0.5 ? 'direct' : 'broadcast';
    this.#onLink('reordered', { lane, verdict: delay(this.#hand.between(1, 300)) });
  }

  loseLarge(): void {
    const { setLargestFrame } = this.#hand.world;
    const link = this.#drawLink(this.#hand.ids('up'));
    if (!setLargestFrame || !link) return;
    const [from, to] = link;
    const details = { from, to, fault: this.#hand.caused };
    this.#hand.note('cluster', 'small only', details);
    setLargestFrame(from, to, LARGEST_SMALL);
    const right = async (): Promise<void> => {
      setLargestFrame(from, to, Number.POSITIVE_INFINITY);
      this.#hand.history.note('cluster', 'small only no more', details);
    };
    this.#hand.aside('small only', this.#hand.keep(this.#hand.lasting(1_000, 40_000), right));
  }

  /** Two sides of all parties, neither of them empty. The authority stands with either. */
  #sides(): [NodeId[], NodeId[]] | undefined {
    const ids = this.#hand.ids();
    const isHere = new Set([...ids, AUTHORITY].filter(() => this.#hand.random() < 0.5));
    const here = ids.filter((id) => isHere.has(id));
    const there = ids.filter((id) => !isHere.has(id));
    if (here.length === 0 || there.length === 0) return undefined;
    (isHere.has(AUTHORITY) ? here : there).push(AUTHORITY);
    return [here, there];
  }
}

function across(from: readonly NodeId[], to: readonly NodeId[]): Link[] {
  return from.flatMap((a) => to.map((b): Link => [a, b]));
}
