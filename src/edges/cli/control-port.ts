/** The control port of `muster up`: it opens while the nodes start, and answers once they are up. */
import type { ControlAddress } from '../control/address.ts';
import type { ControlServer, ControlTarget } from '../control/index.ts';
import type { ControlOptions } from './control-options.ts';
import { type Running, UpTarget } from './control-target.ts';
import { failureOf } from './failure.ts';

export interface ControlEnvironment {
  readonly openControl: (address: ControlAddress, target: ControlTarget) => Promise<ControlServer>;
  /** From the environment; an option goes before it. */
  readonly controlToken: string | undefined;
}

export class ControlPort {
  /** Rejects with `TokenMissing`, `PortTaken` or `CannotListen`. */
  readonly opened: Promise<void>;
  readonly #target = new UpTarget();
  #server: ControlServer | undefined;

  /** Opens it. When its port is taken, and nobody asked for it, it is done without: `say` is told then. */
  constructor(options: ControlOptions | undefined, environment: ControlEnvironment, say: (line: string) => void) {
    this.opened = options ? this.#open(options, environment, say) : Promise.resolve();
    // Whoever starts the nodes meanwhile may fail first, and not ask any more.
    this.opened.catch(() => {});
  }

  async #open(
    { host, port, token, isAskedFor }: ControlOptions,
    { openControl, controlToken }: ControlEnvironment,
    say: (line: string) => void,
  ): Promise<void> {
    try {
      this.#server = await openControl({ host, port, token: token ?? controlToken }, this.#target);
    } catch (error) {
      if (isAskedFor || failureOf(error).code !== 'PortTaken') throw error;
      say(`there is no control port: ${failureOf(error).message}`);
    }
  }

  /** Null when there is none. */
  get url(): string | null {
    return this.#server?.url ?? null;
  }

  /** The nodes are up. */
  begin(running: Running): void {
    this.#target.begin(running);
  }

  /** Also one that is still opening. */
  async close(): Promise<void> {
    // Who began it is told of a failure; there is nothing to close then.
    await this.opened.catch(() => {});
    await this.#server?.close();
  }
}
