/**
 * Clients of nodes: each runs one act after the other and writes what it asked for and was told into the history. It works
 * from the host, so that this is known whatever becomes of its node. What an act is, its maker says.
 */
import { integerBetween, MusterError, type NodeId, type RandomSource } from '../base/index.ts';
import type { TimedCluster } from './ground.ts';
import type { History, Operation } from './history.ts';
import type { ClientPace } from './pace.ts';

/** Operations that fail with one of these certainly had no effect. */
const WITHOUT_EFFECT = new Set([
  'InvalidValue',
  'Overloaded',
  'NameTaken',
  'NoSuchServer',
  'ServerFailed',
  'Refused',
  'NameLost',
]);

/** What an error says about the effect of its operation. */
export function outcomeOf(kind: string, error: unknown): 'refused' | 'unknown' {
  if (!(error instanceof MusterError)) return 'unknown';
  if (error.details.outcome === 'not-run') return 'refused';
  if (WITHOUT_EFFECT.has(error.code)) return 'refused';
  return kind.startsWith('crash ') ? 'refused' : 'unknown';
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

export interface ClientOptions {
  readonly cluster: TimedCluster;
  readonly history: History;
  readonly pace: ClientPace;
  readonly id: NodeId;
  readonly random: RandomSource;
}

/** One client of one node. */
export class Client {
  readonly cluster: TimedCluster;
  readonly id: NodeId;
  readonly random: RandomSource;
  readonly history: History;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.cluster = options.cluster;
    this.id = options.id;
    this.random = options.random;
    this.history = options.history;
    this.#options = options;
  }

  /** Runs acts until the run is over; while its node is not up it waits. */
  async run(act: () => Promise<unknown>): Promise<void> {
    const { pace } = this.#options;
    for (;;) {
      await pace.pause(this.random);
      if (pace.isOver) return;
      if (this.#address() !== undefined) await act();
    }
  }

  /** Writes down that it asks for something, waits for it, writes down how it ended. Undefined when its node is not up. */
  async record(
    kind: string,
    key: string | number,
    input: unknown,
    act: (operation: Operation) => Promise<unknown>,
  ): Promise<Operation | undefined> {
    const address = this.#address();
    if (address === undefined) return undefined;
    const operation = this.history.begin(address, kind, key, input);
    try {
      this.history.succeed(operation, await act(operation));
    } catch (error) {
      this.history.fail(operation, outcomeOf(kind, error), describe(error));
    }
    return operation;
  }

  advance(ms: number): Promise<void> {
    return this.cluster.advance(ms);
  }

  pick<T>(from: readonly T[]): T {
    return from[integerBetween(this.random, 0, from.length - 1)]!;
  }

  between(low: number, high: number): number {
    return integerBetween(this.random, low, high);
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  #address(): string | undefined {
    const status = this.cluster.nodes().find((node) => node.id === this.id);
    // A node that was cut off still answers whoever sits on it.
    const answers = status?.state === 'up' || status?.state === 'cut off';
    return answers ? `${this.id}#${status.incarnation}` : undefined;
  }
}
