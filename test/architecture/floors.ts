/**
 * The house as a table: which floor a file belongs to, what each floor may import, and through which door. Order is the
 * order of dependency. A floor not named in another's list may not be imported by it.
 */

export interface Floor {
  readonly name: string;
  /** Its files: a folder (ends in `/`) or single files. */
  readonly holds: readonly string[];
  /** Names of floors; `*` is every floor. */
  readonly imports: readonly string[];
  /** The files that other floors may import. */
  readonly doors: readonly string[];
  /** Lives in any world: no ambient time, randomness, timers or I/O, and only packages known to be pure. */
  readonly worldless: boolean;
  /** May look inside other floors. Only thread entries: a door would load the host's side into every thread. */
  readonly ignoresDoors?: true;
}

const SERVICES = ['membership', 'pubsub', 'tables', 'cache', 'registry', 'sequences', 'servers', 'jobs'];
/** What a service declares, beside its door: plain words that need none of its machinery. */
const DECLARATIONS: Record<string, string> = { membership: 'view.ts', pubsub: 'topic.ts' };

const BELOW_SERVICES = ['base', 'ports', 'node', 'declarations'];
const TRANSPORTS = ['transports/threads', 'transports/simulation'];
const UP_TO_SERVICES = ['base', 'ports', 'node', 'services'];

export const FLOORS: readonly Floor[] = [
  folder('base', [], true),
  folder('ports', ['base'], true),
  folder('node', ['base', 'ports'], true),
  files(
    'declarations',
    ['declaration', 'quick-check', 'fields', 'inspection'].map((file) => `src/services/${file}.ts`),
    ['base', 'ports'],
    true,
  ),
  ...SERVICES.map(service),
  {
    name: 'services',
    holds: ['app', 'runtime', 'index'].map((file) => `src/services/${file}.ts`),
    imports: [...BELOW_SERVICES, ...SERVICES],
    doors: ['src/services/index.ts'],
    worldless: true,
  },
  ...TRANSPORTS.map((name) => folder(name, ['base', 'ports'], false)),
  folder('cluster', [...UP_TO_SERVICES, ...TRANSPORTS], false),
  folder('chaos', ['base', 'ports', 'services', 'cluster'], false),
  {
    ...folder('lobby', ['base', 'ports', 'services'], true),
    // The second: what an operator may ask, for a host that runs no lobby itself.
    doors: ['index', 'operator/operation'].map((file) => `src/lobby/${file}.ts`),
  },
  folder('edges/gateway', ['*'], false),
  folder('edges/players', ['base', 'ports', 'cluster'], false),
  {
    ...folder('edges/control', ['base', 'ports', 'services', 'cluster', 'lobby'], false),
    doors: ['index', 'address', 'client'].map((file) => `src/edges/control/${file}.ts`),
  },
  folder('edges/cli', ['*'], false),
  files('library', ['src/index.ts'], [...UP_TO_SERVICES, ...TRANSPORTS, 'cluster', 'chaos'], false),
  { ...folder('workers', ['*'], false, 'workers/'), ignoresDoors: true },
];

/** Packages without clock, randomness or I/O of their own; the only ones a worldless floor may import. */
export const PURE_PACKAGES: ReadonlySet<string> = new Set(['zod', 'msgpackr', 'kysely', '@noble/hashes', 'openskill']);

export function floorOf(path: string): Floor | undefined {
  return FLOORS.find(({ holds }) => holds.some((held) => (held.endsWith('/') ? path.startsWith(held) : path === held)));
}

function folder(name: string, imports: readonly string[], worldless: boolean, path = `src/${name}/`): Floor {
  return { name, holds: [path], imports, doors: [`${path}index.ts`], worldless };
}

function files(name: string, holds: readonly string[], imports: readonly string[], worldless: boolean): Floor {
  return { name, holds, imports, doors: holds, worldless };
}

/** A service imports what is left of it. */
function service(name: string, at: number): Floor {
  const path = `src/services/${name}/`;
  const declaration = DECLARATIONS[name] ?? 'declaration.ts';
  return {
    name,
    holds: [path],
    imports: [...BELOW_SERVICES, ...SERVICES.slice(0, at)],
    doors: [`${path}index.ts`, `${path}${declaration}`],
    worldless: true,
  };
}
