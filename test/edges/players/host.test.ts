/** A host of a troupe behaves as an autohost does, at a real gateway: lets people in, starts a game when asked, and ends it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Player } from '../../../src/edges/players/index.ts';
import type { News } from '../../../src/edges/players/seen.ts';
import { Host } from '../../../src/edges/players/troupe/host.ts';
import { READY_PLAYER } from '../../../src/edges/players/troupe/part.ts';
import { Stage } from '../../../src/edges/players/troupe/stage.ts';
import { openTestGateway, realClock } from '../../support/gateway.ts';

const PACE_MS = 20;

test('host: lets in who asks, starts the game when one asks for it, says when it has ended, and opens again', async () => {
  await using opened = await openTestGateway();
  const plan = { players: 2, threads: 1, name: 'p', paceMs: PACE_MS, deadlineMs: 5_000, seed: 1 };
  const stage = new Stage(plan, 0, realClock);
  const heard: string[] = [];
  let part: Host | undefined;
  const connect = async (name: string, flags: string, news: (news: News) => void): Promise<Player> => {
    const player = await Player.connect({
      ...{
        name,
        host: '127.0.0.1',
        port: opened.gateway.port,
        names: stage.names,
        clock: realClock,
        deadlineMs: 5_000,
      },
      news: (_player, one) => news(one),
    });
    await player.register();
    await player.logIn(flags);
    return player;
  };
  const ann = await connect('ann', 'sp b', (news) => part?.news(news));
  const bob = await connect('bob', 'sp', (news) => {
    if (news.kind === 'status-wanted') bob.send(`MYBATTLESTATUS ${READY_PLAYER} 0`);
    if (news.kind === 'battle-said') heard.push(news.text);
  });
  /** The host acts again and again until the member sees it. */
  const actUntil = async (what: string, condition: (player: Player) => boolean): Promise<void> => {
    const seen = bob.until(what, () => condition(bob));
    let isSeen = false;
    const settle = (): void => {
      isSeen = true;
    };
    seen.then(settle, settle);
    while (!isSeen) {
      await part!.act();
      await stage.pause(PACE_MS);
    }
    await seen;
  };
  part = new Host(stage, ann, 8);
  await actUntil('told of the battle', ({ view }) => view.battles.size === 1);
  const [id] = [...bob.view.battles.keys()];
  bob.send(`JOINBATTLE ${id}`);
  await bob.until('let in', ({ battle, self }) => battle?.statuses.get(self) === READY_PLAYER);
  await actUntil('alone with the host', ({ view }) => view.battle?.statuses.size === 2);
  assert.deepEqual(heard, [], 'one who is ready is not enough unless he asks');

  bob.send('SAYBATTLE !cv forcestart');
  const host = stage.names.numberOf('ann');
  await actUntil('told that the game runs', ({ view }) => view.inGame.has(host) && heard.length >= 2);
  // As after a lost connection: he does not know that it runs.
  part = new Host(stage, ann, 8);
  bob.send('SAYBATTLE !cv forcestart');
  await actUntil('told of it again', () => heard.length >= 4);
  await actUntil('told that it has ended', ({ view }) => !view.inGame.has(host) && heard.length >= 5);
  assert.deepEqual(heard, [
    '!cv forcestart',
    '* Launching game...',
    '!cv forcestart',
    '* Launching game...',
    '* Server stopped (running time: 0 minutes and 0 seconds)',
  ]);
  assert.equal(stage.counts.gamesStarted, 1);

  ann.send('LEAVEBATTLE');
  await bob.until('told that it is closed', ({ battles }) => battles.size === 0);
  await actUntil('told of the next', ({ view }) => view.battles.size === 1);
  assert.equal(stage.counts.battlesOpened, 2);
  for (const player of [ann, bob]) {
    assert.equal(player.failure, undefined);
    player.destroy();
  }
});
