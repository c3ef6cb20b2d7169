/** What a lobby's host tells about its settings: in the chat lines of an autohost, or in one message. Pure. */
import { type LobbyRecord, memberNamed } from '../battles/record.ts';
import { CONSUL_BOUNDS, type ConsulState } from './state.ts';

/** Null: nothing is said about it. */
export interface HostNews {
  readonly teamSize: number | null;
  readonly teamCount: number | null;
  readonly preset: string | null;
  /** Who becomes a boss beside the others, or who alone are bosses. */
  readonly boss: { readonly add: string } | { readonly only: readonly string[] } | null;
}

const NOTHING: HostNews = { teamSize: null, teamCount: null, preset: null, boss: null };

/** Reads a line of the host's chat. Undefined when it announces nothing. */
export function readAnnouncement(text: string): HostNews | undefined {
  const enabled = /\bBoss mode enabled for (\S+)/.exec(text);
  const news: HostNews = {
    ...NOTHING,
    teamSize: number(/\bteamSize=(\d{1,3})\b/.exec(text)?.[1]),
    teamCount: number(/\bnbTeams=(\d{1,3})\b/.exec(text)?.[1]),
    boss: enabled ? { add: enabled[1]! } : /\bBoss mode disabled by /.test(text) ? { only: [] } : null,
  };
  return news.teamSize === null && news.teamCount === null && news.boss === null ? undefined : news;
}

/** Reads what a host sends as data: texts or numbers, whatever is missing, empty or 0 being nothing. */
export function readHostUpdate(data: Readonly<Record<string, unknown>>): HostNews {
  const text = (name: string): string | undefined => {
    const value = data[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : undefined;
  };
  const boss = text('boss');
  const preset = text('preset');
  return {
    teamSize: number(text('teamSize')),
    teamCount: number(text('nbTeams')),
    preset: preset ? preset.slice(0, CONSUL_BOUNDS.text) : null,
    boss: boss ? { only: boss.split(/[\s,]+/).slice(0, CONSUL_BOUNDS.bosses) } : null,
  };
}

function number(text: string | undefined): number | null {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 && value <= CONSUL_BOUNDS.number ? value : null;
}

/** The state with the news. A boss must be in the lobby. */
export function withHostNews(state: ConsulState, record: LobbyRecord, news: HostNews): ConsulState {
  return {
    ...state,
    teamSize: news.teamSize ?? state.teamSize,
    teamCount: news.teamCount ?? state.teamCount,
    preset: news.preset ?? state.preset,
    bosses: bossesAfter(state.bosses, record, news.boss),
  };
}

function bossesAfter(bosses: readonly number[], record: LobbyRecord, change: HostNews['boss']): number[] {
  const ids = (names: readonly string[]): number[] => names.flatMap((name) => memberNamed(record, name)?.userId ?? []);
  if (!change) return [...bosses];
  if ('only' in change) return [...new Set(ids(change.only))];
  return [...new Set([...bosses, ...ids([change.add])])].slice(-CONSUL_BOUNDS.bosses);
}
