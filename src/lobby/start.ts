/** Starts the lobby on a node: accounts, hub, and the way in for edges. */
import type { MusterNode, Standing } from '../services/index.ts';
import { type Account, Accounts } from './accounts/accounts.ts';
import { Hub } from './hub/hub.ts';
import type { Lobby, LoginRequest, RegisterRequest, Roles, RoomSummary } from './lobby.ts';
import { followMatchmaking } from './matchmaking/follow.ts';
import type { SessionInfo } from './presence/sessions.ts';
import { followRatings } from './ratings/follow.ts';
import { LobbyRefused, refusing, unavailable } from './refusal.ts';
import { rooms } from './rooms/declarations.ts';
import { LocalSession } from './session/local-session.ts';
import { encodeClientStatus } from './status/client-status.ts';

/**
 * To be awaited in the app's `start`, on a node whose app uses `lobbyDeclarations`. A store that cannot be reached is
 * logged and tried again at each login: the node runs without it. Settings read: `hashCost` (14), `replaceMs` (5,000),
 * `consentMs` (10,000), `playerLimit` (16); for matchmaking `queues` (a list of `{ name, teamSize }` that are made when
 * missing; default a duel and a 2v2), `queueGraceMs` (5,000), `matchLobbies` (`EU `, what titles of its lobbies contain).
 */
export async function startLobby(node: MusterNode): Promise<Lobby> {
  const hub = new Hub(node);
  const { store } = hub;
  const accounts = new Accounts(node, store);
  hub.begin();
  await Promise.all([followMatchmaking(node), followRatings(node)]);
  node.onStop(() => hub.close());
  node.gauge('sessions', () => hub.size);
  node.gauge('lobbyLinesDropped', () => hub.droppedLines);
  try {
    await store.prepare();
  } catch (error) {
    node.log.write('warn', 'no logins for now', { why: unavailable('Opening the accounts', error).message });
  }
  return new LocalLobby(node, hub, accounts);
}

class LocalLobby implements Lobby {
  readonly #node: MusterNode;
  readonly #hub: Hub;
  readonly #accounts: Accounts;

  constructor(node: MusterNode, hub: Hub, accounts: Accounts) {
    this.#node = node;
    this.#hub = hub;
    this.#accounts = accounts;
  }

  get roster() {
    return this.#hub.roster;
  }

  get sessions(): number {
    return this.#hub.size;
  }

  standing(): Standing {
    return this.#node.standing();
  }

  onStanding(changed: (standing: Standing) => void): () => void {
    return this.#node.onStanding(changed);
  }

  register(request: RegisterRequest): Promise<void> {
    return this.#hub.strongly('The registration', () => this.#accounts.register(request));
  }

  login(request: LoginRequest): Promise<LocalSession> {
    return this.#hub.strongly('The login', async () => {
      if (this.#hub.closing) throw new LobbyRefused('Unavailable', 'This server is stopping, please try another');
      const account = await this.#accounts.authenticate(request.name, request.passwordHash);
      this.#hub.requirePrimary();
      const session = new LocalSession(this.#hub, sessionInfo(account, request, this.#hub.newSessionId()));
      await session.enter();
      return session;
    });
  }

  rooms(): RoomSummary[] {
    return [...this.#node.cache(rooms).entries()]
      .map(([name, { topic }]) => ({ name, topic, members: this.#hub.roster.room(name)?.members.size ?? 0 }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  setRoles(name: string, roles: Roles): Promise<void> {
    return refusing('The change of roles', () => this.#accounts.setRoles(name, roles));
  }
}

function sessionInfo(account: Account, request: LoginRequest, session: string): SessionInfo {
  const { rank, moderator, bot } = account;
  return {
    userId: account.id,
    springId: account.springId,
    session,
    name: account.name,
    country: request.country ?? '??',
    client: request.client,
    status: encodeClientStatus({ inGame: false, away: false, rank, moderator, bot }),
    moderator,
    bot,
    ip: request.ip,
    authorisesJoins: request.flags?.includes('b') ?? false,
  };
}
