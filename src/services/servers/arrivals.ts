/** Calls and casts as they come in: what a server's mailbox holds, and the way back. One object for each message. */
import type { Address } from '../../base/index.ts';
import type { CallAnswer } from './calls.ts';
import type { AnyServer } from './declaration.ts';
import type { CallMark, Item, Reply } from './instance.ts';
import type { ServerId } from './names.ts';

export interface ArrivalPort {
  answer(to: Address, number: number, answer: CallAnswer): void;
  /** A cast that came to where its server no longer is. */
  forward(cast: Arrival): void;
}

/** A message on its way to an instance. */
export class Arrival implements Item {
  readonly declaration: AnyServer;
  readonly id: ServerId;
  readonly method: string;
  readonly args: readonly unknown[];
  /** Undefined for a cast, whose answer nobody waits for. */
  readonly call: CallMark | undefined;
  /** The view of its sender. */
  readonly epoch: number;
  readonly #port: ArrivalPort;

  constructor(
    port: ArrivalPort,
    call: CallMark | undefined,
    epoch: number,
    declaration: AnyServer,
    id: ServerId,
    method: string,
    args: readonly unknown[],
  ) {
    this.declaration = declaration;
    this.id = id;
    this.method = method;
    this.args = args;
    this.call = call;
    this.epoch = epoch;
    this.#port = port;
  }

  reply(reply: Reply): void {
    if (this.call) this.#port.answer(this.call.caller, this.call.number, reply);
  }

  /** A call goes by way of its caller, who asks again. */
  elsewhere(): void {
    if (this.call) this.#port.answer(this.call.caller, this.call.number, ['elsewhere']);
    else this.#port.forward(this);
  }
}
