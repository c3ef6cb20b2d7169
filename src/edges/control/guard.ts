/**
 * Who may ask. A token, where there is one, is compared in constant time. A page in a browser on this machine reaches a port on
 * loopback as well as its owner does: it is told apart by the header `Origin`, and by a `Host` that is not this machine. Pure.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { MusterError } from '../../base/index.ts';
import { isLoopback } from './loopback.ts';

/** Throws `Unauthorized` or `Forbidden`. */
export function checkRequest(headers: IncomingHttpHeaders, token: string | undefined): void {
  if (headers.origin !== undefined) {
    throw new MusterError('Forbidden', 'pages in a browser may not use the control port');
  }
  if (token === undefined) {
    if (isLoopback(hostOf(headers.host ?? ''))) return;
    throw new MusterError('Forbidden', 'the control port was asked under a name that is not this machine');
  }
  const given = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (given !== undefined && timingSafeEqual(digest(given), digest(token))) return;
  throw new MusterError(
    'Unauthorized',
    'the control port wants its token: --control-token TOKEN, or MUSTER_CONTROL_TOKEN in the environment',
  );
}

/** Without its port, and without the brackets of IPv6. */
function hostOf(header: string): string {
  return header.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

/** Of the same length whatever was given. */
function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
