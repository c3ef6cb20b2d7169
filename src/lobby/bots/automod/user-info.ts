/** What hosts report about a player's computer. Pure. */
import { parseJson } from '../../matches/host-lines.ts';
import type { Hardware, HardwareStat } from './fingerprint.ts';

const MOST_REPORT = 65_536;
const MOST_VALUE = 500;

export interface UserInfo {
  readonly name: string;
  readonly hardware: Hardware;
}

const NAMES = ['name', 'username', 'user'];
const STATS: Readonly<Record<HardwareStat, readonly string[]>> = {
  'hardware:cpuinfo': ['hardware:cpuinfo', 'cpuinfo', 'cpu'],
  'hardware:gpuinfo': ['hardware:gpuinfo', 'gpuinfo', 'gpu'],
  'hardware:osinfo': ['hardware:osinfo', 'osinfo', 'os'],
  'hardware:raminfo': ['hardware:raminfo', 'raminfo', 'ram'],
};

/** Reads `user_info <JSON>`; the JSON may have its hardware in an object of its own. Undefined when nothing can be read. */
export function readUserInfo(line: string): UserInfo | undefined {
  if (!line.startsWith('user_info ') || line.length > MOST_REPORT) return undefined;
  const fields = fieldsOf(parseJson(line.slice('user_info '.length)));
  const name = textOf(fields, NAMES);
  if (name === undefined) return undefined;
  const found = Object.entries(STATS).flatMap(([stat, keys]) => {
    const value = textOf(fields, keys);
    return value === undefined ? [] : [[stat, value] as const];
  });
  return found.length === 0 ? undefined : { name, hardware: Object.fromEntries(found) };
}

/** The object's fields and those of its `hardware`, under lower-case names. */
function fieldsOf(data: unknown): Map<string, unknown> {
  if (typeof data !== 'object' || data === null) return new Map();
  const fields = new Map(Object.entries(data).map(([key, value]) => [key.toLowerCase(), value as unknown]));
  const inner = fields.get('hardware');
  for (const [key, value] of typeof inner === 'object' && inner !== null ? Object.entries(inner) : []) {
    fields.set(key.toLowerCase(), value);
  }
  return fields;
}

function textOf(fields: ReadonlyMap<string, unknown>, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = fields.get(key);
    if (typeof value === 'string' || typeof value === 'number') return String(value).slice(0, MOST_VALUE);
  }
  return undefined;
}
