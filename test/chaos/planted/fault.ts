/**
 * Planted faults: builds of the services with one rule removed, which the checkers must catch. A fault is data, a change of
 * one place in one source file; nothing of it is in the code that ships.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import type { FaultKind, Pressure } from '../../../src/chaos/index.ts';

/** What the runs that look for a fault are made of. */
export interface Setting extends Pressure {
  /** Default: a draw per seed. */
  readonly faults?: readonly FaultKind[];
  /** Virtual seconds of load and faults. */
  readonly seconds?: number;
  readonly nodes?: number;
}

export interface PlantedFault {
  /** What this build does wrong. */
  readonly name: string;
  /** The promise that is broken by it: `P5`. */
  readonly promise: string;
  /** How the violation begins that shows it, where another checker sees it first. Default: as the promise. */
  readonly shownAs?: string;
  /** From the root of the project. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** What has to happen for the fault to show. */
  readonly exposedBy: string;
  /** Found within this many seeds, from 1. */
  readonly seeds: number;
  /** What the runs are made of, where the draw of a seed would find the fault too seldom. */
  readonly under?: Setting;
}

/** The rule that a fault removes is not where the fault says. */
export class NotPlanted extends Error {
  constructor({ name, file, find }: PlantedFault, count: number) {
    super(
      `the planted fault "${name}" must find its place in ${file} exactly once, and finds it ${count} times; ` +
        `whoever moved the rule moves the fault with it. It looks for: ${find}`,
    );
  }
}

export function sourceOf(file: string): string {
  return fileURLToPath(new URL(`../../../${file}`, import.meta.url));
}

/** The source with the fault in it. Throws `NotPlanted`. */
export function plant(fault: PlantedFault, source: string): string {
  const parts = source.split(fault.find);
  if (parts.length !== 2) throw new NotPlanted(fault, parts.length - 1);
  return parts.join(fault.replace);
}

/** Loads the fault's file with the fault in it; every other file as it is. */
export function plantingPlugin(fault: PlantedFault): Plugin {
  const target = sourceOf(fault.file);
  return {
    name: 'planted-fault',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path !== target) return null;
        return { contents: plant(fault, await readFile(path, 'utf8')), loader: 'ts' };
      });
    },
  };
}
