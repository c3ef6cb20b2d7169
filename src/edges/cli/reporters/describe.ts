/** Reports in words: one short line each, for the log and for the event list of the live view. */
import type { NodeId } from '../../../base/index.ts';
import { plainText } from '../failure.ts';
import type { InspectedNode, Report } from '../reports.ts';

type Descriptions = { [E in Report['event']]: (report: Extract<Report, { event: E }>) => string };

const descriptions: Descriptions = {
  up: ({ nodes, ms, control }) =>
    `up       ${count(nodes.length, 'node')} after ${ms} ms${control === null ? '' : `, control port ${control}`}`,
  view: ({ epoch, members, cause }) =>
    `view     ${epoch} (${cause}): ${members.map(({ id, state }) => (state === 'up' ? id : `${id} ${state}`)).join(', ') || 'nobody'}`,
  node: ({ id, incarnation, state, cause }) =>
    `node     ${id} ${state}, incarnation ${incarnation}${cause ? ` (${cause})` : ''}`,
  moved: ({ server, from, to, cause, ms }) => `moved    ${server} from ${from} to ${to} (${cause}, ${ms} ms)`,
  'catch-up': ({ node, entries, of, ms }) => `catch-up ${node} has ${entries} of ${of} entries (${ms} ms)`,
  primary: ({ exists, reached, unreached }) =>
    exists
      ? `primary  there is a primary component again, with ${listed(reached)}: strong work goes on`
      : `primary  no side has a primary component: ${listed(reached)} within reach, ${listed(unreached)} not; strong work is refused until heal`,
  done: ({ command, ms, node, ended }) =>
    `done     ${command} (${ms} ms)${ended === undefined ? '' : `: ${node} was ended, ${ended}`}`,
  refused: ({ command, message }) => `refused  ${command}: ${message}`,
  error: ({ code, message, node }) => `error    ${node === undefined ? '' : `${node}: `}${message} [${code}]`,
  inspect: ({ epoch, nodes, missing }) =>
    `inspect  view ${epoch}: ${nodes.map(standingOf).join(', ')}${missing.length > 0 ? `; no answer from ${missing.join(', ')}` : ''}`,
};

/** One line, whatever an app's errors hold. */
export function describe(report: Report): string {
  const words = descriptions[report.event] as (report: Report) => string;
  return plainText(words(report)).replace(/\s*[\r\n]+\s*/g, ' ');
}

function listed(nodes: readonly NodeId[]): string {
  return nodes.join(', ') || 'nobody';
}

/** A node that runs may be no plain member: it may soon not act, or not now. */
function standingOf({ id, state, standing }: InspectedNode): string {
  const isMember = state === 'up' || state === 'leaving';
  return isMember && standing !== null && standing !== 'primary' ? `${id} ${state} (${standing})` : `${id} ${state}`;
}

/** Whether another report says the same in words: that a node is down says why, with the message of its crash. */
export function isToldTwice(report: Report): boolean {
  return report.event === 'error' && report.code === 'NodeCrashed';
}

/** `1 node`, `4 nodes`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Time since the start as a person reads it: `0:05`, `2:03:04`. */
export function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3_600);
  const pad = (part: number) => String(part).padStart(2, '0');
  return `${hours > 0 ? `${hours}:${pad(minutes)}` : minutes}:${pad(seconds % 60)}`;
}
