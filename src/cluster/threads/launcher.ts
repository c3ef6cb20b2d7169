/**
 * Runs nodes as threads of this process: bundles the app once, gives each life a thread, and wires every two of them
 * (and the authority, which stands on this thread) with a link. It decides nothing about views, restarts or faults.
 */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { type Address, AUTHORITY, addressOf, assertPlain, Closed } from '../../base/index.ts';
import type { Level, LinkFault, LogRecord } from '../../ports/index.ts';
import {
  createRecordLog,
  createThreadsWorld,
  makeLink,
  makePulseWords,
  type PreparedStore,
  prepareStore,
  readLog,
  type StoreLocation,
  type ThreadsWorld,
} from '../../transports/threads/index.ts';
import type { Launcher, LaunchSpec, NodeLife } from '../launcher.ts';
import { type Bundle, bundleApp, bundleStoreThread } from './bundle.ts';
import { ComputePool } from './compute-pool.ts';
import { ThreadLife } from './life.ts';
import { StoreThread } from './store-thread.ts';

export interface ThreadsOptions {
  /** The module whose default export is the app: a path or file URL, TypeScript or JavaScript. */
  readonly app: URL | string;
  /** The store all nodes share: `memory`, or the path of a SQLite file, made if it does not exist. Default: no store. */
  readonly data?: string | undefined;
  /** The lowest level that nodes and authority log. Default `info`. */
  readonly logLevel?: Level | undefined;
  /** Gets what nodes and authority log. Default: a line of text each, to standard error. */
  readonly onLog?: ((record: LogRecord) => void) | undefined;
  /** Freeze what is applied and delivered. Default: unless NODE_ENV is `production`. */
  readonly freezeValues?: boolean | undefined;
  /** Gets what nodes write to their standard output and error. Default: to this process's standard error. */
  readonly onOutput?: ((chunk: Uint8Array) => void) | undefined;
}

/**
 * Makes ready what nodes need and starts none. Rejects with `Refused` when the app's file does not exist or compile, and
 * with `StoreFailed` when the data file is not ours; both say why in one sentence. An app that throws while loading, or
 * exports no app, shows as the exit of the first life.
 */
export async function createThreadsLauncher(options: ThreadsOptions): Promise<Launcher> {
  const clusterId = randomUUID();
  const location = locationOf(options.data, clusterId);
  const [bundle, data] = await bothOrNone(bundleApp(options.app), location && prepareData(location));
  return new ThreadsLauncher({ clusterId, bundle, data, options });
}

/** A store that was found to be ours, and the file of the thread that will run its statements. */
interface Data {
  readonly location: StoreLocation;
  readonly prepared: PreparedStore;
  readonly entry: string;
}

async function prepareData(location: StoreLocation): Promise<Data> {
  const entry = await bundleStoreThread();
  return { location, prepared: await prepareStore(location), entry };
}

interface Parts {
  readonly clusterId: string;
  readonly bundle: Bundle;
  readonly data: Data | undefined;
  readonly options: ThreadsOptions;
}

class ThreadsLauncher implements Launcher {
  readonly world: ThreadsWorld;
  readonly #parts: Parts;
  readonly #channel: string;
  readonly #logLevel: Level;
  readonly #freezeValues: boolean;
  readonly #onOutput: (chunk: Uint8Array) => void;
  readonly #store: StoreThread | undefined;
  readonly #compute: ComputePool;
  readonly #lives = new Map<Address, ThreadLife>();
  #closed: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#channel = `muster ${parts.clusterId}`;
    this.#logLevel = parts.options.logLevel ?? 'info';
    this.#freezeValues = parts.options.freezeValues ?? process.env.NODE_ENV !== 'production';
    this.#onOutput = parts.options.onOutput ?? ((chunk) => void process.stderr.write(chunk));
    this.#store = parts.data && this.#startStore(parts.data);
    this.#compute = new ComputePool(parts.bundle.appPath);
    const address = addressOf(AUTHORITY, 1);
    const seat = {
      address,
      channel: this.#channel,
      links: [],
      faults: [],
      store: this.#store?.connect(address),
      logLevel: this.#logLevel,
      freezeValues: this.#freezeValues,
    };
    const { onLog } = parts.options;
    this.world = createThreadsWorld(seat, onLog && createRecordLog(address, this.#logLevel, onLog));
  }

  launch(spec: LaunchSpec): NodeLife {
    if (this.#closed) throw new Closed('the cluster');
    assertPlain('settings', spec.settings);
    const address = addressOf(spec.id, spec.incarnation);
    // Every living peer has its end of the link before the new life can say a word; see ThreadsTransport's wiring.
    const links = [...this.#lives.values()].map((peer) => {
      const [mine, theirs] = makeLink(address, peer.address);
      peer.wire(theirs);
      return mine;
    });
    const [toAuthority, fromAuthority] = makeLink(address, this.world.transport.self);
    this.world.transport.attach(fromAuthority);
    const pulse = makePulseWords(this.world.clock.now());
    this.world.pulses.add(address, pulse);
    const { onLog } = this.#parts.options;
    const log = onLog && new MessageChannel();
    const heard = log && readLog(log.port1, onLog);
    const life = new ThreadLife({
      ...spec,
      inheritance: spec.inheritance,
      address,
      bundle: this.#parts.bundle,
      seat: {
        address,
        channel: this.#channel,
        links: [toAuthority, ...links],
        faults: spec.faults,
        store: this.#store?.connect(address),
        compute: this.#compute.connect(),
        pulse,
        log: log?.port2,
        logLevel: this.#logLevel,
        freezeValues: this.#freezeValues,
      },
      onOutput: this.#onOutput,
    });
    this.#lives.set(address, life);
    void life.exited.then(() => {
      heard?.close();
      this.#lives.delete(address);
      this.world.pulses.remove(address);
    });
    return life;
  }

  async fence(addresses: readonly Address[]): Promise<void> {
    await this.#store?.fence(addresses);
  }

  setFaults(faults: readonly LinkFault[]): void {
    this.world.transport.setFaults(faults);
  }

  drive<T>(work: Promise<T>): Promise<T> {
    return work;
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    await Promise.all([...this.#lives.values()].map((life) => life.kill()));
    this.world.close();
    await this.#compute.close();
    await this.#store?.close();
    this.#parts.data?.prepared.close();
  }

  #startStore({ entry, location }: Data): StoreThread {
    return new StoreThread(entry, location, (error) => {
      this.world.log.write('error', 'the store has failed; whoever asks it is refused', { error: error.message });
    });
  }
}

function locationOf(data: string | undefined, clusterId: string): StoreLocation | undefined {
  if (data === undefined) return undefined;
  return data === 'memory' ? { kind: 'memory', name: clusterId } : { kind: 'file', path: resolve(data) };
}

/** Awaits both at once; if the app is refused, the store is let go of. */
async function bothOrNone(
  bundling: Promise<Bundle>,
  preparing: Promise<Data> | undefined,
): Promise<[Bundle, Data | undefined]> {
  const [bundle, data] = await Promise.allSettled([bundling, preparing]);
  if (bundle.status === 'fulfilled' && data.status === 'fulfilled') return [bundle.value, data.value];
  if (data.status === 'fulfilled') data.value?.prepared.close();
  throw bundle.status === 'rejected' ? bundle.reason : (data as PromiseRejectedResult).reason;
}
