/** A thread that calls another one, or is called: with comlink, or with request and reply batched by hand. */
import type { MessagePort } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { createCodec } from '../../src/base/index.ts';
import { answerWith } from '../thread.ts';
import { callConcurrently, callOneByOne, nowMs, textOf } from '../work.ts';

type Adder = (argument: number, text?: string) => Promise<number>;
/** Number of the call, then its argument or result, and what a call carries besides. */
type Entry = [id: number, value: number, text?: string];

const addOne = (argument: number, _text?: string): number => argument + 1;
const codec = createCodec([]);
let call: Adder | undefined;

/** Collects entries during a turn of the event loop and posts them as one frame at its end. */
function batching(port: MessagePort): (entry: Entry) => void {
  let batch: Entry[] = [];
  return (entry) => {
    if (batch.length === 0) {
      setImmediate(() => {
        const frame = new Uint8Array(codec.encode(batch));
        batch = [];
        port.postMessage(frame, [frame.buffer]);
      });
    }
    batch.push(entry);
  };
}

function batchingCaller(port: MessagePort): Adder {
  const post = batching(port);
  const waiting = new Map<number, (value: number) => void>();
  let asked = 0;
  port.on('message', (frame: Uint8Array) => {
    for (const [id, value] of codec.decode(frame) as Entry[]) {
      waiting.get(id)!(value);
      waiting.delete(id);
    }
  });
  return (argument, text) =>
    new Promise((resolve) => {
      const id = ++asked;
      waiting.set(id, resolve);
      post(text === undefined ? [id, argument] : [id, argument, text]);
    });
}

function batchingServer(port: MessagePort): void {
  const post = batching(port);
  port.on('message', (frame: Uint8Array) => {
    for (const [id, argument, text] of codec.decode(frame) as Entry[]) post([id, addOne(argument, text)]);
  });
}

/** One post per call and one per answer, each of as many bytes as Muster's frame of one call. */
const FRAME_BYTES = 40;

function bareCaller(port: MessagePort): Adder {
  let answered: ((value: number) => void) | undefined;
  port.on('message', (frame: Uint8Array) => answered?.(new DataView(frame.buffer).getUint32(0)));
  return (argument) =>
    new Promise((resolve) => {
      answered = resolve;
      postBare(port, argument);
    });
}

function bareServer(port: MessagePort): void {
  port.on('message', (frame: Uint8Array) => postBare(port, addOne(new DataView(frame.buffer).getUint32(0))));
}

function postBare(port: MessagePort, value: number): void {
  const frame = new Uint8Array(FRAME_BYTES);
  new DataView(frame.buffer).setUint32(0, value);
  port.postMessage(frame, [frame.buffer]);
}

const SERVE = {
  comlink: (port: MessagePort) => Comlink.expose(addOne, port as unknown as Comlink.Endpoint),
  'batched-by-hand': batchingServer,
  'port-round-trip': bareServer,
};
const CALLER = {
  comlink: (port: MessagePort): Adder => Comlink.wrap<typeof addOne>(port as unknown as Comlink.Endpoint),
  'batched-by-hand': batchingCaller,
  'port-round-trip': bareCaller,
};

answerWith({
  serve: (how: keyof typeof SERVE, port: MessagePort) => SERVE[how](port),
  connect: (how: keyof typeof CALLER, port: MessagePort) => {
    call = CALLER[how](port);
  },
  call: async (count: number, callers: number) => {
    const startedAt = nowMs();
    await callConcurrently(count, callers, call!);
    return nowMs() - startedAt;
  },
  /** Each call carries a text of so many bytes. Resolves to the times at which it began and ended. */
  callWith: async (count: number, callers: number, bytes: number) => {
    const text = textOf(bytes);
    const startedAt = nowMs();
    await callConcurrently(count, callers, (argument) => call!(argument, text));
    return [startedAt, nowMs()];
  },
  callInTurn: (count: number) => callOneByOne(count, call!),
});
