/** One life of one node as a thread: its ports, its control, and why it ended. */
import { dirname, join } from 'node:path';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { type Address, deferred, idOf } from '../../base/index.ts';
import type { Inheritance, Settings, Timing } from '../../services/index.ts';
import { type LinkEnd, portsOf, type Seat } from '../../transports/threads/index.ts';
import type { Exit, NodeControl, NodeLife } from '../launcher.ts';
import type { Bundle } from './bundle.ts';
import { wrapControl } from './control.ts';
import { endThread } from './end-thread.ts';
import { ownFiles } from './own-files.ts';
import { startThread } from './script-thread.ts';
import type { NodeSeat } from './seat.ts';

/**
 * Room for what dies young, twice Node's default: what waits for an answer of other nodes has less often to be copied. Taken as
 * it is needed, not at the start.
 */
export const YOUNG_GENERATION_MB = 96;

const { nodeEntry, library } = ownFiles();
/** What is thrown there was thrown for somebody else. */
const OWN_FOLDERS = [dirname(nodeEntry), join(dirname(library), 'cluster')];

export interface ThreadLifeOptions {
  readonly address: Address;
  readonly bundle: Bundle;
  readonly settings: Settings;
  readonly timing: Timing;
  readonly inheritance: Inheritance | undefined;
  /** The life's seat but for its wiring port, which is made here. */
  readonly seat: Omit<Seat, 'wiring'>;
  readonly onOutput: (chunk: Uint8Array) => void;
}

export class ThreadLife implements NodeLife {
  readonly address: Address;
  readonly control: NodeControl;
  readonly exited: Promise<Exit>;
  readonly #worker: Worker;
  readonly #wiring: MessagePort;
  readonly #appPath: string;
  #killed = false;
  #ended = false;
  /**
   * 1 when the app was loaded; before that an error is the app module's. Shared memory, because a message could come after
   * the error that it tells apart.
   */
  readonly #booted = new Int32Array(new SharedArrayBuffer(4));
  #failure: string | undefined;

  constructor({ address, bundle, settings, timing, inheritance, seat, onOutput }: ThreadLifeOptions) {
    this.address = address;
    const wiring = new MessageChannel();
    const control = new MessageChannel();
    this.#wiring = wiring.port1;
    const data: NodeSeat = {
      seat: { ...seat, wiring: wiring.port2 },
      control: control.port2,
      settings,
      timing,
      inheritance,
      booted: this.#booted,
    };
    this.#restore(bundle);
    this.#worker = startThread(bundle.kept, bundle.appPath, {
      name: idOf(address),
      workerData: data,
      transferList: [...portsOf(data.seat), control.port2],
      stdout: true,
      stderr: true,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.#appPath = bundle.appPath;
    this.exited = this.#watch(onOutput);
    this.control = wrapControl(idOf(address), control.port1, this.exited);
  }

  get #isBooted(): boolean {
    return Atomics.load(this.#booted, 0) === 1;
  }

  /** Hands this life its end of a link to one that starts later. */
  wire(end: LinkEnd): void {
    if (this.#ended) end.port.close();
    else this.#wiring.postMessage(end, [end.port]);
  }

  kill(): Promise<Exit> {
    if (!this.#killed && !this.#ended) void endThread(this.#worker);
    this.#killed = true;
    return this.exited;
  }

  /** A thread without its file ends at once; why it has none is what people need to know then. */
  #restore({ kept }: Bundle): void {
    try {
      kept.restore();
    } catch (error) {
      this.#failure = `the bundle it runs is gone and could not be written again: ${explain(error)}`;
    }
  }

  #watch(onOutput: (chunk: Uint8Array) => void): Promise<Exit> {
    const ended = deferred<Exit>();
    this.#worker.on('error', (error) => {
      this.#failure ??= this.#isBooted ? `${explain(error)}${placeOf(error)}` : explainLoading(error, this.#appPath);
    });
    this.#worker.on('exit', (code) => {
      this.#ended = true;
      this.#wiring.close();
      ended.resolve(this.#exitOf(code));
    });
    this.#worker.stdout.on('data', onOutput);
    this.#worker.stderr.on('data', onOutput);
    return ended.promise;
  }

  #exitOf(code: number): Exit {
    if (this.#killed) return { kind: 'killed', message: 'ended by its host' };
    if (this.#failure !== undefined) return { kind: 'crashed', message: this.#failure };
    if (!this.#isBooted) {
      return { kind: 'crashed', message: `the app ${this.#appPath} ended its thread while loading (code ${code})` };
    }
    if (code !== 0) return { kind: 'crashed', message: `it exited with code ${code}` };
    return { kind: 'exited', message: 'it ended by itself' };
  }
}

function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** One sentence; `checkApp` makes its own, anything else was thrown by the app's module or one of its imports. */
function explainLoading(error: unknown, appPath: string): string {
  const message = explain(error).split('\n', 1)[0]!;
  if (message.startsWith('the app ')) return message;
  return `the app ${appPath} failed while loading: ${message}${placeOf(error)}`;
}

/** ` (file:line:column)` of the innermost frame in a file of the user, if there is one. */
function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const line of stack.split('\n')) {
    // What was sent as text has a place in nobody's file.
    if (line.includes('(eval at ')) continue;
    const place = /(?: at | \()(?:file:\/\/)?(\/.*:\d+:\d+)\)?$/.exec(line)?.[1];
    const isOwn = (folder: string): boolean => place?.startsWith(folder) ?? false;
    if (place && !place.includes('/node_modules/') && !OWN_FOLDERS.some(isOwn)) return ` (${place})`;
  }
  return '';
}
