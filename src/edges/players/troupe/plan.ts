/** Who of a troupe is what, as pure functions of a player's number. */

/** Where a node listens. */
export interface Gateway {
  readonly host: string;
  readonly port: number;
}

export function nameOfGateway({ host, port }: Gateway): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export interface TroupePlan {
  readonly players: number;
  readonly threads: number;
  /** Player 7 is called this and 7. */
  readonly name: string;
  /** How long a player waits between two acts, on average. */
  readonly paceMs: number;
  /** How long a player may wait for anything. */
  readonly deadlineMs: number;
  /** Of what players draw: where to connect, what to do. What comes of it depends on the others, too. */
  readonly seed: number;
}

/** Of so many players one is a host. */
const PER_HOST = 8;
/** Players in one channel. */
const PER_CHANNEL = 50;

export function nameIn({ name }: TroupePlan, player: number): string {
  return `${name}${player}`;
}

export function isHost(player: number): boolean {
  return player % PER_HOST === 0;
}

export function channelIn(player: number): string {
  return `troupe${Math.floor(player / PER_CHANNEL)}`;
}

/** Of a battle: queues look for hosts in a region. */
export function titleOf(player: number): string {
  return `EU ${String(player).padStart(3, '0')} simulated`;
}

/** The players of a thread. */
export function numbersOf({ players, threads }: TroupePlan, thread: number): number[] {
  return Array.from({ length: players }, (_, player) => player).filter((player) => player % threads === thread);
}
