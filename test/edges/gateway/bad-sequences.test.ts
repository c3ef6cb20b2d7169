/**
 * What a node hears of the others may come twice, in another order, or about somebody it does not know: the lines to a client
 * stay a stream that a strict client accepts. From the roster to the bytes.
 */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { eventLines, Stream } from '../../../src/edges/gateway/stream.ts';
import { removeMember } from '../../../src/lobby/battles/changes.ts';
import type { LobbyRecord } from '../../../src/lobby/battles/record.ts';
import { Roster } from '../../../src/lobby/roster/roster.ts';
import { lobby, member, sessionInfo } from '../../lobby/records.ts';
import { ClientModel } from '../../support/client-model.ts';

const SELF = 9;

/** The node of user 9, who has just logged in. */
class Watched {
  readonly model = new ClientModel();
  #lines: string[] = [];
  readonly roster = new Roster((event) => {
    if (this.model.phase === 'online') this.#send(eventLines(event, { userId: SELF, roster: this.roster.visible }));
  });

  constructor() {
    this.roster.setSession(SELF, sessionInfo(SELF));
    const { visible } = this.roster;
    this.#send(['TASSERVER 0.38 * 8201 0', ...new Stream().loginLines(visible.user(SELF)!, visible, [])]);
    this.since();
  }

  #send(lines: readonly string[]): void {
    for (const line of lines) {
      this.#lines.push(line);
      this.model.receive(line);
    }
  }

  /** The lines since this was asked last, by their first words. */
  since(): string[] {
    assert.deepEqual(this.model.violations, []);
    const lines = this.#lines;
    this.#lines = [];
    return lines.map((line) => line.split(' ').slice(0, 3).join(' '));
  }
}

function otherLobby(lobbyId: number, founder: number): LobbyRecord {
  return { ...lobby(), lobbyId, founder, members: [member(founder)] };
}

describe('bad sequences', () => {
  let node: Watched;
  beforeEach(() => {
    node = new Watched();
  });

  it('a login that is heard twice, and a logout that is heard twice, are each one line', () => {
    node.roster.setSession(2, sessionInfo(2));
    node.roster.setSession(2, sessionInfo(2));
    assert.deepEqual(node.since(), ['ADDUSER user2 ??']);
    node.roster.setSession(2, undefined);
    node.roster.setSession(2, undefined);
    assert.deepEqual(node.since(), ['REMOVEUSER user2']);
  });

  it('a logout of somebody who was never there is no line', () => {
    node.roster.setSession(2, undefined);
    assert.deepEqual(node.since(), []);
  });

  it('a join that is heard twice, and a leave that is heard twice, are each one line', () => {
    node.roster.setSession(1, sessionInfo(1));
    node.roster.setSession(2, sessionInfo(2));
    node.roster.setLobby(12, lobby());
    node.since();
    const joined = lobby([member(2)]);
    node.roster.setLobby(12, joined);
    node.roster.setLobby(12, structuredClone(joined));
    assert.deepEqual(node.since(), ['JOINEDBATTLE 12 user2']);
    node.roster.setLobby(12, removeMember(joined, 2, 's2'));
    node.roster.setLobby(12, lobby());
    assert.deepEqual(node.since(), ['LEFTBATTLE 12 user2']);
  });

  it('a lobby that is closed twice, or was never open, is closed once or not at all', () => {
    node.roster.setSession(1, sessionInfo(1));
    node.roster.setLobby(12, lobby());
    node.since();
    node.roster.setLobby(12, undefined);
    node.roster.setLobby(12, undefined);
    node.roster.setLobby(13, undefined);
    assert.deepEqual(node.since(), ['BATTLECLOSED 12']);
  });

  it('a join of somebody unknown is told when he is known, behind his ADDUSER', () => {
    node.roster.setSession(1, sessionInfo(1));
    node.roster.setLobby(12, lobby([member(2)]));
    assert.deepEqual(node.since(), ['ADDUSER user1 ??', 'BATTLEOPENED 12 0']);
    node.roster.setSession(2, sessionInfo(2, 's2', { status: 1 }));
    assert.deepEqual(node.since(), ['ADDUSER user2 ??', 'CLIENTSTATUS user2 1', 'JOINEDBATTLE 12 user2']);
  });

  it('a user who is in another lobby all of a sudden has left the first before', () => {
    for (const userId of [1, 2, 3]) node.roster.setSession(userId, sessionInfo(userId));
    node.roster.setLobby(12, lobby([member(2)]));
    node.roster.setLobby(13, otherLobby(13, 3));
    node.since();
    const moved = otherLobby(13, 3);
    node.roster.setLobby(13, { ...moved, members: [...moved.members, member(2, { turn: 2 })] });
    assert.deepEqual(node.since(), ['LEFTBATTLE 12 user2', 'JOINEDBATTLE 13 user2']);
    node.roster.setLobby(12, lobby());
    assert.deepEqual(node.since(), []);
  });

  it('a lobby of somebody who never logs in, and members and rooms of such, are no lines', () => {
    node.roster.setLobby(12, lobby([member(2)]));
    node.roster.setRoomMember('main', 2, 's2');
    node.roster.setLobby(12, undefined);
    assert.deepEqual(node.since(), []);
  });

  it('a logout is heard before the leave and the close: lines come in the order clients accept', () => {
    for (const userId of [1, 2]) node.roster.setSession(userId, sessionInfo(userId));
    node.roster.setLobby(12, lobby([member(2)]));
    node.since();
    node.roster.setSession(2, undefined);
    node.roster.setSession(1, undefined);
    node.roster.setLobby(12, undefined);
    assert.deepEqual(node.since(), ['LEFTBATTLE 12 user2', 'REMOVEUSER user2', 'BATTLECLOSED 12', 'REMOVEUSER user1']);
  });
});
