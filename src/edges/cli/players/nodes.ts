/**
 * Where the nodes of a running cluster listen: as told, as its control port says, or, without one, on the ports that `muster up`
 * gives its nodes. It is asked again and again, so that nodes which come later are found.
 */
import { connect } from 'node:net';
import * as z from 'zod';
import { Refused } from '../../../base/index.ts';
import type { Gateway } from '../../players/index.ts';
import { oneLine } from '../failure.ts';
import { endpoint } from '../ports.ts';

export interface NodeSearch {
  readonly control: string | undefined;
  readonly connect: readonly Gateway[];
  /** Of the control port, if it wants one. */
  readonly token: string | undefined;
}

const DEFAULT_CONTROL = 'http://127.0.0.1:8190';
const DEFAULT_HOST = '127.0.0.1';
const FIRST_PORT = 8_200;
/** Ports that are looked at behind the first, as nodes are added and die. */
const PORTS_LOOKED_AT = 16;
const PATIENCE_MS = 2_000;

/** What is read of the answer of `/inspect`; there is more in it. A node that does not run has told nothing. */
const Inspected = z.object({
  nodes: z.array(
    z.object({
      told: z.nullable(z.object({ gauges: z.record(z.string(), z.number()) })),
    }),
  ),
});

/** Rejects with `Refused`, one sentence, when no cluster answers. */
export async function findNodes(search: NodeSearch): Promise<Gateway[]> {
  if (search.connect.length > 0) return greeting(search.connect);
  if (search.control !== undefined) return askControl(search.control, search.token);
  const asked = await askControl(DEFAULT_CONTROL, search.token).catch(() => []);
  if (asked.length > 0) return asked;
  const ports = Array.from({ length: PORTS_LOOKED_AT }, (_, at) => ({ host: DEFAULT_HOST, port: FIRST_PORT + at }));
  return greeting(ports, `${DEFAULT_CONTROL} and ${endpoint(DEFAULT_HOST, FIRST_PORT)}`);
}

async function askControl(url: string, token: string | undefined): Promise<Gateway[]> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/inspect`, { headers, signal: AbortSignal.timeout(PATIENCE_MS) }).catch(
    (error: unknown) => {
      throw new Refused(`no cluster answers at ${url} (${reasonOf(error)}); ${HELP}`);
    },
  );
  if (!response.ok) throw new Refused(`${url}/inspect answered ${response.status} ${response.statusText}`.trim());
  const answer = Inspected.safeParse(await response.json().catch(() => undefined));
  if (!answer.success) throw new Refused(`${url}/inspect did not answer as the control port of a cluster does`);
  const host = hostOf(url);
  const gateways = answer.data.nodes.flatMap(({ told }) => {
    const port = told?.gauges.lobbyPort;
    return port === undefined ? [] : [{ host, port }];
  });
  if (gateways.length === 0) throw new Refused(`the cluster at ${url} has no node that clients can connect to`);
  return gateways;
}

const HELP = 'start one with muster up, or say where its nodes listen with --connect';

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

/** Those of these where a lobby greets. */
async function greeting(gateways: readonly Gateway[], where = namesOf(gateways)): Promise<Gateway[]> {
  const greeted = await Promise.all(gateways.map(isGreeted));
  const found = gateways.filter((_, at) => greeted[at]);
  if (found.length === 0) throw new Refused(`no cluster answers at ${where}; ${HELP}`);
  return found;
}

function namesOf(gateways: readonly Gateway[]): string {
  return gateways.map(({ host, port }) => endpoint(host, port)).join(', ');
}

/** Whether a lobby greets there in time. */
function isGreeted({ host, port }: Gateway): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const answer = (greeted: boolean): void => {
      socket.destroy();
      resolve(greeted);
    };
    socket.setTimeout(PATIENCE_MS, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('close', () => answer(false));
    socket.once('data', (bytes) => answer(bytes.toString('utf8').startsWith('TASSERVER ')));
  });
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return oneLine(cause?.code ?? cause?.message ?? message);
}
