/** A thread that sends to another by a plan, or hears: over a port or a BroadcastChannel, one post per message, or in frames. */
import { BroadcastChannel, type MessagePort } from 'node:worker_threads';
import { createCodec } from '../../src/base/index.ts';
import { Arrivals, keepTo, type Plan, planFor } from '../pace.ts';
import { answerWith } from '../thread.ts';
import { LOBBY_UPDATE_KEYS, type LobbyUpdate, lobbyUpdate, messagesAtOnce, nowMs, SMALL_BYTES } from '../work.ts';

export type Way = 'bare-port' | 'bare-broadcastchannel' | 'limit';

const codec = createCodec([LOBBY_UPDATE_KEYS]);
let arrivals = new Arrivals(0);
let send: (message: LobbyUpdate) => void;
let turnOver: () => void = () => undefined;

const handle = ({ userId }: LobbyUpdate): void => arrivals.handled(userId, nowMs());

/** Gathers what is sent in a turn into one frame. */
function sendInFrames(port: MessagePort): void {
  let batch: LobbyUpdate[] = [];
  send = (message) => {
    batch.push(message);
  };
  turnOver = () => {
    const frame = new Uint8Array(codec.encode(batch));
    batch = [];
    port.postMessage(frame, [frame.buffer]);
  };
}

const LEAST_PAUSE_MS = 5;

answerWith({
  sendBy: (way: Way, port: MessagePort, channel: string) => {
    if (way === 'limit') sendInFrames(port);
    else if (way === 'bare-port') send = (message) => port.postMessage(message);
    else {
      const own = new BroadcastChannel(channel);
      send = (message) => own.postMessage(message);
    }
  },
  hearBy: (way: Way, port: MessagePort, channel: string) => {
    if (way === 'limit') {
      port.on('message', (frame: Uint8Array) => {
        for (const message of codec.decode(frame) as LobbyUpdate[]) handle(message);
      });
    } else if (way === 'bare-port') port.on('message', handle);
    else new BroadcastChannel(channel).onmessage = (event) => handle((event as { data: LobbyUpdate }).data);
  },
  expect: (count: number) => {
    arrivals = new Arrivals(count);
  },
  /** As fast as it goes. Resolves to the time at which it began. */
  flood: async (count: number) => {
    const perTurn = messagesAtOnce(SMALL_BYTES);
    const startedAt = nowMs();
    for (let at = 0; at < count; ) {
      for (const end = Math.min(at + perTurn, count); at < end; at++) send(lobbyUpdate(12, at));
      turnOver();
      await new Promise<void>(setImmediate);
    }
    return startedAt;
  },
  publish: async (perSecond: number, forMs: number) => {
    const plan = planFor(nowMs(), perSecond, forMs);
    const act = (at: number): boolean => {
      send(lobbyUpdate(12, at));
      return true;
    };
    await keepTo(plan, nowMs, act, turnOver);
    return plan;
  },
  complete: async () => {
    while (!arrivals.isComplete) await new Promise((resolve) => setTimeout(resolve, LEAST_PAUSE_MS));
    return arrivals.lastAt;
  },
  latencies: (plan: Plan) => arrivals.latencies(plan),
});
