/** A thread on a BroadcastChannel: publishes with one post per message, counts what it hears and what it publishes. */
import { BroadcastChannel } from 'node:worker_threads';
import { answerWith } from '../thread.ts';
import { type LobbyUpdate, lobbyUpdate, nowMs, Tally } from '../work.ts';

const tally = new Tally();
const handle = (_message: LobbyUpdate): void => tally.add();
let channel: BroadcastChannel | undefined;

answerWith({
  open: (name: string) => {
    channel = new BroadcastChannel(name);
    channel.onmessage = (event) => handle((event as { data: LobbyUpdate }).data);
  },
  publish: (count: number) => {
    const startedAt = nowMs();
    for (let at = 0; at < count; at++) {
      const message = lobbyUpdate(12, at);
      channel!.postMessage(message);
      handle(message);
    }
    return startedAt;
  },
  heard: (total: number) => tally.reaches(total),
});
