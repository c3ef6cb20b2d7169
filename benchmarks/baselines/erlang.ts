/**
 * Erlang/OTP as a baseline, where there is `erl`: nodes are processes on loopback that OTP's `peer` starts, with OTP's defaults.
 * A publish is a send to each member of a `pg` group, a call is a `gen_server:call` between nodes, a name is one of `global`.
 * What runs there is erlang/bench.erl; here it is compiled, started, and told what to do.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Skipped, type Subject } from '../harness.ts';
import { SMALL_BYTES } from '../work.ts';
import type { Publishing } from './fan-out.ts';
import { freePorts, LOOPBACK } from './ports.ts';

const NAME = 'erlang';
const NODES = 4;
/** `global` registers about a thousand names a second: a round registers no more than these, and its figure is scaled. */
const MOST_NAMES = 500;

/** Messages of a round at most; a rate does not need more. */
const MOST_MESSAGES = 50_000;

/** Messages per second in all, from `publishers` nodes to a member of the group on every node. */
export async function erlangPublishing({
  count,
  threads = NODES,
  publishers = 1,
  bytes = SMALL_BYTES,
}: Publishing): Promise<Subject> {
  const nodes = await Erlang.start(threads);
  const each = Math.min(count, Math.floor(MOST_MESSAGES / publishers));
  return {
    name: NAME,
    round: async () => (each * publishers * 1_000) / (await nodes.perform('publish', publishers, each, bytes)),
    close: () => nodes.close(),
  };
}

/** Answers per second of a server on another node, with so many callers at a time. */
export async function erlangCalling(count: number, callers: number): Promise<Subject> {
  const nodes = await Erlang.start(NODES);
  return {
    name: NAME,
    round: async () => (count * 1_000) / (await nodes.perform('call', callers, count)),
    close: () => nodes.close(),
  };
}

/** The median of calls one at a time, in µs. */
export async function erlangCallingInTurn(count: number): Promise<Subject> {
  const nodes = await Erlang.start(NODES);
  return { name: NAME, round: () => nodes.perform('call_in_turn', count), close: () => nodes.close() };
}

/** Milliseconds for `count` names that all nodes see. */
export async function erlangNames(count: number): Promise<Subject> {
  const nodes = await Erlang.start(NODES);
  const registered = Math.min(count, MOST_NAMES);
  let round = 0;
  return {
    name: NAME,
    async round() {
      round += 1;
      const tookMs = await nodes.perform('register', round, registered);
      return { figure: (tookMs * count) / registered, also: { 'names/s': (registered * 1_000) / tookMs } };
    },
    close: () => nodes.close(),
  };
}

/** Where the programs of Erlang are. Throws `Skipped` when one of them is not here. */
export function findErlang(path = process.env.PATH ?? ''): void {
  for (const program of ['erl', 'erlc', 'epmd']) {
    if (!path.split(delimiter).some((folder) => isExecutable(join(folder, program)))) {
      throw new Skipped(NAME, `no ${program} on this machine`);
    }
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there or not to be run: either way it is none.
    return false;
  }
}

/** What is still there that long after its input ended is killed, and the nodes, which watch it, end too. */
const END_WITHIN_MS = 5_000;

/** Nodes of Erlang with a port mapper of their own, and the node that drives them. */
export class Erlang {
  readonly #folder: string;
  readonly #mapper: ChildProcess;
  readonly #driver: ChildProcess;
  readonly #lines: Interface;
  /** Who waits for an answer, in the order of the questions. */
  readonly #waiting: { resolve: (figure: number) => void; reject: (error: Error) => void }[] = [];
  #problem = '';

  private constructor(folder: string, mapper: ChildProcess, driver: ChildProcess) {
    this.#folder = folder;
    this.#mapper = mapper;
    this.#driver = driver;
    this.#lines = createInterface(driver.stdout!);
    this.#lines.on('line', (line) => this.#onLine(line));
    driver.stderr!.on('data', (chunk) => {
      this.#problem += String(chunk);
    });
    driver.on('exit', (code) => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`erl ended with ${code}: ${this.#problem}`));
    });
  }

  static async start(count: number): Promise<Erlang> {
    findErlang();
    const folder = await mkdtemp(join(tmpdir(), 'muster-erlang-'));
    const source = fileURLToPath(new URL('./erlang/bench.erl', import.meta.url));
    await promisify(execFile)('erlc', ['-o', folder, source]);
    const [port] = await freePorts(1);
    const mapper = spawn('epmd', ['-port', String(port), '-address', LOOPBACK], { stdio: 'ignore' });
    const flags = `-start_epmd false -kernel inet_dist_use_interface {${LOOPBACK.replaceAll('.', ',')}}`;
    const name = `driver-${process.pid}-${port}@${LOOPBACK}`;
    // Hidden: it is none of the nodes among which names are registered.
    const driver = spawn(
      'erl',
      ['-noshell', '-hidden', '-name', name, '-pa', folder, '-nodes', String(count), '-s', 'bench', 'main'],
      { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ERL_EPMD_PORT: String(port), ERL_FLAGS: flags } },
    );
    const nodes = new Erlang(folder, mapper, driver);
    try {
      await nodes.#answer();
    } catch (error) {
      await nodes.close();
      throw error;
    }
    return nodes;
  }

  /** Rejects with what failed there, a figure that could not be verified included. */
  perform(what: string, ...args: readonly number[]): Promise<number> {
    const answer = this.#answer();
    this.#driver.stdin!.write(`[${[what, ...args].join(',')}]\n`);
    return answer;
  }

  #answer(): Promise<number> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** What is not an answer is a report of OTP's own. */
  #onLine(line: string): void {
    const [, verdict, rest = ''] = /^(ok|error) (.*)$/.exec(line) ?? [];
    if (verdict === 'ok') this.#waiting.shift()?.resolve(Number(rest));
    else if (verdict === 'error') this.#waiting.shift()?.reject(new Error(rest));
    else this.#problem += `${line}\n`;
  }

  /** The nodes are linked to the driver, which ends with its input. */
  async close(): Promise<void> {
    await this.#endDriver();
    this.#lines.close();
    const ended = once(this.#mapper, 'exit');
    if (this.#mapper.kill()) await ended;
    await rm(this.#folder, { recursive: true });
  }
  async #endDriver(): Promise<void> {
    if (this.#driver.exitCode !== null || this.#driver.signalCode !== null) return;
    const ended = once(this.#driver, 'exit');
    this.#driver.stdin!.end();
    const late = setTimeout(() => this.#driver.kill('SIGKILL'), END_WITHIN_MS);
    await ended;
    clearTimeout(late);
  }
}
