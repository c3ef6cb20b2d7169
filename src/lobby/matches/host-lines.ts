/** What autohosts say of their games, as SPADS words it, and what their clients report. Pure. */
import * as z from 'zod';

export type HostLine = 'launched' | 'stopped';

/** What a host's action line says of its game. */
export function readHostLine(text: string): HostLine | undefined {
  if (/^\* Launching game\.\.\./i.test(text)) return 'launched';
  if (/^\* Server stopped \(running time/i.test(text)) return 'stopped';
  return undefined;
}

/** A report longer than this is not read. */
const MOST_REPORT = 65_536;

const Flag = z.union([z.boolean(), z.literal(0), z.literal(1)]);

/** What is read of it; all of it is kept. */
const EndData = z.object({
  winner: z.int().nullish(),
  players: z.array(z.object({ allyTeam: z.int().nullish(), win: Flag.nullish() })).nullish(),
});

export interface Result {
  /** The ally team that won, where the report says so. */
  readonly winner: number | null;
  /** JSON. */
  readonly data: string;
}

/** Reads `endGameData <base64 JSON>`. Undefined when it is no such line, or not well formed. */
export function readEndData(line: string): Result | undefined {
  const encoded = /^endGameData (\S+)$/.exec(line.trim())?.[1];
  if (encoded === undefined || encoded.length > MOST_REPORT) return undefined;
  const json = fromBase64(encoded);
  const parsed = json === undefined ? undefined : EndData.safeParse(parseJson(json));
  if (!parsed?.success) return undefined;
  const { winner, players } = parsed.data;
  const won = players?.find(({ win }) => win === true || win === 1)?.allyTeam;
  return { winner: winner ?? won ?? null, data: json! };
}

/** Reads base64 of either alphabet, with or without padding, as UTF-8 text. */
export function fromBase64(encoded: string): string | undefined {
  try {
    const bytes = atob(encoded.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, ''));
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** Undefined for what is no JSON; no JSON text means undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
