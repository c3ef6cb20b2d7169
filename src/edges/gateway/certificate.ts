/**
 * The certificate of the lobby's TCP door: an operator's own, or one made once for the cluster, which every node then shows.
 * Clients of this protocol check no names; who wants them checked sets a certificate of his own.
 */
import { readFile } from 'node:fs/promises';
import type { Lobby } from '../../lobby/index.ts';

/** Both PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const NAME = 'gateway certificate';
const VALID_YEARS = 20;

/** From two files. Rejects with what the file system says of them. */
export async function readCertificate(files: { cert: string; key: string }): Promise<Certificate> {
  const [cert, key] = await Promise.all([readFile(files.cert, 'utf8'), readFile(files.key, 'utf8')]);
  return { cert, key };
}

/** The cluster's own; made by whoever asks first, and kept with the accounts. Rejects with `LobbyRefused`. */
export async function clusterCertificate(lobby: Pick<Lobby, 'secret'>, now: number): Promise<Certificate> {
  const kept = await lobby.secret(NAME, async () => JSON.stringify(await makeCertificate(now)));
  return JSON.parse(kept) as Certificate;
}

/** Signed by itself. What makes it is large, and is loaded when it is needed. */
export async function makeCertificate(now: number): Promise<Certificate> {
  const { generate } = await import('selfsigned');
  const end = new Date(now);
  end.setUTCFullYear(end.getUTCFullYear() + VALID_YEARS);
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'muster' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now),
    notAfterDate: end,
  });
  return { key, cert };
}
