/** A lobby on a simulated cluster, and clients of it that check every event they get as a strict client would. */
import assert from 'node:assert/strict';
import Database from 'libsql';
import { type ClusterOptions, type SimulatedCluster, startSimulation } from '../../src/cluster/index.ts';
import {
  type InboxMessage,
  type Lobby,
  type LoginRequest,
  lobbyDeclarations,
  lobbyTasks,
  type PeopleList,
  type RosterEvent,
  type RosterReader,
  type Session,
  type SessionEnd,
  type SessionSink,
  startLobby,
} from '../../src/lobby/index.ts';
import { ACCOLADES_BOT, AUTOHOST_MONITOR } from '../../src/lobby/internal-users.ts';
import type { Row, SqlValue, Store } from '../../src/ports/index.ts';
import { defineApp } from '../../src/services/index.ts';
import { StrictClient } from './strict-client.ts';

export const PASSWORD = 'X03MO1qnZdYdgyfeuILPmQ==';

/** SQLite in memory, answering at once. */
export function memoryStore(): Store {
  const database = new Database(':memory:');
  const marks = new Map<string, number>();
  const run = (sql: string, parameters: readonly SqlValue[] = []): Row[] => {
    const statement = database.prepare(sql);
    if (statement.reader) return (statement.all(...parameters) as Record<string, unknown>[]).map(toRow);
    statement.run(...parameters);
    return [];
  };
  return {
    query: async (sql, parameters) => run(sql, parameters),
    batch: async (statements) =>
      database.transaction(() => statements.map(({ sql, parameters }) => run(sql, parameters)))(),
    reserve: async (name, count) => {
      const first = (marks.get(name) ?? 0) + 1;
      marks.set(name, first + count - 1);
      return first;
    },
    close: () => database.close(),
  };
}

/** libsql hands blobs out as bare buffers. */
function toRow(found: Record<string, unknown>): Row {
  const fields = Object.entries(found).map(([name, value]) => [
    name,
    value instanceof ArrayBuffer ? new Uint8Array(value) : value,
  ]);
  return Object.fromEntries(fields) as Row;
}

/** The session's view of the stream: what is not its business must not reach it. */
export class TestClient implements SessionSink {
  readonly name: string;
  readonly node: string;
  session!: Session;
  readonly events: RosterEvent[] = [];
  readonly inboxed: InboxMessage[] = [];
  /** Lists it was told, as `friends: Alice Bob`. */
  readonly lists: string[] = [];
  readonly ends: SessionEnd[] = [];
  readonly model = new StrictClient();
  /** What a strict client would have disconnected for. */
  readonly faults: unknown[] = [];
  #roster!: RosterReader;
  #userId = 0;

  constructor(name: string, node: string) {
    this.name = name;
    this.node = node;
  }

  begin(session: Session): void {
    this.session = session;
    this.#userId = session.user().userId;
    this.#roster = session.begin(this);
    for (const user of this.#roster.users()) this.model.take({ kind: 'user-added', user });
    for (const { summary, members } of this.#roster.battles()) {
      const { lobbyId } = summary;
      const host = members.get(summary.founder.userId)!;
      this.model.take({ kind: 'battle-opened', lobbyId, battle: summary, host, tags: [] });
      for (const member of members.values()) {
        if (member.user.userId !== summary.founder.userId) this.model.take({ kind: 'member-joined', lobbyId, member });
      }
    }
    const own = this.#roster.battleOf(this.#userId);
    if (own) this.#enterBattle(own.summary.lobbyId);
    assert.ok(this.model.names.has(this.name), 'the snapshot has the client itself');
  }

  event(event: RosterEvent): void {
    this.#strictly(() => this.#event(event));
  }

  #strictly(take: () => void): void {
    try {
      take();
    } catch (error) {
      this.faults.push(error);
    }
  }

  #event(event: RosterEvent): void {
    assert.equal(this.ends.length, 0, 'nothing comes after the end');
    this.events.push(event);
    if (event.kind === 'room-joined' && event.user.userId === this.#userId) this.#enterRoom(event.room);
    else this.model.take(event);
    if (event.kind === 'member-joined' && event.member.user.userId === this.#userId) this.#enterBattle(event.lobbyId);
    if (event.kind === 'member-left' && event.user.userId === this.#userId) this.#leaveBattle(event.lobbyId);
    if (event.kind === 'room-left' && event.user.userId === this.#userId) this.model.rooms.delete(event.room);
  }

  #enterRoom(room: string): void {
    assert.ok(!this.model.rooms.has(room), `${room} is joined already`);
    for (const user of this.#roster.room(room)!.members.values()) this.model.room(room).set(user.userId, user.session);
    assert.ok(this.model.room(room).has(this.#userId));
  }

  #enterBattle(lobbyId: number): void {
    const { bots, tags, rects } = this.#roster.battle(lobbyId)!;
    const battle = this.model.battle(lobbyId);
    for (const bot of bots.values()) this.model.take({ kind: 'bot-added', lobbyId, bot });
    for (const { key, value } of tags) battle.tags.set(key, value);
    for (const rect of rects) this.model.take({ kind: 'rect-added', lobbyId, rect });
  }

  /** What only members know is not followed any more. */
  #leaveBattle(lobbyId: number): void {
    const { bots, tags, rects, units } = this.model.battle(lobbyId);
    for (const known of [bots, tags, rects, units]) known.clear();
  }

  inbox(message: InboxMessage): void {
    const speaker = 'from' in message ? message.from : 'user' in message ? message.user : undefined;
    assert.ok(!speaker || this.model.names.has(speaker.name), 'who speaks is known');
    this.inboxed.push(message);
  }

  people(list: PeopleList, names: readonly string[]): void {
    this.lists.push(`${list}: ${names.join(' ')}`.trim());
  }

  ended(reason: SessionEnd): void {
    this.ends.push(reason);
  }

  /** The names of the users it sees, in order; of the server's own only the Coordinator, and he stands for all of them. */
  sees(): string[] {
    return [...this.model.names].filter((name) => name !== ACCOLADES_BOT.name && name !== AUTOHOST_MONITOR.name).sort();
  }

  membersOf(lobbyId: number): string[] | undefined {
    const battle = this.model.battles.get(lobbyId);
    return battle && [...battle.members.keys()].map((userId) => this.model.users.get(userId)!.name).sort();
  }

  statusOf(name: string): number | undefined {
    return [...this.model.users.values()].find((user) => user.name === name)?.status;
  }

  /** What it was told of one kind since the start, as text. */
  told(): string[] {
    return this.events.map((event) => {
      const who = 'user' in event ? event.user.name : 'member' in event ? event.member.user.name : '';
      const text = 'text' in event ? `: ${event.text}` : '';
      return `${event.kind} ${who}${text}`.trim();
    });
  }

  notices(): string[] {
    return this.inboxed.flatMap((message) =>
      message.kind === 'private-message' ? [`${message.from.name}: ${message.text}`] : [],
    );
  }
}

/** Seats are held only where `settings.graceMs` says so. */
export interface SimulatedLobbyOptions extends Pick<ClusterOptions, 'nodes' | 'settings' | 'timing' | 'restart'> {
  readonly seed?: number;
  readonly store?: Store | null;
}

export class SimulatedLobby implements AsyncDisposable {
  readonly cluster: SimulatedCluster;
  readonly #lobbies: Map<string, Lobby>;
  readonly #clients: TestClient[] = [];

  private constructor(cluster: SimulatedCluster, lobbies: Map<string, Lobby>) {
    this.cluster = cluster;
    this.#lobbies = lobbies;
  }

  static async start(options: SimulatedLobbyOptions = {}) {
    const lobbies = new Map<string, Lobby>();
    const app = defineApp({ uses: lobbyDeclarations, tasks: lobbyTasks }, async (node) => {
      lobbies.set(node.id, await startLobby(node));
    });
    const { seed = 1, nodes = 3, store = memoryStore(), settings, ...rest } = options;
    // Tests talk as fast as they like, and who drops is gone, unless they say otherwise.
    const calm = typeof settings === 'function' ? settings : { chatGuard: false, graceMs: 0, ...settings };
    const cluster = await startSimulation({ seed, nodes, app, ...(store && { store }), settings: calm, ...rest });
    return new SimulatedLobby(cluster, lobbies);
  }

  lobby(node: string): Lobby {
    return this.#lobbies.get(node)!;
  }

  /** Runs on a node, in its own turn. */
  async on<T>(node: string, act: (lobby: Lobby) => Promise<T> | T): Promise<T> {
    let result: { value: T } | undefined;
    await this.cluster.run(node, async () => {
      result = { value: await act(this.lobby(node)) };
    });
    return result!.value;
  }

  /** As a client would: registers if need be, logs in, begins. */
  async client(name: string, node: string, over: Partial<LoginRequest> = {}): Promise<TestClient> {
    const client = new TestClient(name, node);
    this.#clients.push(client);
    await this.on(node, async (lobby) => {
      await lobby.register({ name, passwordHash: PASSWORD }).catch((error) => {
        if (error.reason !== 'NameTaken') throw error;
      });
      client.begin(await lobby.login({ name, passwordHash: PASSWORD, ip: '10.0.0.1', client: 'test', ...over }));
    });
    return client;
  }

  /** Something a client asks. */
  as<T>(client: TestClient, act: (session: Session) => Promise<T> | T): Promise<T> {
    return this.on(client.node, () => act(client.session));
  }

  until(what: string, check: () => boolean): Promise<boolean> {
    return this.cluster.waitFor(what, check) as Promise<boolean>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster.close();
    for (const { name, faults } of this.#clients) {
      if (faults.length > 0)
        throw new Error(`the stream of ${name} was broken (seed ${this.cluster.seed}): ${faults[0]}`, {
          cause: faults[0],
        });
    }
  }
}
