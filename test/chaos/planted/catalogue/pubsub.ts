/** Faults planted against P2 (order, once, nothing missed) and P3 (interest). */
import type { PlantedFault } from '../fault.ts';

const SERVICE = 'src/services/pubsub/service.ts';
const PUBLISH = ['publish', 'subscribe'];

export const PUBSUB: readonly PlantedFault[] = [
  {
    name: 'a publish is sent twice',
    promise: 'P2',
    file: SERVICE,
    find: 'this.#channel.postWhole(out, message);',
    replace: 'for (let at = 0; at < 2; at++) this.#channel.postWhole(out, [...message]);',
    exposedBy: 'any publish',
    seeds: 20,
    under: { acts: PUBLISH, faults: [], seconds: 1 },
  },
  {
    name: 'a message joins an open batch that is not the newest',
    promise: 'P2',
    file: 'src/node/outbox.ts',
    find: 'if (open !== undefined && this.#isNewest(open)) {',
    replace: 'if (open !== undefined && this.#batches.includes(open)) {',
    exposedBy: 'broadcasts and direct broadcasts in one turn',
    seeds: 20,
    under: { acts: ['publish burst'], faults: [], seconds: 1 },
  },
  {
    name: 'subscribe resolves before the others have heard of it',
    promise: 'P2',
    file: SERVICE,
    find: 'await this.#announcements.heardByAll(what, () => handle.unsubscribe());',
    replace: '',
    exposedBy: 'a publish right after a subscribe elsewhere',
    seeds: 40,
    under: { acts: PUBLISH, faults: ['delay'], everyMs: 60, seconds: 5, pauseMs: 70 },
  },
];

export const INTEREST: readonly PlantedFault[] = [
  {
    name: 'a publish goes to everybody',
    promise: 'P3',
    file: SERVICE,
    find: 'return this.#send(topic, state.peers, state, value);',
    replace:
      'return this.#send(topic, this.#core.outbox.among(this.#membership.view.addresses().filter((peer) => peer !== this.#core.address)), state, value);',
    exposedBy: 'a publish that some node does not listen to',
    seeds: 20,
    under: { acts: PUBLISH, faults: [], seconds: 1 },
  },
  {
    name: 'who stops to listen does not say so',
    promise: 'P3',
    file: SERVICE,
    find: 'if (state.local.length === 0 && this.#topics[state.topic]!.isShared) this.#announcements.ignores(state);',
    replace: '',
    exposedBy: 'an unsubscribe',
    seeds: 20,
    under: { acts: PUBLISH, faults: [], seconds: 1 },
  },
];
