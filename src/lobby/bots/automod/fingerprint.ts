/** By what hardware is known again. Pure. */
import { md5 } from '@noble/hashes/legacy';
import { utf8ToBytes } from '@noble/hashes/utils';

/** What clients tell of a computer, in the order in which it makes the fingerprint. */
export const HARDWARE = ['hardware:cpuinfo', 'hardware:gpuinfo', 'hardware:osinfo', 'hardware:raminfo'] as const;
export type HardwareStat = (typeof HARDWARE)[number];

export type Hardware = Readonly<Partial<Record<HardwareStat, string>>>;

/** Base64 of the MD5 of all of it. Undefined when nothing is known. */
export function fingerprintOf(hardware: Hardware): string | undefined {
  const all = HARDWARE.map((stat) => hardware[stat] ?? '').join('');
  if (all === '') return undefined;
  return btoa(String.fromCharCode(...md5(utf8ToBytes(all))));
}
