/** One simulated life: a runtime that is called directly, in turns of its own, until it ends. */
import { type Address, NodeDown } from '../../base/index.ts';
import type { MusterNode, NodeRuntime, Words } from '../../services/index.ts';
import type { Network, Scheduler } from '../../transports/simulation/index.ts';
import type { Exit, NodeControl, NodeLife } from '../launcher.ts';

export class SimulatedLife implements NodeLife {
  readonly address: Address;
  readonly control: NodeControl;
  readonly exited: Promise<Exit>;
  readonly #scheduler: Scheduler;
  readonly #network: Network;
  readonly #runtime: NodeRuntime;
  readonly #down: Promise<never>;
  #resolveExit: (exit: Exit) => void = () => undefined;
  #rejectDown: (error: unknown) => void = () => undefined;

  constructor(address: Address, runtime: NodeRuntime, scheduler: Scheduler, network: Network) {
    this.address = address;
    this.#runtime = runtime;
    this.#scheduler = scheduler;
    this.#network = network;
    this.exited = new Promise((resolve) => {
      this.#resolveExit = resolve;
    });
    this.#down = new Promise((_, reject) => {
      this.#rejectDown = reject;
    });
    // Whoever asks the life for something hears of its end; nobody may be asking.
    this.#down.catch(() => undefined);
    this.control = {
      start: () => this.#do(() => runtime.start()),
      stop: () => this.#do(() => runtime.stop()),
      shutdown: () => this.#do(() => runtime.shutdown()),
      retire: () => this.#do(() => runtime.retire()),
      run: () => Promise.reject(new Error('a simulated node is called directly')),
      inspect: (wanted) => this.#do(async () => runtime.inspect(wanted)),
      pause: (ms) => this.#pause(ms),
      setFaults: async () => undefined,
    };
  }

  /** Runs on the node, in a turn of its own; rejects with `NodeDown` when its life ends first. */
  #do<T>(act: () => Promise<T>): Promise<T> {
    const work = new Promise<T>((resolve, reject) => {
      this.#scheduler.at(this.#scheduler.now, this.address, () => {
        act().then(
          (value) => this.#tellHost(() => resolve(value)),
          (error) => this.#tellHost(() => reject(error)),
        );
      });
    });
    return Promise.race([work, this.#down]);
  }

  /** The host goes on in a turn of its own, not in the node's. */
  #tellHost(tell: () => void): void {
    this.#scheduler.at(this.#scheduler.now, undefined, tell);
  }

  call(fn: (node: MusterNode, ...args: never[]) => unknown, args: readonly unknown[]): Promise<unknown> {
    return this.#do(async () => fn(this.#runtime.node, ...(args as never[])));
  }

  describe(from: Address, to: Address, frame: Uint8Array): Words[] {
    return this.#runtime.describe(from, to, frame);
  }

  #pause(ms: number): Promise<void> {
    this.#scheduler.pause(this.address, this.#scheduler.now + ms);
    return this.#do(async () => undefined);
  }

  kill(): Promise<Exit> {
    return this.end({ kind: 'killed', message: 'killed' });
  }

  end(exit: Exit): Promise<Exit> {
    if (!this.#scheduler.isGone(this.address)) {
      this.#network.crash(this.address);
      this.#scheduler.end(this.address);
      this.#tellHost(() => {
        this.#rejectDown(new NodeDown('the node', this.address, 'unknown'));
        this.#resolveExit(exit);
      });
    }
    return this.exited;
  }
}
