/**
 * `npm run soak -- [--minutes 4] [--nodes 4]`: steady load on a cluster of threads while nodes are killed and started again,
 * and whether memory stays flat: of each life of a node, of the host, of the process. Exits with 1 when something grows.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Cluster, startCluster } from '../../src/cluster/index.ts';
import { type Flatness, flatnessOf, type Sample, type Tolerance } from './flatness.ts';
import { parseSoakOptions, SOAK_USAGE, SoakUsageError } from './options.ts';

// What the app's module exports, where `heapInUse` is called.
declare const heapInUse: () => number;

const MEGABYTE = 1_048_576;
const SAMPLE_EVERY_MS = 2_000;
const KILL_EVERY_MS = 40_000;
const DOWN_MS = 1_000;

const HEAP: Tolerance = { part: 0.03, absolute: MEGABYTE / 2 };
/** The process's pages come and go with threads. */
const PROCESS: Tolerance = { part: 0.1, absolute: 16 * MEGABYTE };
const ENTRIES: Tolerance = { part: 0.1, absolute: 50 };

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function soak(minutes: number, nodes: number): Promise<number> {
  const cluster = await startCluster({ nodes, app: new URL('./app.ts', import.meta.url), logLevel: 'error' });
  const soaking = new Soak(cluster);
  try {
    await soaking.run(minutes * 60_000);
  } finally {
    await cluster.close();
  }
  const results = soaking.results();
  process.stdout.write(`${results.map(lineOf).join('\n')}\n${soaking.summary()}\n`);
  const growing = results.filter(({ isFlat }) => !isFlat);
  process.stdout.write(growing.length === 0 ? 'flat\n' : `growing: ${growing.map(({ name }) => name).join(', ')}\n`);
  return growing.length === 0 ? 0 : 1;
}

class Soak {
  readonly #cluster: Cluster;
  readonly #startedAt = performance.now();
  readonly #series = new Map<string, { readonly tolerance: Tolerance; readonly samples: Sample[] }>();
  readonly #counts = new Map<string, Readonly<Record<string, number>>>();
  #kills = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async run(forMs: number): Promise<void> {
    let killAt = KILL_EVERY_MS;
    while (this.#now() < forMs) {
      await pause(SAMPLE_EVERY_MS);
      await this.#sample();
      // Not right before the end, and never the first two nodes: their lives last for the whole run.
      if (this.#now() < killAt || forMs - this.#now() < KILL_EVERY_MS / 2) continue;
      killAt += KILL_EVERY_MS;
      await this.#replace();
    }
  }

  /** One node after the other dies and comes back. */
  async #replace(): Promise<void> {
    const id = `n${3 + (this.#kills % (this.#cluster.nodes().length - 2))}`;
    this.#kills += 1;
    await this.#cluster.kill(id);
    await pause(DOWN_MS);
    await this.#cluster.start(id);
    process.stderr.write(`${seconds(this.#now())}: ${id} was killed and is back\n`);
  }

  async #sample(): Promise<void> {
    collectGarbage();
    const { heapUsed, rss, external, arrayBuffers } = process.memoryUsage();
    this.#add('host heap', heapUsed, HEAP);
    this.#add('process rss', rss, PROCESS);
    this.#add('process external', external + arrayBuffers, PROCESS);
    const { nodes: inspected } = await this.#cluster.inspect();
    for (const { id, address, gauges, pending, servers } of inspected) {
      this.#add(`${address} heap`, await this.#cluster.run(id, () => heapInUse()), HEAP);
      const entries = Object.entries(gauges).filter(([name]) => /Entries$|^names$/.test(name));
      for (const [name, value] of entries) this.#add(`${address} ${name}`, value, ENTRIES);
      this.#add(`${address} pending`, sum(Object.values(pending)), ENTRIES);
      this.#add(`${address} servers and mailboxes`, servers.length + sum(servers.map((one) => one.mailbox)), ENTRIES);
      this.#counts.set(address, gauges);
    }
  }

  #now(): number {
    return performance.now() - this.#startedAt;
  }

  #add(name: string, value: number, tolerance: Tolerance): void {
    const series = this.#series.get(name) ?? { tolerance, samples: [] };
    this.#series.set(name, series);
    series.samples.push({ atMs: this.#now(), value });
  }

  results(): Flatness[] {
    return [...this.#series].flatMap(([name, { tolerance, samples }]) => flatnessOf(name, samples, tolerance) ?? []);
  }

  summary(): string {
    const total = (name: string): number =>
      sum([...this.#counts.values()].map((gauges) => gauges[`count ${name}`] ?? 0));
    const counts = ['done', 'refused', 'heard', 'alreadyStarted'].map((name) => `${total(name)} ${name}`);
    return `${seconds(this.#now())}, ${this.#kills} kills, operations: ${counts.join(', ')}`;
  }
}

function lineOf({ name, samples, forMs, middle, last, isFlat }: Flatness): string {
  const isBytes = /heap|process/.test(name);
  const shown = (value: number): string => (isBytes ? `${(value / MEGABYTE).toFixed(2)} MB` : value.toFixed(0));
  const change = middle > 0 ? ` (${((100 * (last - middle)) / middle).toFixed(1)} %)` : '';
  const verdict = isFlat ? 'flat ' : 'GROWS';
  return `${verdict} ${name}: ${shown(middle)} -> ${shown(last)}${change}, ${samples} samples in ${seconds(forMs)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(0)} s`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves to the exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseSoakOptions(args);
    if (options) return await soak(options.minutes, options.nodes);
    process.stdout.write(SOAK_USAGE);
    return 0;
  } catch (error) {
    if (!(error instanceof SoakUsageError)) throw error;
    process.stderr.write(`soak: ${error.message}\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
