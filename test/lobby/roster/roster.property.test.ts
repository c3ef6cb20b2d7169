import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { LobbyRecord, Member } from '../../../src/lobby/battles/record.ts';
import type { SessionInfo } from '../../../src/lobby/presence/sessions.ts';
import { Roster } from '../../../src/lobby/roster/roster.ts';
import { lobby, member, sessionInfo } from '../records.ts';
import { StrictClient } from '../strict-client.ts';

const USERS = [1, 2, 3, 4];
const LOBBIES = [11, 12, 13];
const ROOMS = ['main', 'other'];
const FOUNDERS: Record<number, number> = { 11: 1, 12: 1, 13: 2 };

const user = fc.constantFrom(...USERS);
const session = fc.constantFrom('a', 'b');

type Change =
  | { what: 'session'; userId: number; info: SessionInfo | undefined }
  | { what: 'lobby'; lobbyId: number; record: LobbyRecord | undefined }
  | { what: 'room'; room: string; userId: number; session: string | undefined };

/** One session is in one lobby per turn, as a session issues its turns. */
function stay(lobbyId: number): fc.Arbitrary<Member> {
  return fc
    .record({ userId: user, session, round: fc.nat(3), status: fc.nat(3), colour: fc.nat(1) })
    .map(({ userId, round, ...rest }) => member(userId, { ...rest, turn: round * 100 + lobbyId }));
}

function recordOf(lobbyId: number): fc.Arbitrary<LobbyRecord> {
  return fc
    .record({
      members: fc.uniqueArray(stay(lobbyId), { maxLength: 4, selector: ({ userId }) => userId }),
      bots: fc.uniqueArray(
        fc.record({
          name: fc.constantFrom('bot1', 'bot2'),
          owner: user,
          status: fc.nat(2),
          colour: fc.nat(1),
          ai: fc.constantFrom('KAIK', 'RAI'),
        }),
        { maxLength: 2, selector: ({ name }) => name },
      ),
      tags: fc.uniqueArray(fc.record({ key: fc.constantFrom('a', 'b', 'c'), value: fc.constantFrom('1', '2') }), {
        selector: ({ key }) => key,
      }),
      rects: fc.uniqueArray(
        fc.record({
          team: fc.nat(2),
          left: fc.nat(1),
          top: fc.constant(0),
          right: fc.constant(9),
          bottom: fc.constant(9),
        }),
        { selector: ({ team }) => team },
      ),
      disabledUnits: fc.uniqueArray(fc.constantFrom('x', 'y', 'z')),
      locked: fc.boolean(),
      spectators: fc.nat(2),
      title: fc.constantFrom('one', 'two'),
    })
    .map((parts) => ({ ...lobby(), lobbyId, founder: FOUNDERS[lobbyId]!, ...parts }));
}

const lobbyChange: fc.Arbitrary<Change> = fc
  .constantFrom(...LOBBIES)
  .chain((lobbyId) =>
    fc.option(recordOf(lobbyId), { nil: undefined, freq: 6 }).map((record) => ({ what: 'lobby', lobbyId, record })),
  );

const sessionChange: fc.Arbitrary<Change> = fc
  .record({ userId: user, id: fc.option(session, { nil: undefined, freq: 4 }), status: fc.nat(2) })
  .map(({ userId, id, status }) => ({
    what: 'session',
    userId,
    info: id === undefined ? undefined : sessionInfo(userId, id, { status }),
  }));

const roomChange: fc.Arbitrary<Change> = fc
  .record({ room: fc.constantFrom(...ROOMS), userId: user, id: fc.option(session, { nil: undefined, freq: 4 }) })
  .map(({ room, userId, id }) => ({ what: 'room', room, userId, session: id }));

const changes = fc.array(
  fc.oneof({ weight: 3, arbitrary: lobbyChange }, { weight: 2, arbitrary: sessionChange }, roomChange),
  {
    maxLength: 40,
  },
);

/** What there is at the end, and what of it should be shown: computed from scratch. */
class Truth {
  readonly sessions = new Map<number, SessionInfo>();
  readonly lobbies = new Map<number, LobbyRecord>();
  readonly rooms = new Map<string, Map<number, string>>(ROOMS.map((room) => [room, new Map()]));

  take(change: Change): void {
    if (change.what === 'session') put(this.sessions, change.userId, change.info);
    else if (change.what === 'lobby') put(this.lobbies, change.lobbyId, change.record);
    else put(this.rooms.get(change.room)!, change.userId, change.session);
  }

  place(userId: number): number | undefined {
    const stays = [...this.lobbies].flatMap(([lobbyId, { members }]) =>
      members
        .filter((one) => one.userId === userId && one.session === this.sessions.get(userId)?.session)
        .map(({ turn }) => ({ lobbyId, turn })),
    );
    return stays.sort((a, b) => b.turn - a.turn)[0]?.lobbyId;
  }

  shown(): unknown {
    const battles = [...this.lobbies].filter(([lobbyId, { founder }]) => this.place(founder) === lobbyId);
    return {
      users: sorted([...this.sessions].map(([userId, { session: id, status }]) => [userId, id, status])),
      rooms: ROOMS.map((room) =>
        sorted([...this.rooms.get(room)!].filter(([userId, id]) => this.sessions.get(userId)?.session === id)),
      ),
      battles: sorted(
        battles.map(([lobbyId, record]) => {
          const here = record.members.filter(({ userId }) => this.place(userId) === lobbyId);
          const bots = record.bots.filter(({ owner }) => here.some(({ userId }) => userId === owner));
          return [
            lobbyId,
            record.title,
            record.locked,
            record.spectators,
            sorted(here.map(({ userId, status, colour }) => [userId, status, colour])),
            sorted(bots.map(({ name, owner, status, colour, ai }) => [name, owner, status, colour, ai])),
            sorted(record.tags.map(({ key, value }) => [key, value])),
            sorted(record.rects.map(({ team, left }) => [team, left])),
            sorted(record.disabledUnits.map((unit) => [unit])),
          ];
        }),
      ),
    };
  }
}

function put<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

function sorted(rows: unknown[][]): unknown[][] {
  return rows.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
}

function believed(client: StrictClient): unknown {
  return {
    users: sorted([...client.users].map(([userId, { session: id, status }]) => [userId, id, status])),
    rooms: ROOMS.map((room) => sorted([...client.room(room)])),
    battles: sorted(
      [...client.battles].map(([lobbyId, battle]) => [
        lobbyId,
        battle.title,
        battle.locked,
        battle.spectators,
        sorted([...battle.members].map(([userId, { status, colour }]) => [userId, status, colour])),
        sorted([...battle.bots].map(([name, { owner, status, colour, ai }]) => [name, owner, status, colour, ai])),
        sorted([...battle.tags]),
        sorted([...battle.rects].map(([team, text]) => [team, (JSON.parse(text) as number[])[0]])),
        sorted([...battle.units].map((unit) => [unit])),
      ]),
    ),
  };
}

function apply(roster: Roster, change: Change): void {
  if (change.what === 'session') roster.setSession(change.userId, change.info);
  else if (change.what === 'lobby') roster.setLobby(change.lobbyId, change.record);
  else roster.setRoomMember(change.room, change.userId, change.session);
}

it('roster: whatever changes arrive in whatever order, a strict client accepts the stream and ends with what there is', () => {
  fc.assert(
    fc.property(changes, (arriving) => {
      const client = new StrictClient();
      const truth = new Truth();
      const roster = new Roster((event) => client.take(event));
      for (const change of arriving) {
        apply(roster, change);
        truth.take(change);
        assert.deepEqual(believed(client), truth.shown());
      }
    }),
    { numRuns: 500 },
  );
});

it('roster: the end does not depend on the order in which the last word on each thing arrives', () => {
  fc.assert(
    fc.property(changes, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (arriving, keys) => {
      const last = [...new Map(arriving.map((change) => [subjectOf(change), change])).values()];
      const shuffled = last
        .map((change) => ({ change, key: keys.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ change }) => change);
      assert.deepEqual(endOf(arriving), endOf(shuffled));
    }),
    { numRuns: 200 },
  );
});

function subjectOf(change: Change): string {
  if (change.what === 'session') return `session ${change.userId}`;
  return change.what === 'lobby' ? `lobby ${change.lobbyId}` : `room ${change.room} ${change.userId}`;
}

function endOf(arriving: readonly Change[]): unknown {
  const client = new StrictClient();
  const roster = new Roster((event) => client.take(event));
  for (const change of arriving) apply(roster, change);
  return believed(client);
}
