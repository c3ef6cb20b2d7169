/** What hosts tell about players' computers comes packed; the lobby wants it as plain text. */
import { inflateSync } from 'node:zlib';

const MOST_UNPACKED = 65_536;

/** `user_info <base64 of zlib>` as `user_info <text>`. Every other line, and one that cannot be unpacked, as it is. */
export function unpackUserInfo(line: string): string {
  const packed = /^user_info ([A-Za-z0-9+/_-]+=*)$/.exec(line)?.[1];
  if (packed === undefined) return line;
  try {
    const text = inflateSync(Buffer.from(packed, 'base64'), { maxOutputLength: MOST_UNPACKED }).toString('utf8');
    return `user_info ${text}`;
  } catch {
    return line;
  }
}
