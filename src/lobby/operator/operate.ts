/**
 * Carries out what an operator asks, on whichever node is asked: everything it does is the store's or the cluster's. Each change
 * of an account is written to the audit log.
 */
import type { MusterNode } from '../../services/index.ts';
import { Accounts } from '../accounts/accounts.ts';
import { Agreement } from '../accounts/agreement.ts';
import { Tries } from '../accounts/tries.ts';
import { Users } from '../accounts/users.ts';
import { AutomodRules } from '../bots/automod/rules.ts';
import { LobbyRefused, refusing } from '../refusal.ts';
import { changeSetting, loadSettings, setting } from '../settings/settings.ts';
import { fitting, isSettingName, SETTINGS, type SettingName } from '../settings/table.ts';
import { LobbyStore } from '../store/lobby-store.ts';
import { giveBack, take } from './bans.ts';
import { listReports } from './list-reports.ts';
import type { Operation, OperationResult, ShownSetting } from './operation.ts';

/** What `operate` needs on a node where no lobby was started. */
export function startOperating(node: MusterNode): Promise<void> {
  return loadSettings(node, new LobbyStore(() => node.store));
}

/** What moderation itself writes to the audit log. */
const AUDITED_THERE: ReadonlySet<Operation['kind']> = new Set([
  'ban-user',
  'unban-user',
  'mute-user',
  'unmute-user',
  'restrict-user',
  'allow-user',
]);

type OnAccount = Exclude<Operation['kind'], `${string}-setting` | `${string}-automod-rule` | `list-${string}`>;
type AccountOperation<K extends OnAccount = OnAccount> = Extract<Operation, { kind: K }>;

/** Rejects with `LobbyRefused` (what was wrong, or `Unavailable`), or with what the settings' keeper was refused. */
export async function operate(node: MusterNode, operation: Operation): Promise<OperationResult> {
  const result = await carryOut(node, operation);
  if (!operation.kind.startsWith('list-')) node.log.write('info', `operator: ${result.message}`);
  return result;
}

function carryOut(node: MusterNode, operation: Operation): Promise<OperationResult> {
  switch (operation.kind) {
    case 'list-settings':
      return Promise.resolve({
        message: 'These settings hold',
        settings: settingNames().map((name) => shown(node, name)),
      });
    case 'list-automod-rules':
    case 'add-automod-rule':
    case 'set-automod-rule':
      return refusing('The operation', () => onRules(new AutomodRules(node), operation));
    case 'list-reports':
      return refusing('The operation', async () => {
        const reports = await listReports(node, new LobbyStore(() => node.store));
        return { message: 'These are the newest reports', reports };
      });
    case 'set-setting':
      return change(node, operation.name, operation.value);
    case 'reset-setting':
      return change(node, operation.name, undefined);
    default:
      return onAccount(node, operation);
  }
}

type RuleOperation = Extract<Operation, { kind: `${string}-automod-rule` | 'list-automod-rules' }>;

async function onRules(rules: AutomodRules, operation: RuleOperation): Promise<OperationResult> {
  const message = await changeRules(rules, operation);
  return { message, rules: await rules.list() };
}

async function changeRules(rules: AutomodRules, operation: RuleOperation): Promise<string> {
  if (operation.kind === 'list-automod-rules') return 'These rules are there';
  if (operation.kind === 'add-automod-rule') {
    const id = await rules.add(operation.of, operation.value, operation.reason, null);
    return `rule ${id} bans who has that ${operation.of}`;
  }
  const { id, enabled } = operation;
  if (!(await rules.setEnabled(id, enabled, null))) throw new LobbyRefused('BadValue', `There is no rule ${id}`);
  return `rule ${id} is ${enabled ? 'on' : 'off'}`;
}

async function change(node: MusterNode, name: string, value: unknown): Promise<OperationResult> {
  if (!isSettingName(name)) {
    throw new LobbyRefused(
      'BadValue',
      `There is no setting ${name.slice(0, 60)}; there are ${settingNames().join(', ')}`,
    );
  }
  const fits = value === undefined ? null : fitting(name, value);
  if (fits === undefined) throw new LobbyRefused('BadValue', `${name} is ${SETTINGS[name].expected}`);
  await changeSetting(node, name, fits);
  const now = shown(node, name);
  const message = `${name} is ${JSON.stringify(now.value)}${fits === null ? ' again' : ''}`;
  return { message, settings: [now] };
}

function settingNames(): SettingName[] {
  return Object.keys(SETTINGS) as SettingName[];
}

function shown(node: MusterNode, name: SettingName): ShownSetting {
  const { expected, about } = SETTINGS[name];
  const otherwise = fitting(name, node.settings[name]) ?? SETTINGS[name].default;
  return { name, value: setting(node, name), otherwise, expected, about };
}

function onAccount(node: MusterNode, operation: AccountOperation): Promise<OperationResult> {
  const store = new LobbyStore(() => node.store);
  return refusing('The operation', async () => {
    if (operation.kind === 'add-user') await addUser(node, store, operation);
    const id = await accountId(store, operation.name);
    const message = await ACTS[operation.kind](node, store, id, operation as never);
    if (!AUDITED_THERE.has(operation.kind)) await audit(node, store, id, operation);
    return { message };
  });
}

/** For one operation: nothing of it stays on the node. */
function accountsOn(node: MusterNode, store: LobbyStore): Accounts {
  const [users, tries, agreement] = [new Users(node, store), new Tries(node), new Agreement(node)];
  return new Accounts({ node, store, users, tries, agreement });
}

/** An account that an operator made has nothing left to confirm. */
async function addUser(node: MusterNode, store: LobbyStore, operation: AccountOperation<'add-user'>): Promise<void> {
  const { name, passwordHash, email } = operation;
  await accountsOn(node, store).register({ name, passwordHash, ...(email !== null && { email }) });
  await store.run(
    store.db.updateTable('accounts').set({ verified: 1, verification_code: null }).where('name', '=', name),
  );
}

const ACTS: {
  readonly [K in OnAccount]: (
    node: MusterNode,
    store: LobbyStore,
    id: number,
    operation: AccountOperation<K>,
  ) => Promise<string>;
} = {
  'add-user': async (_node, _store, id, { name }) => `user ${name} was added (id ${id})`,
  'set-role': async (node, store, _id, { name, role, on }) => {
    await accountsOn(node, store).setRoles(name, { [role]: on });
    return `${name} is ${on ? 'a' : 'no'} ${role} from the next login on`;
  },
  'set-clan': async (node, store, id, { name, clan }) => {
    const tag = clan === null ? null : clan.toLowerCase();
    await new Users(node, store).change(
      [id],
      [store.db.updateTable('accounts').set({ clan: tag }).where('id', '=', id)],
    );
    return tag === null ? `${name} is in no clan` : `${name} is in the clan ${tag}`;
  },
  'ban-user': async (node, _store, id, { name, ...what }) => {
    const { wasOnline } = await take(node, id, 'Login', what);
    return `${name} is banned ${untilWhen(node, what.forMs)}${wasOnline ? '; the session was ended' : ''}`;
  },
  'unban-user': async (node, _store, id, { name }) => {
    if ((await giveBack(node, id, 'Login')) === 0) throw new LobbyRefused('BadValue', `${name} is not banned`);
    return `${name} is not banned any more`;
  },
  'mute-user': async (node, _store, id, { name, ...what }) => {
    await take(node, id, 'All chat', what);
    return `${name} is muted ${untilWhen(node, what.forMs)}, and is told so, also after each login`;
  },
  'unmute-user': async (node, _store, id, { name }) => {
    if ((await giveBack(node, id, 'All chat')) === 0) throw new LobbyRefused('BadValue', `${name} is not muted`);
    return `${name} is not muted any more`;
  },
  'restrict-user': async (node, _store, id, { name, restriction, ...what }) => {
    await take(node, id, restriction, what);
    return `${name} is restricted (${restriction}) ${untilWhen(node, what.forMs)}, and is told so, also after each login`;
  },
  'allow-user': async (node, _store, id, { name, restriction }) => {
    if ((await giveBack(node, id, restriction)) === 0)
      throw new LobbyRefused('BadValue', `${name} is not restricted (${restriction})`);
    return `${name} is not restricted (${restriction}) any more`;
  },
};

function untilWhen(node: MusterNode, forMs: number | null): string {
  return forMs === null ? 'for good' : `until ${new Date(node.wall() + forMs).toISOString()}`;
}

async function accountId(store: LobbyStore, name: string): Promise<number> {
  const [row] = await store.run(
    store.db
      .selectFrom('accounts')
      .select('id')
      .where(({ fn }) => fn<string>('lower', ['name']), '=', name.toLowerCase()),
  );
  if (!row) throw new LobbyRefused('NoSuchUser', `No user found for '${name}'`);
  return row.id;
}

async function audit(
  node: MusterNode,
  store: LobbyStore,
  targetId: number,
  operation: AccountOperation,
): Promise<void> {
  const { kind, name: _, ...given } = operation;
  const { passwordHash: __, ...details } = given as Record<string, unknown>;
  const row = {
    at: node.wall(),
    actor_id: null,
    action: `operator: ${kind}`,
    target_id: targetId,
    details: JSON.stringify(details),
  };
  await store.run(store.db.insertInto('audit_log').values(row));
}
