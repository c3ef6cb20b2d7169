/** Calls and casts as they come in: what a server's mailbox holds, and the way back. One object for each message. */
import type { Address } from '../../base/index.ts';
import type { CallAnswer } from './calls.ts';
import type { AnyServer } from './declaration.ts';
import type { CallMark, Item, Reply } from './instance.ts';
import type { ServerId } from './names.ts';

/** A message on its way to an instance. */
export interface Arrival extends Item {
  readonly declaration: AnyServer;
  readonly id: ServerId;
  /** The view of its sender. */
  readonly epoch: number;
  /** The server does not run here. */
  elsewhere(): void;
}

export interface ArrivalPort {
  answer(to: Address, number: number, answer: CallAnswer): void;
  /** A cast that came to where its server no longer is. */
  forward(cast: CastArrival): void;
}

export class CallArrival implements Arrival {
  readonly declaration: AnyServer;
  readonly id: ServerId;
  readonly epoch: number;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly call: CallMark;
  readonly #port: ArrivalPort;

  constructor(
    port: ArrivalPort,
    call: CallMark,
    epoch: number,
    declaration: AnyServer,
    id: ServerId,
    method: string,
    args: readonly unknown[],
  ) {
    this.declaration = declaration;
    this.id = id;
    this.epoch = epoch;
    this.method = method;
    this.args = args;
    this.call = call;
    this.#port = port;
  }

  reply(reply: Reply): void {
    this.#port.answer(this.call.caller, this.call.number, reply);
  }

  /** Its caller asks again. */
  elsewhere(): void {
    this.#port.answer(this.call.caller, this.call.number, ['elsewhere']);
  }
}

export class CastArrival implements Arrival {
  readonly declaration: AnyServer;
  readonly id: ServerId;
  readonly epoch: number;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly call = undefined;
  readonly #port: ArrivalPort;

  constructor(
    port: ArrivalPort,
    epoch: number,
    declaration: AnyServer,
    id: ServerId,
    method: string,
    args: readonly unknown[],
  ) {
    this.declaration = declaration;
    this.id = id;
    this.epoch = epoch;
    this.method = method;
    this.args = args;
    this.#port = port;
  }

  /** Nobody waits for it. */
  reply(): void {}

  elsewhere(): void {
    this.#port.forward(this);
  }
}
