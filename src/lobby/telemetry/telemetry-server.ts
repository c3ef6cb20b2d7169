/**
 * Counts what happens on its node, one such server on each. The counts are fetched once a minute for the whole cluster; a
 * node that dies takes those of its last minute along.
 */
import * as z from 'zod';
import type { NodeId } from '../../base/index.ts';
import { type MusterNode, Server, server, topic } from '../../services/index.ts';
import { lobbies } from '../battles/record.ts';
import { sessions } from '../presence/sessions.ts';
import { type Counter, Counts, Gauges, gaugesOf, noCounts, summed } from './counters.ts';

const PUBLISH_MS = 9_000;

export const telemetry = topic(
  'telemetry',
  z.object({
    /** Of this node, not fetched yet. */
    counts: Counts,
    /** Of the whole cluster. */
    gauges: Gauges,
  }),
  {
    reach: 'node',
    actedOnBy: 'origin',
    sentBy: 'the telemetry server of each node',
    heardBy: 'what shows figures on that node',
    about:
      'Every nine seconds, on each node for itself: its own counts, and how many users and battles there are. For dashboards.',
  },
);

export class TelemetryServer extends Server<NodeId, undefined> {
  #counts = noCounts();
  /** What was fetched last, and for which minute: who fetches may die before he has written it down. */
  #fetched: { readonly minute: number; readonly counts: Counts } | undefined;

  init(): undefined {
    this.every(PUBLISH_MS, 'publish');
  }

  override info(): void {
    this.node.localBroadcast(telemetry(), { counts: { ...this.#counts }, gauges: readGauges(this.node) });
  }

  count(counter: Counter): void {
    this.#counts[counter] += 1;
  }

  /**
   * The counts for a minute, which start anew. Asked again for the same minute it gives the same; asked for another, it adds what
   * was fetched before unless that minute is among those `written` down with this node in it.
   */
  fetch(minute: number, written: readonly number[]): Counts {
    const last = this.#fetched;
    if (last?.minute === minute) return last.counts;
    const lost = last && !written.includes(last.minute) ? [last.counts] : [];
    const counts = summed([this.#counts, ...lost]);
    this.#fetched = { minute, counts };
    this.#counts = noCounts();
    return counts;
  }
}

export const telemetryServer = server(
  'telemetry',
  { placement: 'one per node', about: 'Counts what happens on its node, until the job of the minute fetches it.' },
  TelemetryServer,
);

/** From this node's copy of what all nodes know: to be taken once, not summed. */
export function readGauges(node: MusterNode): Gauges {
  const online = node.registry(sessions).select();
  return gaugesOf(
    online.map(({ value }) => value),
    [...node.cache(lobbies).entries()].map(([, record]) => record),
    node.compute.load(),
  );
}
