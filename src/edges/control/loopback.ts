/** Which addresses only this machine reaches. */
import { isIPv4, isIPv6 } from 'node:net';

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
