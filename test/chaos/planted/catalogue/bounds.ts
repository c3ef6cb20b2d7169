/** Faults planted against P10 (sequences), P11 (no waiting for ever) and P12 (bounds). */
import type { PlantedFault } from '../fault.ts';

const AUTHORITY = 'src/cluster/authority.ts';
const PUBSUB = 'src/services/pubsub/service.ts';

export const SEQUENCES: readonly PlantedFault[] = [
  {
    name: 'a block is given out again',
    promise: 'P10',
    file: AUTHORITY,
    find: 'this.#marks.set(name, first + count);',
    replace: '',
    exposedBy: 'two nodes that take ids',
    seeds: 20,
    under: { acts: ['next id'], faults: ['pause'], pauseMs: 40, seconds: 1 },
  },
  {
    name: 'the reservation of a block is not one step',
    promise: 'P10',
    file: AUTHORITY,
    find: 'this.#marks.set(name, first + count);',
    replace: 'this.#world.clock.after(1, () => this.#marks.set(name, first + count));',
    exposedBy: 'two nodes that reserve within a millisecond',
    seeds: 20,
    under: { acts: ['next id'], pauseMs: 2 },
  },
  {
    name: 'a node without a block counts by itself',
    promise: 'P10',
    file: 'src/services/sequences/service.ts',
    find: 'return request.answer.promise;',
    replace: 'return request.answer.promise.catch(() => 1);',
    exposedBy: 'a node that is cut off from the authority longer than a reservation waits',
    seeds: 40,
    under: {
      acts: ['next id'],
      faults: ['partition'],
      everyMs: 500,
      leastMs: 7_000,
      mostFaults: 1,
      seconds: 7,
      pauseMs: 60,
    },
  },
];

export const DEADLINES: readonly PlantedFault[] = [
  {
    name: 'deadlines are swept a minute late',
    promise: 'P11',
    file: 'src/node/requests.ts',
    find: 'if (request.deadlineAt > now) continue;',
    replace: 'if (request.deadlineAt + 60_000 > now) continue;',
    exposedBy: 'a call with a short deadline to a node that is paused',
    seeds: 20,
    under: { acts: ['tally add', 'loose add'], faults: ['pause'], everyMs: 200 },
  },
  {
    name: 'a call to a node that died waits for its deadline',
    promise: 'P11',
    file: 'src/services/servers/calls.ts',
    find: "this.#core.requests.reject(number, new NodeDown(open.request.what, idOf(open.sentTo), 'unknown'));",
    replace: 'void number;',
    exposedBy: 'the death of a node with a call in its mailbox',
    seeds: 20,
    under: { acts: ['loose add'], faults: ['crash'], everyMs: 60, pauseMs: 5 },
  },
  {
    name: 'what was asked of an owner once is not asked again',
    promise: 'P11',
    file: 'src/services/tables/caller.ts',
    find: 'if (open.sentAt < before) this.#send(number);',
    replace: "if (open.sentAt < before && open.request.outcome === 'not-run') this.#send(number);",
    exposedBy: 'the death of an owner with questions on their way to it',
    seeds: 20,
    under: {
      acts: ['append', 'put', 'insert', 'swap', 'delete', 'read'],
      faults: ['crash'],
      everyMs: 400,
      pauseMs: 8,
    },
  },
];

export const BOUNDS: readonly PlantedFault[] = [
  {
    name: 'a publish does not look at credit',
    promise: 'P12',
    file: PUBSUB,
    find: 'const out = this.#core.outbox.withCredit(peers);',
    replace: 'const out = peers;',
    exposedBy: 'big messages to a node that is paused',
    seeds: 20,
    under: { acts: ['flood', 'publish'], faults: ['pause'], everyMs: 80 },
  },
  {
    name: 'a mailbox has no bound',
    promise: 'P12',
    file: 'src/base/bounded-queue.ts',
    find: 'if (this.size >= this.bound) return false;',
    replace: '',
    exposedBy: 'more messages than a mailbox holds, behind a slow one',
    seeds: 20,
    under: { acts: ['crowd', 'pass'], faults: [] },
  },
  {
    name: 'a drop is not counted',
    promise: 'P12',
    file: PUBSUB,
    find: 'this.counters.publishDropped += 1;',
    replace: '',
    exposedBy: 'big messages to a node that is paused',
    seeds: 20,
    under: { acts: ['flood', 'publish'], faults: ['pause'], everyMs: 80 },
  },
  {
    name: 'a gap is not told',
    promise: 'P2',
    file: PUBSUB,
    find: 'this.#channel.post(peer, GAP, state.topic, state.parameter, missed);',
    replace: '',
    exposedBy: 'big messages to a node that is paused',
    seeds: 20,
    under: { acts: ['flood', 'publish'], faults: ['pause'], everyMs: 80 },
  },
  {
    name: 'a gap counts one, however many were dropped',
    promise: 'P2',
    file: PUBSUB,
    find: 'state.missedBy.set(peer, (state.missedBy.get(peer) ?? 0) + 1);',
    replace: 'state.missedBy.set(peer, 1);',
    exposedBy: 'big messages to a node that is paused',
    seeds: 20,
    under: { acts: ['flood', 'publish'], faults: ['pause'], everyMs: 80 },
  },
];
