import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LobbyRefused } from '../../../src/lobby/index.ts';
import { askForDuel, isForDuelQueue } from '../../../src/lobby/session/duel-queue.ts';

describe('the queue for duels', () => {
  it('is joined and left by a word to the Coordinator', async () => {
    const asked: string[] = [];
    const matchmaking = {
      join: async (queueId: number) => void asked.push(`join ${queueId}`),
      leave: async (queueId: number) => void asked.push(`leave ${queueId}`),
    };
    assert.match((await askForDuel({ matchmaking }, '$1v1me'))![0]!, /waiting for a 1v1/);
    assert.match((await askForDuel({ matchmaking }, '$%UN1V1'))![0]!, /no longer/);
    assert.equal(await askForDuel({ matchmaking }, '$help'), undefined);
    assert.equal(await askForDuel({ matchmaking }, 'hello'), undefined);
    assert.deepEqual(asked, ['join 1', 'leave 1']);
    assert.deepEqual(['$1v1me', '$un1v1', '$whoami'].map(isForDuelQueue), [true, true, false]);
  });

  it('says why not', async () => {
    const refuse = async (): Promise<void> => {
      throw new LobbyRefused('Restricted', 'You may not use matchmaking for now');
    };
    assert.deepEqual(await askForDuel({ matchmaking: { join: refuse, leave: refuse } }, '$1v1me'), [
      'You may not use matchmaking for now',
    ]);
  });
});
