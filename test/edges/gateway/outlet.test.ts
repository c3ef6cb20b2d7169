/** When lines go out, and that what is the same for many is encoded and put together once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Keeper, Outlet, ROUND_MS } from '../../../src/edges/gateway/outlet.ts';
import { mayWait, Stream, toBytes, type Viewer } from '../../../src/edges/gateway/stream.ts';
import type { RosterEvent, RosterReader, User } from '../../../src/lobby/index.ts';

/** A clock that stands still until it is told to go on. */
class HandClock {
  time = 1_000;
  #turns: (() => void)[] = [];
  #timers: { at: number; act: () => void }[] = [];

  now = (): number => this.time;
  turn = (act: () => void): void => void this.#turns.push(act);
  after = (ms: number, act: () => void): (() => void) => {
    this.#timers.push({ at: this.time + ms, act });
    return () => {};
  };

  endTurn(): void {
    for (const act of this.#turns.splice(0)) act();
  }

  goOn(ms: number): void {
    this.time += ms;
    const due = this.#timers.filter(({ at }) => at <= this.time);
    this.#timers = this.#timers.filter(({ at }) => at > this.time);
    for (const { act } of due) act();
  }
}

function keeper(): Keeper & { flushes: number } {
  return {
    flushes: 0,
    flush() {
      this.flushes += 1;
    },
  };
}

test('outlet: what cannot wait goes out once at the end of the turn', () => {
  const clock = new HandClock();
  const outlet = new Outlet(clock);
  const one = keeper();
  outlet.atTurnEnd(one);
  outlet.atTurnEnd(one);
  assert.equal(one.flushes, 0);
  clock.endTurn();
  assert.equal(one.flushes, 1);
});

test('outlet: the first round is at the end of the turn, the next no sooner than a round’s time after it', () => {
  const clock = new HandClock();
  const outlet = new Outlet(clock);
  const one = keeper();
  outlet.inRound(one);
  clock.endTurn();
  assert.equal(one.flushes, 1);
  outlet.inRound(one);
  clock.endTurn();
  clock.goOn(ROUND_MS - 1);
  assert.equal(one.flushes, 1);
  outlet.inRound(one);
  clock.goOn(1);
  assert.equal(one.flushes, 2);
  clock.goOn(ROUND_MS);
  assert.equal(one.flushes, 2, 'no round without anybody');
});

test('outlet: what several have kept alike is put together once', () => {
  const outlet = new Outlet(new HandClock());
  const [a, b, c] = ['a\n', 'b\n', 'c\n'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];
  assert.equal(outlet.whole([a]), a);
  const both = outlet.whole([a, b]);
  assert.equal(both.toString(), 'a\nb\n');
  assert.equal(outlet.whole([a, c]).toString(), 'a\nc\n');
  assert.equal(outlet.whole([a, b]), both);
  assert.equal(outlet.whole([a, Buffer.from('b\n')]).toString(), 'a\nb\n');
});

const user = (userId: number): User => ({
  ...{ userId, springId: userId, session: `s${userId}`, name: `user${userId}`, country: '??', client: 'test' },
  ...{ status: 0, moderator: false, bot: false },
});

function viewer(userId: number, battle?: number): Viewer {
  const battleOf = (): unknown =>
    battle === undefined ? undefined : { summary: { lobbyId: battle, founder: user(9) } };
  return { userId, roster: { battleOf, battle: battleOf } as unknown as RosterReader };
}

test('stream: a line that goes to all is encoded once for all', () => {
  const stream = new Stream();
  const events: RosterEvent[] = [
    { kind: 'user-added', user: user(1) },
    { kind: 'member-joined', lobbyId: 5, member: { user: user(1), turn: 1, status: 0, colour: 0, scriptPassword: '' } },
    { kind: 'room-said', room: 'main', user: user(1), text: 'hello', emote: false, tag: null },
  ];
  for (const event of events) {
    const bytes = stream.encode(event, viewer(2));
    for (const userId of [3, 4]) assert.equal(stream.encode(event, viewer(userId)), bytes, event.kind);
  }
});

test('stream: news of others may wait; one’s own, talk, and what happens in one’s own battle may not', () => {
  const joined: RosterEvent = {
    kind: 'member-joined',
    lobbyId: 5,
    member: { user: user(1), turn: 1, status: 0, colour: 0, scriptPassword: '' },
  };
  const said: RosterEvent = { kind: 'room-said', room: 'main', user: user(1), text: 'hi', emote: false, tag: null };
  assert.equal(mayWait({ kind: 'user-added', user: user(1) }, viewer(2)), true);
  assert.equal(mayWait({ kind: 'user-added', user: user(1) }, viewer(1)), false);
  assert.equal(mayWait(joined, viewer(2)), true);
  assert.equal(mayWait(joined, viewer(2, 6)), true);
  assert.equal(mayWait(joined, viewer(2, 5)), false);
  assert.equal(mayWait(said, viewer(2)), false);
});

test('stream: no lines are no bytes, and every line of a block has its prefix', () => {
  assert.equal(toBytes([], '#1 ').length, 0);
  assert.equal(toBytes(['A', 'B'], '#1 ').toString(), '#1 A\n#1 B\n');
});
