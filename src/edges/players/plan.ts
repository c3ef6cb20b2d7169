/**
 * Who of a number of simulated players is where and does what, as pure functions of a player's number, so that all threads agree
 * on what each player must be told. Players and the members of each channel and battle are spread over all nodes and threads.
 */

export interface Plan {
  readonly players: number;
  readonly threads: number;
  readonly host: string;
  /** The gateway of each node. */
  readonly ports: readonly number[];
  /** How long a player may wait for anything. */
  readonly deadlineMs: number;
}

/** Players in one channel; the last one may have fewer. */
export const CHANNEL_PLAYERS = 100;
/** Of so many players the first few play a battle, one as its host. */
const BATTLE_BLOCK = 32;
export const BATTLE_PLAYERS = 8;

const NAME = 'player';

export function nameOf(player: number): string {
  return `${NAME}${player}`;
}

/** The number in a name that `nameOf` gave; undefined for other names. */
export function playerNamed(name: string): number | undefined {
  const number = Number(name.slice(NAME.length));
  return name === nameOf(number) ? number : undefined;
}

/** The index of the node whose gateway the player uses. */
export function nodeOf({ ports }: Plan, player: number): number {
  return player % ports.length;
}

/** All numbers of the players of a thread. */
export function playersOf({ players, threads, ports }: Plan, thread: number): number[] {
  return range(0, players).filter((player) => Math.floor(player / ports.length) % threads === thread);
}

/** The first player of each node: they see the others go. */
export function isWitness({ ports }: Plan, player: number): boolean {
  return player < ports.length;
}

export function channelOf(player: number): string {
  return `channel${Math.floor(player / CHANNEL_PLAYERS)}`;
}

/** The player's number within its channel. */
export function placeOf(player: number): number {
  return player % CHANNEL_PLAYERS;
}

/** The numbers of those who share the player's channel, itself included, by place. */
export function channelMates({ players }: Plan, player: number): number[] {
  const first = player - placeOf(player);
  return range(first, Math.min(players, first + CHANNEL_PLAYERS));
}

export type Part = 'host' | 'member' | 'none';

export function partOf({ players }: Plan, player: number): Part {
  const place = player % BATTLE_BLOCK;
  if (place >= BATTLE_PLAYERS || player - place + BATTLE_PLAYERS > players) return 'none';
  return place === 0 ? 'host' : 'member';
}

export function hostOf(player: number): number {
  return player - (player % BATTLE_BLOCK);
}

/** All who play the battle of a host, the host first. */
export function membersOf(host: number): number[] {
  return range(host, host + BATTLE_PLAYERS);
}

const STRIDE = 37;

/** Who says the line with this number of a conversation of all: one after the other, each time far from the one before. */
export function speakerOf({ players }: Plan, line: number): number {
  return (line * STRIDE + Math.floor(line / players)) % players;
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}
