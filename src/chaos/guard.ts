/**
 * A singleton that pauses across an await and then has an effect through its node: what shows whether a node that lost its
 * right to run it is really stopped. It also takes messages that do nothing, to fill its mailbox.
 */
import * as z from 'zod';
import { type MusterNode, Server, type ServerDeclaration, server, topic } from '../services/index.ts';
import { addressOfNode, type Notebook } from './notes.ts';

const Passed = z.object({ instance: z.string(), number: z.number() });

const TICK_MS = 400;

/** The messages it understands. */
export abstract class Guarding extends Server<never, undefined> {
  abstract pass(id: number, ms: number): Promise<boolean>;
  abstract idle(): void;
}

export function declareGuard(notebook: Notebook) {
  const about = 'chaos';
  const passed = topic('passed', Passed, { about });
  const started = new Map<string, number>();

  class Guard extends Guarding {
    readonly #instance = nextInstance(this.node, started);

    #note(what: string, details: Record<string, unknown> = {}): void {
      notebook.note(this.node, what, { kind: 'guard', key: '', instance: this.#instance, ...details });
    }
    override init(): undefined {
      this.#note('server starts', { token: this.token });
      this.every(TICK_MS, 'tick');
    }
    /** Nobody has to ask: what goes on by itself is what a lease has to stop. */
    override info(): void {
      this.#note('server turn');
    }
    /** Lets `id` pass after `ms`, and tells everybody. Resolves to whether the node let that through. */
    override async pass(id: number, ms: number): Promise<boolean> {
      this.#note('server turn', { id });
      await new Promise<void>((resolve) => this.node.after(ms, resolve));
      try {
        this.node.broadcast(passed(), { instance: this.#instance, number: id });
      } catch (error) {
        this.#note('server effect refused', { id, error: String(error) });
        return false;
      }
      this.#note('server effect', { id });
      return true;
    }
    override idle(): void {}
  }
  const guard: ServerDeclaration<never, undefined, Guarding> = server(
    'guard',
    { placement: 'singleton', about },
    Guard,
  );
  return { guard, passed };
}

function nextInstance(node: MusterNode, started: Map<string, number>): string {
  const address = addressOfNode(node);
  const number = (started.get(address) ?? 0) + 1;
  started.set(address, number);
  return `${address}/g${number}`;
}
