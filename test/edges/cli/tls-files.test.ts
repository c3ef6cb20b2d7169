/** The operator's own certificate, from the command line to a node's settings. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tlsSettings } from '../../../src/edges/cli/tls-files.ts';
import { makeCertificate, readCertificate } from '../../../src/edges/gateway/certificate.ts';

test('tls files: those that fit become settings the gateway can read; none named are none', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'muster-tls-'));
  try {
    const [one, other] = [await makeCertificate(Date.now()), await makeCertificate(Date.now())];
    writeFileSync(join(directory, 'cert.pem'), one.cert);
    writeFileSync(join(directory, 'key.pem'), one.key);
    writeFileSync(join(directory, 'other.pem'), other.key);
    assert.deepEqual(tlsSettings(undefined, directory), {});
    const { tlsCertFile, tlsKeyFile } = tlsSettings({ cert: 'cert.pem', key: 'key.pem' }, directory);
    assert.deepEqual(await readCertificate({ cert: tlsCertFile!, key: tlsKeyFile! }), one);
    const refused = (key: string, why: RegExp) =>
      assert.throws(
        () => tlsSettings({ cert: 'cert.pem', key }, directory),
        (error: unknown) =>
          (error as { code?: string }).code === 'BadCertificate' &&
          (error as Error).message.startsWith(`--tls-cert cert.pem --tls-key ${key}: `) &&
          why.test((error as Error).message),
      );
    refused('other.pem', /key/);
    refused('none.pem', /no such file/);
    refused('cert.pem', /./);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
