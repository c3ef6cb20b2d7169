/**
 * Where an operator's wish is carried out: by the cluster that runs, over its control port; or, when none does, on a data file, by a
 * cluster of one node that takes the file's lock as any other does.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { MusterError } from '../../../base/index.ts';
import type { Operation, OperationResult } from '../../../lobby/index.ts';
import { ControlClient } from '../../control/client.ts';
import type { OperatorEnvironment } from './environment.ts';
import type { Asking } from './options.ts';

export interface Wish {
  readonly operation: Operation;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface Place extends Asking {
  /** A file that was named. */
  readonly data: string | undefined;
  /** The file to take when nothing was named and no cluster runs; undefined when only a cluster will do. */
  readonly otherwise: string | undefined;
}

/** Rejects with what it was refused with, or with what kept it from being asked: one sentence. */
export async function carryOut(wish: Wish, place: Place, environment: OperatorEnvironment): Promise<OperationResult> {
  if (place.data !== undefined) return onFile(wish.operation, place.data, environment);
  const client = new ControlClient({ url: place.url, token: place.token ?? environment.controlToken });
  try {
    return await client.ask<OperationResult>(wish.method, wish.path, wish.body);
  } catch (error) {
    if (place.isNamed || place.otherwise === undefined || !isNobodyThere(error)) throw error;
    const file = resolve(environment.directory, place.otherwise);
    if (!existsSync(file)) {
      throw new MusterError(
        'NoCluster',
        `no cluster answers at ${place.url}, and there is no ${file} to work on; name a cluster with --control URL or a file with --data FILE`,
      );
    }
    return onFile(wish.operation, file, environment);
  }
}

function isNobodyThere(error: unknown): boolean {
  return error instanceof MusterError && error.code === 'NoCluster';
}

async function onFile(
  operation: Operation,
  data: string,
  { directory, startCluster }: OperatorEnvironment,
): Promise<OperationResult> {
  const file = resolve(directory, data);
  if (operation.kind !== 'add-user' && !existsSync(file)) {
    throw new MusterError('NoData', `there is no data file ${file}`);
  }
  const { operateOn } = await import('../../control/index.ts');
  // TypeScript in a checkout and JavaScript in the package, as this file is.
  const app = new URL(`../../control/data-app.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
  const cluster = await startCluster({ nodes: 1, app, data: file, logLevel: 'error', freezeValues: false });
  try {
    const { message, ...rest } = await operateOn(cluster, operation);
    return { ...rest, message: `${message} (in ${file}; no cluster was asked)` };
  } finally {
    await cluster.close();
  }
}
