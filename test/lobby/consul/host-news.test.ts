import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readAnnouncement, readHostUpdate, withHostNews } from '../../../src/lobby/consul/host-news.ts';
import { type ConsulState, newConsulState } from '../../../src/lobby/consul/state.ts';
import { lobby, member } from '../records.ts';

const RECORD = lobby([member(2), member(3)]);
const NOTHING = { teamSize: null, teamCount: null, preset: null, boss: null };

describe('what a host tells in chat', () => {
  it('is team size, number of teams, and bosses', () => {
    const news = (text: string) => readAnnouncement(text);
    assert.deepEqual(news('* Global setting changed by Ann (teamSize=8)'), { ...NOTHING, teamSize: 8 });
    assert.deepEqual(news('* Preset set (nbTeams=3;teamSize=2)'), { ...NOTHING, teamSize: 2, teamCount: 3 });
    assert.deepEqual(news('* Boss mode enabled for [X]Ann'), { ...NOTHING, boss: { add: '[X]Ann' } });
    assert.deepEqual(news('* Boss mode disabled by Ann'), { ...NOTHING, boss: { only: [] } });
  });

  it('and nothing else', () => {
    for (const text of ['hello', 'teamSize=0', 'teamSize=x', 'teamSize=9999', 'myteamSize=3', '* Boss mode']) {
      assert.equal(readAnnouncement(text), undefined, text);
    }
  });
});

it('what a host tells as data may be texts or numbers; what is missing, 0 or no number is nothing', () => {
  assert.deepEqual(readHostUpdate({ teamSize: '8', nbTeams: 5, boss: 'ann, bob', preset: 'team' }), {
    teamSize: 8,
    teamCount: 5,
    boss: { only: ['ann', 'bob'] },
    preset: 'team',
  });
  assert.deepEqual(readHostUpdate({ teamSize: 0, nbTeams: 'x', boss: null, preset: '', other: {} }), NOTHING);
});

it('news changes what it is about; a boss must be there, is one once, and goes with the others', () => {
  const state: ConsulState = { ...newConsulState(0), teamSize: 4 };
  const withBosses = ['user2', 'user3', 'user2', 'nobody'].reduce(
    (before, add) => withHostNews(before, RECORD, { ...NOTHING, boss: { add } }),
    state,
  );
  assert.deepEqual([withBosses.bosses, withBosses.teamSize], [[2, 3], 4]);
  const only = withHostNews(withBosses, RECORD, { ...NOTHING, boss: { only: ['user3', 'nobody'] } });
  assert.deepEqual(only.bosses, [3]);
  assert.deepEqual(withHostNews(withBosses, RECORD, { ...NOTHING, boss: { only: [] }, teamCount: 3 }), {
    ...state,
    teamCount: 3,
  });
});
