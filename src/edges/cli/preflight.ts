/**
 * What must be true before any node starts, so that a mistake gives one sentence and never half a cluster: the ports
 * are free and the app's file is there. What only the cluster can tell (is the data file ours, does the app load) it tells.
 */
import { statSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MusterError } from '../../base/index.ts';
import { type ControlAddress, checkToken, controlListenError } from '../control/address.ts';
import { oneLine } from './failure.ts';

export interface Binding {
  /** Whose port it will be. */
  readonly node: string;
  readonly host: string;
  readonly port: number;
}

/** Binds and closes each. Rejects with `PortTaken` or `CannotListen`, for the first in order that does not work. */
export async function checkCanListen(bindings: readonly Binding[]): Promise<void> {
  const problems = await Promise.all(bindings.map(tryToListen));
  const first = problems.find((problem) => problem !== undefined);
  if (first) throw first;
}

async function tryToListen({ node, host, port }: Binding): Promise<MusterError | undefined> {
  try {
    await bindOnce(host, port);
    return undefined;
  } catch (error) {
    return cannotListen(node, host, port, error as NodeJS.ErrnoException);
  }
}

function bindOnce(host: string, port: number): Promise<void> {
  return new Promise((free, taken) => {
    const server = createServer();
    server.once('error', taken);
    server.listen({ host, port, exclusive: true }, () => server.close(() => free()));
  });
}

function cannotListen(node: string, host: string, port: number, error: NodeJS.ErrnoException): MusterError {
  const details = { node, host, port };
  if (error.code === 'EADDRINUSE') {
    const message = `port ${port} on ${host}, meant for ${node}, is taken; choose others with --lobby-port (0 gives each node a free one)`;
    return new MusterError('PortTaken', message, details);
  }
  const reasons: Record<string, string> = {
    EACCES: 'this user may not',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'there is no such address',
    EAI_AGAIN: 'the name could not be looked up',
  };
  const reason = reasons[error.code ?? ''] ?? oneLine(error.message);
  return new MusterError('CannotListen', `cannot listen on ${host} port ${port} for ${node}: ${reason}`, details);
}

/** Binds and closes. Rejects with `TokenMissing`, `PortTaken` or `CannotListen`. */
export async function checkCanControl({ host, port, token }: ControlAddress): Promise<void> {
  checkToken(host, token);
  try {
    await bindOnce(host, port);
  } catch (error) {
    throw controlListenError(host, port, error as NodeJS.ErrnoException);
  }
}

/** The app module to run: the file named, or the lobby that lives beside this command. Throws `AppNotFound`. */
export function locateApp(file: string | undefined, directory: string): URL {
  // The lobby is TypeScript in a checkout and JavaScript in the package, as this file is.
  if (file === undefined)
    return new URL(`../gateway/app.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
  const path = resolve(directory, file);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new MusterError('AppNotFound', `--app ${file}: there is no such file (looked for ${path})`, { path });
  }
  return pathToFileURL(path);
}
