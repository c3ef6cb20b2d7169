/** Where a control port is, who reaches it there, and what keeps it from being opened: one clear sentence each. */
import { isIPv4, isIPv6 } from 'node:net';
import { MusterError } from '../../base/index.ts';

export const DEFAULT_CONTROL_PORT = 8190;

export interface ControlAddress {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What every request has to bring; undefined when nothing is asked for. */
  readonly token: string | undefined;
}

/** A name counts only if it is `localhost`: where others lead is not known before they are looked up. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith('127.');
  return host === 'localhost' || (isIPv6(host) && /^(0{0,4}:)*:?0{0,3}1$/.test(host));
}

/** Throws `TokenMissing` when others than this machine could reach the port and no token is set. */
export function checkToken(host: string, token: string | undefined): void {
  if (token !== undefined || isLoopback(host)) return;
  throw new MusterError(
    'TokenMissing',
    `a control port on ${host} can be reached from other machines and needs a token: --control-token TOKEN, or MUSTER_CONTROL_TOKEN in the environment`,
  );
}

/** `PortTaken` or `CannotListen`. */
export function controlListenError(host: string, port: number, error: NodeJS.ErrnoException): MusterError {
  if (error.code === 'EADDRINUSE') {
    const message = `port ${port} on ${host}, meant for control, is taken; choose another with --control-port (0 takes a free one, none does without)`;
    return new MusterError('PortTaken', message, { host, port });
  }
  const reasons: Record<string, string> = {
    EACCES: 'this user may not',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'there is no such address',
  };
  const reason = reasons[error.code ?? ''] ?? error.message;
  return new MusterError('CannotListen', `cannot listen on ${host} port ${port} for control: ${reason}`, {
    host,
    port,
  });
}
