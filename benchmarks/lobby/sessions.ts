/**
 * Simulated players in threads of their own, over TCP on this machine, spread over the gateways of a cluster that runs the real
 * lobby: in a round all log in, join channels, talk, play battles and log out. A step counts when every player has been told all
 * of it (see src/edges/players). Accounts are in a store in memory and made before the first round.
 */
import { type Plan, PlayerThreads, type Span } from '../../src/edges/players/index.ts';
import { type Cluster, startCluster } from '../../src/index.ts';
import type { Measured, Subject } from '../harness.ts';
import { nodeCpuMs } from './node-cpu.ts';
import { requireOpenFiles } from './open-files.ts';

const APP = new URL('../../src/edges/gateway/app.ts', import.meta.url);

/** scrypt's N is 2 to this: a login measures the lobby, and hardly the hash. The lobby's default is 14. */
const HASH_COST = 4;

export interface Sessions {
  readonly players: number;
  readonly nodes: number;
  /** Threads that the players are in. */
  readonly threads: number;
  /** Lines that each says in the burst. */
  readonly burst: number;
  /** How long the conversation is, in which players of all channels take turns to say one line. */
  readonly conversationMs: number;
  /** How long a player may wait for anything. */
  readonly deadlineMs: number;
}

/** Of all channels together. Each line goes to the hundred players of a channel. */
export const LINES_PER_SECOND = 100;

export async function sessions(options: Sessions): Promise<Subject> {
  const { players, threads, deadlineMs, nodes } = options;
  await requireOpenFiles(players);
  const settings = { hashCost: HASH_COST, chatGuard: false };
  const cluster = await startCluster({ nodes, app: APP, data: 'memory', settings, freezeValues: false });
  try {
    const ports = await portsOf(cluster);
    const crews = await PlayerThreads.start({ players, threads, ports, host: '127.0.0.1', deadlineMs });
    const close = async (): Promise<void> => {
      await crews.close();
      await cluster.close();
    };
    try {
      await crews.all('register');
      return { name: 'muster', round: () => new Round(cluster, crews, options).play(), close };
    } catch (error) {
      await crews.close();
      throw error;
    }
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

async function portsOf(cluster: Cluster): Promise<Plan['ports']> {
  return (await cluster.inspect()).nodes.map(({ gauges }) => gauges.lobbyPort!);
}

/** What a step cost. */
interface Cost {
  readonly ms: number;
  /** Lines that players received. */
  readonly lines: number;
  readonly cpuMs: number | undefined;
}

class Round {
  readonly #cluster: Cluster;
  readonly #crews: PlayerThreads;
  readonly #options: Sessions;

  constructor(cluster: Cluster, crews: PlayerThreads, options: Sessions) {
    this.#cluster = cluster;
    this.#crews = crews;
    this.#options = options;
  }

  async play(): Promise<Measured> {
    const { players } = this.#options;
    let loggedInMs = 0;
    const ramp = await this.#step(async () => {
      const logins = await this.#crews.all('logIn');
      loggedInMs = lengthOf(logins);
      return [...logins, ...(await this.#crews.all('seeUsers', 'all'))];
    });
    await this.#crews.all('joinChannels');
    const burst = await this.#step(() => this.#crews.all('burst', this.#options.burst));
    const latencies = await this.#converse();
    const battles = await this.#step(() => this.#playBattles());
    await this.#logOut();
    return {
      figure: (players * 1_000) / loggedInMs,
      also: {
        's until all were logged in and knew of all': ramp.ms / 1_000,
        'lines per player for that': ramp.lines / players,
        ...cpuPerLine('of a login', ramp),
        'chat lines/s delivered': (burst.lines * 1_000) / burst.ms,
        ...cpuPerLine('of chat', burst),
        'p50 ms of chat across nodes': percentile(latencies, 0.5),
        'p99 ms of chat across nodes': percentile(latencies, 0.99),
        's of battles': battles.ms / 1_000,
        'lines per player of battles': battles.lines / players,
        ...cpuPerLine('of battles', battles),
      },
    };
  }

  async #converse(): Promise<Float64Array> {
    const lines = (this.#options.conversationMs * LINES_PER_SECOND) / 1_000;
    const parts = await this.#crews.all('converse', { lines, perSecond: LINES_PER_SECOND });
    return Float64Array.from(parts.flatMap((part) => [...part])).sort();
  }

  /** Opened, joined, left and closed; each stage seen by all. */
  async #playBattles(): Promise<Span[]> {
    const opened = (await this.#crews.all('openBattles')).flat();
    const spans = [
      await this.#crews.all('joinBattles', opened),
      await this.#crews.all('seeBattles', opened),
      await this.#crews.all('leaveBattles', 'member'),
      await this.#crews.all('leaveBattles', 'host'),
      await this.#crews.all('seeBattles', []),
    ];
    return spans.flat();
  }

  /** One player on each node stays until he has seen all the others go. */
  async #logOut(): Promise<void> {
    await this.#crews.all('logOut', 'all but witnesses');
    await this.#crews.all('seeUsers', 'witnesses');
    await this.#crews.all('logOut', 'all');
    await this.#cluster.waitFor('the lobby to be empty', async () => {
      const { nodes } = await this.#cluster.inspect();
      return nodes.every(({ gauges }) => gauges.sessions === 0 && gauges.connections === 0);
    });
  }

  async #step(take: () => Promise<readonly Span[]>): Promise<Cost> {
    const [linesBefore, cpuBefore] = [await this.#lines(), await nodeCpuMs(this.#cluster)];
    const spans = await take();
    const [lines, cpu] = [await this.#lines(), await nodeCpuMs(this.#cluster)];
    const cpuMs = cpu === undefined || cpuBefore === undefined ? undefined : cpu - cpuBefore;
    return { ms: lengthOf(spans), lines: lines - linesBefore, cpuMs };
  }

  async #lines(): Promise<number> {
    return (await this.#crews.all('lines')).reduce((sum, lines) => sum + lines, 0);
  }
}

/** From the first beginning to the last end. */
function lengthOf(spans: readonly Span[]): number {
  return Math.max(...spans.map(({ endedAt }) => endedAt)) - Math.min(...spans.map(({ startedAt }) => startedAt));
}

/** What a line cost the nodes; nothing where that is not known. */
function cpuPerLine(what: string, { cpuMs, lines }: Cost): Record<string, number> {
  return cpuMs === undefined ? {} : { [`µs of the nodes’ CPU per line ${what}`]: (cpuMs * 1_000) / lines };
}

function percentile(sorted: Float64Array, part: number): number {
  if (sorted.length === 0) throw new Error('no chat line went from one node to another');
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}
