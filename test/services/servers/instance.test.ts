/** One instance of a server by itself, on a port made by hand: what it does with a lease and without one. */
import assert from 'node:assert/strict';
import test from 'node:test';
import * as z from 'zod';
import { type MusterNode, Server, server } from '../../../src/services/index.ts';
import { Instance, type InstancePort } from '../../../src/services/servers/instance.ts';

class Diary extends Server<number, undefined> {
  static entries: string[] = [];
  init(): undefined {
    Diary.entries = [];
  }
  write(entry: string): void {
    Diary.entries.push(entry);
  }
  override terminate(reason: string): void {
    Diary.entries.push(reason);
  }
}

const diary = server('diary', { key: z.number(), placement: 'one per key', about: 'writes down what runs' }, Diary);

async function started(lease: { isValid: boolean }): Promise<Instance> {
  const port: InstancePort = {
    ...{ log: { write: () => undefined }, tellsStacks: false, token: 1 },
    mayAct: () => lease.isValid,
    now: () => 0,
    after: () => () => undefined,
    every: () => () => undefined,
    encode: () => new Uint8Array(),
    isSettled: () => false,
    keep: async () => undefined,
    crashed: () => undefined,
    wantsToStop: () => undefined,
    facade: () => ({}) as MusterNode,
  };
  const instance = new Instance('diary/1', diary, 1, port);
  await instance.start(undefined);
  return instance;
}

function write(instance: Instance, entry: string): void {
  instance.push({
    method: 'write',
    args: [entry],
    call: undefined,
    reply: () => undefined,
    elsewhere: () => undefined,
  });
}

test('an orderly end runs terminate', async () => {
  const instance = await started({ isValid: true });
  write(instance, 'a turn');
  await instance.stop('moves', 1_000);
  assert.deepEqual(Diary.entries, ['a turn', 'moves']);
});

test('without a lease nothing of it runs, terminate neither: by then the next instance may run elsewhere', async () => {
  const lease = { isValid: true };
  const instance = await started(lease);
  lease.isValid = false;
  write(instance, 'too late');
  const { rest } = await instance.stop('leaves', 1_000);
  assert.deepEqual([Diary.entries, rest.length], [[], 1]);
});
