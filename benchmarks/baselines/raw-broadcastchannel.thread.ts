/** A thread on a BroadcastChannel: publishes with one post per message, counts what it hears and what it publishes. */
import { BroadcastChannel } from 'node:worker_threads';
import { answerWith } from '../thread.ts';
import { type LobbyUpdate, lobbyUpdate, nowMs, Tally } from '../work.ts';

/** Messages between two turns of the event loop, in which others' are heard. */
const PER_TURN = 1_024;

const tally = new Tally();
const handle = (_message: LobbyUpdate): void => tally.add();
let channel: BroadcastChannel | undefined;

answerWith({
  open: (name: string) => {
    channel = new BroadcastChannel(name);
    channel.onmessage = (event) => handle((event as { data: LobbyUpdate }).data);
  },
  publish: async (count: number, _round: number, bytes: number) => {
    const startedAt = nowMs();
    for (let at = 0; at < count; at++) {
      const message = lobbyUpdate(12, at, bytes);
      channel!.postMessage(message);
      handle(message);
      if (at % PER_TURN === PER_TURN - 1) await new Promise<void>(setImmediate);
    }
    return startedAt;
  },
  expect: (total: number) => tally.expect(total),
  heard: (total: number) => tally.reaches(total),
});
