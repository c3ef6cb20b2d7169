/**
 * The control port of `muster up`: opened before the cluster starts, so that a port that is taken starts nothing; it answers once
 * the nodes are up.
 */
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
  readonly #server: ControlServer | undefined;
  readonly #target: UpTarget;

  private constructor(server: ControlServer | undefined, target: UpTarget) {
    this.#server = server;
    this.#target = target;
  }

  /** Rejects with `TokenMissing`, `PortTaken` or `CannotListen`. A port that nobody asked for may be taken: `say` is told then. */
  static async open(
    options: ControlOptions | undefined,
    { openControl, controlToken }: ControlEnvironment,
    say: (line: string) => void,
  ): Promise<ControlPort> {
    const target = new UpTarget();
    if (!options) return new ControlPort(undefined, target);
    const { host, port, token = controlToken, isAskedFor } = options;
    try {
      return new ControlPort(await openControl({ host, port, token }, target), target);
    } catch (error) {
      if (isAskedFor || failureOf(error).code !== 'PortTaken') throw error;
      say(`there is no control port: ${failureOf(error).message}`);
      return new ControlPort(undefined, target);
    }
  }

  get url(): string | null {
    return this.#server?.url ?? null;
  }

  /** The nodes are up. */
  begin(running: Running): void {
    this.#target.begin(running);
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}
