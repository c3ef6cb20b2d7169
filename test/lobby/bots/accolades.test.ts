import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accoladeChat } from '../../../src/lobby/bots/accolades/chat.ts';
import { matchUpdates } from '../../../src/lobby/matches/declarations.ts';
import { decodeBattleStatus, encodeBattleStatus } from '../../../src/lobby/status/battle-status.ts';
import type { Store } from '../../../src/ports/index.ts';
import { OPEN_REQUEST, PLAYER } from '../records.ts';
import { memoryStore, SimulatedLobby, type TestClient } from '../simulated-lobby.ts';

const GAME_MS = 601_000;

interface Played {
  readonly store: Store;
  readonly host: TestClient;
  readonly players: readonly TestClient[];
}

/** A lobby of a host on n1, with players on other nodes if nothing else is said, all in one team. */
async function gather(
  lobby: SimulatedLobby,
  store: Store,
  names: readonly string[],
  nodeOf = (at: number) => `n${2 + (at % 3)}`,
): Promise<Played> {
  const host = await lobby.client('Host', nodeOf(-1));
  const players: TestClient[] = [];
  const id = await lobby.as(host, (session) => session.battle.open(OPEN_REQUEST));
  for (const [at, name] of names.entries()) {
    const client = await lobby.client(name, nodeOf(at));
    await lobby.as(client, (session) => session.battle.join(id));
    const status = encodeBattleStatus({ ...decodeBattleStatus(PLAYER), ally: 0, team: at });
    await lobby.as(client, (session) => session.battle.setStatus(status, 0));
    players.push(client);
  }
  return { store, host, players };
}

async function play(lobby: SimulatedLobby, { store, host }: Played, ms = GAME_MS): Promise<void> {
  const say = (text: string) => lobby.as(host, ({ battle }) => battle.say(text, { emote: true }));
  const before = await count(store, 'matches WHERE finished_at IS NOT NULL');
  await say('* Launching game...');
  await lobby.cluster.advance(ms);
  await say('* Server stopped (running time: 00:15:00)');
  await untilStored(
    lobby,
    'the match',
    async () => (await count(store, 'matches WHERE finished_at IS NOT NULL')) > before,
  );
}

async function count(store: Store, from: string): Promise<number> {
  return Number((await store.query(`SELECT COUNT(*) AS n FROM ${from}`))[0]!.n);
}

async function untilStored(lobby: SimulatedLobby, what: string, check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await check()) return;
    await lobby.cluster.advance(50);
  }
  assert.fail(`not stored: ${what}`);
}

const questions = (client: TestClient): string[] => client.notices().filter((line) => /We have selected/.test(line));

const tell = (lobby: SimulatedLobby, client: TestClient, text: string): Promise<void> =>
  lobby.as(client, (session) => session.sayPrivate('AccoladesBot', text));

async function misses(store: Store, client: TestClient): Promise<number> {
  const { userId } = client.session.user();
  const [row] = await store.query("SELECT value FROM account_stats WHERE name = 'accolade_misses' AND account_id = ?", [
    userId,
  ]);
  return Number(row?.value ?? 0);
}

describe('accolades', () => {
  it('after a long match each player is asked once about a team-mate, and his choice is stored once', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ nodes: 4, store });
    const played = await gather(lobby, store, ['Alice', 'Bob']);
    const [alice, bob] = played.players as [TestClient, TestClient];
    await play(lobby, played);
    await lobby.until('both are asked', () => [alice, bob].every((client) => questions(client).length === 1));
    assert.match(questions(alice)[0]!, /AccoladesBot: .*selected Bob\./);
    await tell(lobby, alice, 'what?');
    assert.match(alice.notices().at(-1)!, /don't understand/);
    await tell(lobby, alice, '99');
    assert.match(alice.notices().at(-1)!, /None of the accolades/);
    await tell(lobby, alice, '1');
    assert.match(alice.notices().at(-1)!, /Thank you for your feedback/);
    await tell(lobby, alice, '2');
    assert.match(alice.notices().at(-1)!, /not waiting for an answer/);
    const rows = await store.query('SELECT a.*, b.name FROM accolades a JOIN badge_types b ON b.id = a.badge_id');
    assert.deepEqual(
      rows.map(({ giver_id, recipient_id, name }) => [giver_id, recipient_id, name]),
      [[alice.session.user().userId, bob.session.user().userId, 'Good sport']],
    );
    assert.ok(!bob.notices().some((line) => /given you an accolade/.test(line)), 'not at once');
    await lobby.cluster.advance(30_000);
    await lobby.until('Bob hears of it', () =>
      bob.notices().some((line) => /given you an accolade: Good sport/.test(line)),
    );
    await lobby.as(bob, (session) => session.sayPrivate('Coordinator', '$whoami'));
    assert.match(bob.notices().join(), /Accolades: 1 Good sport/);
    await lobby.cluster.advance(60_000);
    assert.deepEqual([questions(alice).length, questions(bob).length], [1, 1]);
  });

  it('who answers at the last moment has his team-mate told all the same', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ nodes: 4, store });
    const played = await gather(lobby, store, ['Alice', 'Bob']);
    const [alice, bob] = played.players as [TestClient, TestClient];
    await play(lobby, played);
    await lobby.until('she is asked', () => questions(alice).length === 1);
    await lobby.cluster.advance(595_000);
    await tell(lobby, alice, '1');
    await lobby.cluster.advance(40_000);
    assert.ok(bob.notices().some((line) => /given you an accolade/.test(line)));
  });

  it('n keeps a question about the same player away, 0 keeps nothing, silence costs most', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ nodes: 4, store });
    const played = await gather(lobby, store, ['Alice', 'Bob']);
    const [alice, bob] = played.players as [TestClient, TestClient];
    await play(lobby, played);
    await lobby.until('both are asked', () => [alice, bob].every((client) => questions(client).length === 1));
    await tell(lobby, alice, 'n');
    await tell(lobby, bob, '0');
    assert.equal(await count(store, 'accolades WHERE badge_id IS NULL'), 1);
    assert.equal(await count(store, 'accolades'), 1);
    assert.deepEqual([await misses(store, alice), await misses(store, bob)], [3, 3]);
    await play(lobby, played);
    await lobby.until('Bob is asked again', () => questions(bob).length === 2);
    await lobby.cluster.advance(595_000);
    assert.equal(await misses(store, bob), 3, 'the limit is not over');
    await untilStored(lobby, 'silence', async () => (await misses(store, bob)) === 13);
    await tell(lobby, bob, '1');
    assert.match(bob.notices().at(-1)!, /not waiting/);
    assert.equal(questions(alice).length, 1, 'not about Bob within five days');
    assert.equal(await count(store, 'accolades'), 1);
  });

  it('a short match asks nobody, nor is anybody asked about who is restricted', async () => {
    const store = memoryStore();
    await using lobby = await SimulatedLobby.start({ nodes: 4, store });
    const played = await gather(lobby, store, ['Alice', 'Bob']);
    const [alice, bob] = played.players as [TestClient, TestClient];
    await play(lobby, played, 599_000);
    await lobby.cluster.advance(30_000);
    assert.deepEqual([questions(alice), questions(bob)], [[], []]);
    await store.query(
      "INSERT INTO moderation_actions (account_id, restrictions, reason, created_at) VALUES (?, '[\"Accolades\"]', 'x', 0)",
      [bob.session.user().userId],
    );
    await play(lobby, played);
    await lobby.until('Bob is asked', () => questions(bob).length === 1);
    await lobby.cluster.advance(30_000);
    assert.deepEqual(questions(alice), []);
  });

  it('when the node that was told of the match dies at that moment, another asks the players, once', async () => {
    let deaths = 0;
    for (const seed of [1, 2]) {
      const store = memoryStore();
      await using lobby = await SimulatedLobby.start({ nodes: 5, store, seed });
      const played = await gather(lobby, store, ['Alice', 'Bob'], () => 'n5');
      const told: string[] = [];
      for (const id of ['n1', 'n2', 'n3', 'n4', 'n5']) {
        await lobby.cluster.run(id, async (node) => {
          await node.subscribe(matchUpdates(), ({ kind }) => {
            if (kind !== 'completed') return;
            told.push(node.id);
            if (told.length === 1 && node.id !== 'n5') void lobby.cluster.kill(node.id);
          });
        });
      }
      await play(lobby, played);
      await lobby.until('both are asked', () => played.players.every((client) => questions(client).length > 0));
      await lobby.cluster.advance(30_000);
      assert.ok(played.players.every((client) => questions(client).length === 1));
      if (told[0] === 'n5') continue;
      assert.ok(told.length > 1 && told[1] !== told[0], 'another was told');
      deaths += 1;
    }
    assert.ok(deaths > 0, 'the node of the clients was told each time');
  });

  it('each is asked once whichever node dies right after the match, and the question and its limit outlive its node', async () => {
    let moved = 0;
    for (const [at, after] of [0, 3, 6, 12].entries()) {
      const store = memoryStore();
      await using lobby = await SimulatedLobby.start({ nodes: 6, store, seed: 40 + at });
      const played = await gather(lobby, store, ['Alice', 'Bob', 'Carol']);
      const say = (text: string) => lobby.as(played.host, ({ battle }) => battle.say(text, { emote: true }));
      await say('* Launching game...');
      await lobby.cluster.advance(GAME_MS);
      await say('* Server stopped (running time: 00:15:00)');
      await lobby.cluster.advance(after);
      const doomed = at % 2 === 0 ? 'n5' : 'n6';
      await lobby.cluster.kill(doomed);
      await lobby.until(`all are asked, killed after ${after} ms`, () =>
        played.players.every((client) => questions(client).length > 0),
      );
      await lobby.cluster.settled();
      const [alice] = played.players as [TestClient];
      const { userId } = alice.session.user();
      const where = () => lobby.cluster.run('n1', (node, id) => node.server(accoladeChat, id).where(), userId);
      const holder = (await where()) as string;
      const hasClients = [played.host, ...played.players].some(({ node }) => node === holder);
      if (!hasClients) {
        await lobby.cluster.kill(holder);
        await lobby.cluster.settled();
        moved += 1;
      }
      await lobby.cluster.advance(590_000);
      assert.ok(
        played.players.every((client) => questions(client).length === 1),
        `asked twice, killed after ${after} ms`,
      );
      await untilStored(lobby, 'silence', async () => (await misses(store, alice)) === 10);
    }
    assert.ok(moved > 0, 'no chat ever moved');
  });
});
