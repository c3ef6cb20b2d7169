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

/** As an item of a catch-up: what all have in common, then key, value, time, count and sequence of each. */
type Item = readonly [4, 0, string, number, number, ...unknown[]];
const FIRST_ROW = 5;
const ROW = 5;

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
        const item = codec.decode(frame) as Item;
        if (item.length === FIRST_ROW) {
          port.close();
          resolve();
          return;
        }
        port.postMessage(null);
        for (let at = FIRST_ROW; at < item.length; at += ROW) {
          entries.set(item[at] as number, item[at + 1] as LobbyUpdate);
        }
      });
      for (let chunk = 0; chunk < CHUNKS_ON_THEIR_WAY; chunk++) port.postMessage(null);
    }),
  size: () => entries.size,
  heapBytes: () => getHeapStatistics().used_heap_size,
});

function nextChunk(walk: Iterator<[number, LobbyUpdate]>): Item {
  const rows: unknown[] = [];
  while (rows.length < CHUNK_ENTRIES * ROW) {
    const next = walk.next();
    if (next.done) break;
    const [key, value] = next.value;
    rows.push(key, value, key >> 8, key & 255, key);
  }
  return [4, 0, 'n1', 1_760_000_000_000, 0, ...rows];
}
