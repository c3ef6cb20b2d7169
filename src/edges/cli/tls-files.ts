/** The operator's own certificate: how it is named on the command line, and whether it can be used, before any node starts. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { MusterError } from '../../base/index.ts';
import { failureOf, UsageError } from './failure.ts';
import type { OptionTable, ParsedOptions } from './option-table.ts';

/** Names of PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export const TLS_OPTIONS: OptionTable = {
  'tls-cert': { value: 'FILE', about: 'certificate (PEM) for clients that ask for TLS (one made for this cluster)' },
  'tls-key': { value: 'FILE', about: 'its private key (PEM)' },
};

/** Throws `UsageError` when one is named without the other. */
export function tlsFilesOf(options: ParsedOptions): TlsFiles | undefined {
  const cert = options.optionalText('tls-cert', 'the file of a certificate');
  const key = options.optionalText('tls-key', 'the file of a private key');
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new UsageError('--tls-cert and --tls-key go together');
  return { cert, key };
}

/** The settings that a node's gateway reads. Throws `BadCertificate` when the files are not there or do not fit each other. */
export function tlsSettings(files: TlsFiles | undefined, directory: string): Record<string, string> {
  if (!files) return {};
  const tlsCertFile = resolve(directory, files.cert);
  const tlsKeyFile = resolve(directory, files.key);
  try {
    createSecureContext({ cert: readFileSync(tlsCertFile), key: readFileSync(tlsKeyFile) });
  } catch (error) {
    const { message } = failureOf(error);
    throw new MusterError('BadCertificate', `--tls-cert ${files.cert} --tls-key ${files.key}: ${message}`, {
      ...files,
    });
  }
  return { tlsCertFile, tlsKeyFile };
}
