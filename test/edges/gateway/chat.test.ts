/** Channels, private messages and the ring over real sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestGateway } from '../../support/gateway.ts';

test('chat: JOIN is answered by its four lines, each with the id; the others hear JOINED', async () => {
  await using test = await openTestGateway();
  const ann = await test.online('ann');
  const bob = await test.online('bob');
  ann.send('JOIN main');
  await ann.waitFor('CLIENTS main ann');
  bob.send('#77 JOIN main');
  const lines = await bob.sync();
  assert.deepEqual(lines, [
    '#77 JOIN main',
    '#77 JOINED main bob',
    '#77 CHANNELTOPIC main ann',
    '#77 CLIENTS main ann bob',
  ]);
  await ann.waitFor((line) => line === 'JOINED main bob');
  assert.deepEqual(test.violations(), []);
});

test('chat: JOIN of a joined channel is silent, of a bad name refused with a space after the name', async () => {
  await using test = await openTestGateway();
  const ann = await test.online('ann');
  ann.send('JOIN main');
  await ann.sync();
  ann.send('JOIN main');
  assert.deepEqual(await ann.sync(), []);
  ann.send('#5 JOIN no-good');
  assert.deepEqual(await ann.sync(), ['#5 JOINFAILED no-good a channel name is up to 20 letters, digits and _']);
});

test('chat: SAY and SAYEX reach all members, the sender with his id, text as it was typed', async () => {
  await using test = await openTestGateway();
  const [ann, bob] = [await test.online('ann'), await test.online('bob')];
  for (const client of [ann, bob]) {
    client.send('JOIN main');
    await client.sync();
  }
  bob.send('#78 SAY main hi  there\tall', '#79 SAYEX main waves');
  await bob.waitFor((line) => line === '#78 SAID main bob hi  there\tall');
  await bob.waitFor((line) => line === '#79 SAIDEX main bob waves');
  await ann.waitFor((line) => line === 'SAID main bob hi  there\tall');
  await ann.waitFor((line) => line === 'SAIDEX main bob waves');
  assert.deepEqual(test.violations(), []);
});

test('chat: lines of 3,500 and 9,900 characters pass whole', async () => {
  await using test = await openTestGateway();
  const [ann, bob] = [await test.online('ann'), await test.online('bob')];
  ann.send(`SAYPRIVATE bob ${'long '.repeat(700)}end`, `SAYPRIVATE bob ${'x'.repeat(9_900)}`);
  await bob.waitFor(`SAIDPRIVATE ann ${'long '.repeat(700)}end`);
  await bob.waitFor(`SAIDPRIVATE ann ${'x'.repeat(9_900)}`);
});

test('chat: LEAVE tells oneself and the others; leaving twice is silent; who left cannot talk', async () => {
  await using test = await openTestGateway();
  const [ann, bob] = [await test.online('ann'), await test.online('bob')];
  for (const client of [ann, bob]) {
    client.send('JOIN main');
    await client.sync();
  }
  bob.send('#1 LEAVE main');
  assert.deepEqual(await bob.sync(), ['#1 LEFT main bob']);
  await ann.waitFor('LEFT main bob');
  bob.send('LEAVE main');
  assert.deepEqual(await bob.sync(), []);
  bob.send('#2 SAY main hi');
  assert.deepEqual(await bob.sync(), ['#2 FAILED msg=you are not in main\tcmd=SAY']);
  assert.deepEqual(test.violations(), []);
});

test('chat: CHANNELS lists the channels with their members', async () => {
  await using test = await openTestGateway();
  const ann = await test.online('ann');
  ann.send('JOIN main', 'JOIN other', 'LEAVE other', '#6 CHANNELS');
  await ann.waitFor((line) => line === '#6 CHANNEL main 1');
  await ann.waitFor((line) => line === '#6 CHANNEL other 0');
  await ann.waitFor((line) => line === '#6 ENDOFCHANNELS');
});

test('chat: the counts of CHANNELS go up and down with who joins, leaves and disconnects', async () => {
  await using test = await openTestGateway();
  const watcher = await test.online('watcher');
  const counted = async (): Promise<string | undefined> => {
    watcher.send('CHANNELS');
    return (await watcher.sync()).find((line) => line.startsWith('CHANNEL main'));
  };
  assert.equal(await counted(), undefined);
  const [ann, bob] = [await test.online('ann'), await test.online('bob')];
  for (const client of [ann, bob]) {
    client.send('JOIN main');
    await client.sync();
  }
  assert.equal(await counted(), 'CHANNEL main 2');
  ann.send('LEAVE main');
  await ann.sync();
  assert.equal(await counted(), 'CHANNEL main 1');
  bob.send('EXIT');
  await watcher.waitFor('REMOVEUSER bob');
  assert.equal(await counted(), 'CHANNEL main 0');
});

test('chat: a private message is echoed to its sender, and refused when nobody of that name is online', async () => {
  await using test = await openTestGateway();
  const [ann, bob] = [await test.online('ann'), await test.online('bob')];
  ann.send('#1 SAYPRIVATE bob hi', '#2 SAYPRIVATE nobody hi', '#3 RING bob');
  assert.deepEqual(await ann.sync(), ['#1 SAYPRIVATE bob hi', '#2 FAILED msg=nobody is not online\tcmd=SAYPRIVATE']);
  await bob.waitFor('SAIDPRIVATE ann hi');
  await bob.waitFor('RING ann');
  assert.deepEqual(test.violations(), []);
});

test('chat: nothing in a message can make a second line', async () => {
  await using test = await openTestGateway();
  const [ann, bob] = [await test.online('ann'), await test.online('bob')];
  ann.send('SAYPRIVATE bob one\rADDUSER two\u0000three');
  await bob.waitFor('SAIDPRIVATE ann one ADDUSER two three');
  assert.deepEqual(test.violations(), []);
});

for (const line of ['SAY', 'SAY main', 'SAY main   ', 'JOIN', 'LEAVE', 'SAYPRIVATE bob', 'RING']) {
  test(`chat: ${JSON.stringify(line)} is answered with what is missing`, async () => {
    await using test = await openTestGateway();
    const ann = await test.online('ann');
    ann.send(line);
    const [answer, ...more] = await ann.sync();
    assert.match(answer ?? '', /^SERVERMSG [A-Z]+ failed\. Incorrect arguments\. \(\w+ is missing\)$/);
    assert.deepEqual(more, []);
  });
}
