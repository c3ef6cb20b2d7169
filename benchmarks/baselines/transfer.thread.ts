/**
 * A thread that gives all its entries to another one over a port, or takes them: in chunks of as many entries as a node that
 * joins is given at a time, of the same form, encoded by the same codec. A few chunks are on their way at a time, no more.
 */

import { getHeapStatistics } from 'node:v8';
import type { MessagePort } from 'node:worker_threads';
import { createCodec } from '../../src/base/index.ts';
import { answerWith } from '../thread.ts';
import { LOBBY_UPDATE_KEYS, type LobbyUpdate, lobbyUpdate } from '../work.ts';

const CHUNK_ENTRIES = 512;
const CHUNKS_ON_THEIR_WAY = 4;

/** As the item of a catch-up: table, key, whether it is deleted, value, when it expires, and its version. */
type Item = readonly [1, 0, number, false, LobbyUpdate, 0, string, number, number, number];

const codec = createCodec([LOBBY_UPDATE_KEYS]);
const entries = new Map<number, LobbyUpdate>();

answerWith({
  fill: (count: number) => {
    for (let key = 0; key < count; key++) entries.set(key, lobbyUpdate(key, 1));
  },
  /** Gives a chunk whenever it is asked for one; an empty one is the last. */
  give: (port: MessagePort) => {
    const walk = entries.entries();
    port.on('message', () => {
      const frame = new Uint8Array(codec.encode(nextChunk(walk)));
      port.postMessage(frame, [frame.buffer]);
    });
  },
  /** Resolves when it has them all. */
  take: (port: MessagePort) =>
    new Promise<void>((resolve) => {
      port.on('message', (frame: Uint8Array) => {
        const items = codec.decode(frame) as Item[];
        if (items.length === 0) {
          port.close();
          resolve();
          return;
        }
        port.postMessage(null);
        for (const item of items) entries.set(item[2], item[4]);
      });
      for (let chunk = 0; chunk < CHUNKS_ON_THEIR_WAY; chunk++) port.postMessage(null);
    }),
  size: () => entries.size,
  heapBytes: () => getHeapStatistics().used_heap_size,
});

function nextChunk(walk: Iterator<[number, LobbyUpdate]>): Item[] {
  const items: Item[] = [];
  while (items.length < CHUNK_ENTRIES) {
    const next = walk.next();
    if (next.done) break;
    const [key, value] = next.value;
    items.push([1, 0, key, false, value, 0, 'n1', 1_760_000_000_000 + key, 0, key]);
  }
  return items;
}
