/**
 * A thread of the bare loop: fills frames of 1,024 messages, encodes each once with Muster's codec and posts a copy to
 * every port. Receivers decode; they call a handler, or put into a Map.
 */
import type { MessagePort } from 'node:worker_threads';
import { createCodec } from '../../src/base/index.ts';
import { answerWith } from '../thread.ts';
import { LOBBY_UPDATE_KEYS, type LobbyUpdate, lobbyUpdate, messagesAtOnce, nowMs, Tally } from '../work.ts';

const codec = createCodec([LOBBY_UPDATE_KEYS]);
const ports: MessagePort[] = [];
const entries = new Map<number, LobbyUpdate>();
const tally = new Tally();

const handlers = {
  count: (_message: LobbyUpdate): void => tally.add(),
  put: (message: LobbyUpdate): void => {
    entries.set(message.lobbyId, message);
    tally.add();
  },
};
let handle = handlers.count;
let hearsItself = false;

answerWith({
  handleBy: (name: keyof typeof handlers) => {
    handle = handlers[name];
  },
  hearItself: () => {
    hearsItself = true;
  },
  sendTo: (port: MessagePort) => void ports.push(port),
  hear: (port: MessagePort) => {
    port.on('message', (frame: Uint8Array) => {
      for (const message of codec.decode(frame) as LobbyUpdate[]) handle(message);
    });
  },
  publish: async (count: number, round: number, bytes: number) => {
    const perFrame = messagesAtOnce(bytes);
    const startedAt = nowMs();
    for (let at = 0; at < count; ) {
      const messages: LobbyUpdate[] = [];
      for (const end = Math.min(at + perFrame, count); at < end; at++) {
        const message = lobbyUpdate(at, round, bytes);
        messages.push(message);
        if (hearsItself) handle(message);
      }
      const frame = codec.encode(messages);
      for (const port of ports) {
        const copy = new Uint8Array(frame);
        port.postMessage(copy, [copy.buffer]);
      }
      await new Promise<void>(setImmediate);
    }
    return startedAt;
  },
  expect: (total: number) => tally.expect(total),
  heard: (total: number) => tally.reaches(total),
  /** How many of the keys 0 to `count` hold what `round` put there. */
  holds: (count: number, round: number) => {
    let held = 0;
    for (let key = 0; key < count; key++) if (entries.get(key)?.userId === round) held += 1;
    return held;
  },
});
