/** Starts the lobby on a node: accounts, hub, and the way in for edges. */
import type { MusterNode, Standing } from '../services/index.ts';
import type { Account } from './accounts/accounts.ts';
import { People } from './accounts/people.ts';
import { Tokens } from './accounts/tokens.ts';
import { listenForAchievements } from './achievements/achievement-server.ts';
import { startBots } from './bots/start.ts';
import { Hub } from './hub/hub.ts';
import type { AccountHint, Lobby, LoginRequest, RegisterRequest, Roles, RoomSummary } from './lobby.ts';
import { followMatchmaking } from './matchmaking/follow.ts';
import { requireAllowed } from './moderation/restrictions.ts';
import type { SessionInfo } from './presence/sessions.ts';
import { followRatings } from './ratings/follow.ts';
import { LobbyRefused, refusing, unavailable } from './refusal.ts';
import { rooms } from './rooms/declarations.ts';
import { LocalSession } from './session/local-session.ts';
import { loadSettings } from './settings/settings.ts';
import { encodeClientStatus } from './status/client-status.ts';
import { LobbyStore } from './store/lobby-store.ts';
import { sharedSecret } from './store/secrets.ts';
import type { ClientTelemetry, Infolog, Teller } from './telemetry/client-telemetry.ts';
import { startTelemetry } from './telemetry/start.ts';

/**
 * To be awaited in the app's `start`, on a node whose app uses `lobbyDeclarations`. A store that cannot be reached is
 * logged and tried again at each login: the node runs without it. Settings read: those in `settings/table.ts`.
 */
export async function startLobby(node: MusterNode): Promise<Lobby> {
  const store = new LobbyStore(() => node.store);
  const people = new People(node, store);
  const hub = new Hub(node, people, store);
  hub.begin();
  const telemetry = startTelemetry(node, store);
  await Promise.all([startBots(node), followMatchmaking(node), followRatings(node)]);
  node.onStop(() => hub.close());
  node.gauge('sessions', () => hub.size);
  node.gauge('lobbyLinesDropped', () => hub.droppedLines);
  try {
    await store.prepare();
  } catch (error) {
    node.log.write('warn', 'no logins for now', { why: unavailable('Opening the accounts', error).message });
  }
  await listenForAchievements(node);
  await loadSettings(node, store);
  return new LocalLobby(node, hub, people, store, telemetry);
}

class LocalLobby implements Lobby {
  readonly #node: MusterNode;
  readonly #hub: Hub;
  readonly #people: People;
  readonly #store: LobbyStore;
  readonly #tokens: Tokens;
  readonly #telemetry: ClientTelemetry;

  constructor(node: MusterNode, hub: Hub, people: People, store: LobbyStore, telemetry: ClientTelemetry) {
    this.#node = node;
    this.#hub = hub;
    this.#people = people;
    this.#store = store;
    this.#tokens = new Tokens(node, store, people.accounts);
    this.#telemetry = telemetry;
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
    return this.#hub.strongly('The registration', () => this.#people.accounts.register(request));
  }

  login(request: LoginRequest): Promise<LocalSession> {
    return this.#hub.strongly('The login', async () => {
      if (this.#hub.closing) throw new LobbyRefused('Unavailable', 'This server is stopping, please try another');
      const { accounts, users, agreement } = this.#people;
      const account = await (request.token === undefined
        ? accounts.authenticate(request)
        : this.#tokens.accountOf(request.token, request.lobbyHash));
      const record = await users.atLeast(account.id, account.version);
      requireAllowed(record, 'login', this.#node.wall());
      agreement.require(account, request.agreementCode);
      await accounts.noteLogin(account, request);
      this.#hub.requirePrimary();
      const session = new LocalSession(this.#hub, sessionInfo(account, request, this.#hub.newSessionId()), record);
      await session.enter();
      return session;
    });
  }

  issueToken(hint: AccountHint, passwordHash: string): Promise<string> {
    return refusing('The token', () => this.#tokens.issue(hint, passwordHash));
  }

  secret(name: string, make: () => Promise<string>): Promise<string> {
    return refusing('The secret', () => sharedSecret(this.#store, name, make));
  }

  logEvent(teller: Teller, type: string, value: string): boolean {
    return this.#telemetry.logEvent(teller, type, value);
  }

  setProperty(teller: Teller, name: string, value: string): boolean {
    return this.#telemetry.setProperty(teller, name, value);
  }

  keepInfolog(teller: Teller, infolog: Infolog): Promise<number> {
    return refusing('Keeping the log', () => this.#telemetry.keepInfolog(teller, infolog));
  }

  get agreement(): readonly string[] {
    return this.#people.agreement.lines;
  }

  rooms(): RoomSummary[] {
    return [...this.#node.cache(rooms).entries()]
      .map(([name, { topic }]) => ({ name, topic, members: this.#hub.roster.room(name)?.members.size ?? 0 }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  setRoles(name: string, roles: Roles): Promise<void> {
    return refusing('The change of roles', () => this.#people.accounts.setRoles(name, roles));
  }
}

function sessionInfo(account: Account, request: LoginRequest, session: string): SessionInfo {
  const { rank, moderator, bot } = account;
  return {
    userId: account.id,
    springId: account.springId,
    session,
    connection: session,
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
