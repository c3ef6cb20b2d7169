/** The lobby's jobs: once a minute the counts of all nodes become a row, once a day the rows of days and months are made of them. */
import type { NodeId } from '../../base/index.ts';
import { type Interval, jobs, type MusterNode } from '../../services/index.ts';
import { LobbyStore } from '../store/lobby-store.ts';
import { type Counts, summed } from './counters.ts';
import { beginOf, DAY_MS, MINUTE_MS, minuteData, nextOf, type Period, PeriodData, summedUp } from './periods.ts';
import { readGauges, telemetryServer } from './telemetry-server.ts';

const FETCH_MS = 3_000;
/** Minutes in which is looked whether a node's counts were written down. */
const MINUTES_LOOKED_AT = 10;
/** Rows of minutes stay for this long; days and months stay. */
const MINUTES_KEPT_MS = 31 * DAY_MS;
/** What single clients told stays for this long. */
const EVENTS_KEPT_MS = 365 * DAY_MS;
const INFOLOGS_KEPT_MS = 90 * DAY_MS;
/** Days or months that are made up for at once, after a long pause. */
const MOST_MADE_UP = 100;

export const lobbyJobs = jobs(
  'lobby_jobs',
  [
    { name: 'telemetry minute', everyMs: MINUTE_MS, run: sumUpMinute },
    { name: 'telemetry day', everyMs: DAY_MS, run: (node, interval) => sumUp(node, 'day', 'minute', interval.to) },
    { name: 'telemetry month', everyMs: DAY_MS, run: (node, interval) => sumUp(node, 'month', 'day', interval.to) },
    { name: 'telemetry clean-up', everyMs: DAY_MS, run: (node, interval) => cleanUp(node, interval.to) },
  ],
  { about: 'What is done once per interval in the whole cluster: the rows of telemetry of minutes, days and months.' },
);

async function sumUpMinute(node: MusterNode, { from }: Interval): Promise<void> {
  const store = new LobbyStore(() => node.store);
  const recent = await store.run(
    store.db
      .selectFrom('telemetry_periods')
      .select(['at', 'data'])
      .where('period', '=', 'minute')
      .orderBy('at', 'desc')
      .limit(MINUTES_LOOKED_AT),
  );
  const written = recent.map(({ at, data }) => ({ at: Number(at), nodes: readData(data).nodes }));
  if (written.some(({ at }) => at === from)) return;
  const ids = node.view().members.flatMap(({ id, state }) => (state === 'joining' ? [] : [id]));
  const fetched = await Promise.all(
    ids.map(async (id) => {
      const minutes = written.filter(({ nodes }) => nodes.includes(id)).map(({ at }) => at);
      return { id, counts: await fetch(node, id, from, minutes) };
    }),
  );
  const counts = fetched.flatMap((one) => one.counts ?? []);
  const data = minuteData(summed(counts), readGauges(node), {
    nodes: fetched.flatMap((one) => (one.counts ? [one.id] : [])),
    missing: fetched.flatMap((one) => (one.counts ? [] : [one.id])),
  });
  await insert(store, 'minute', from, data);
}

/** Undefined when the node cannot be reached: the minute is written without it. */
async function fetch(
  node: MusterNode,
  id: NodeId,
  minute: number,
  written: readonly number[],
): Promise<Counts | undefined> {
  try {
    return await node.server(telemetryServer, id).with({ deadlineMs: FETCH_MS }).call('fetch', minute, written);
  } catch (error) {
    node.log.write('warn', 'the counts of a node are missing from its minute', {
      of: id,
      minute,
      error: String(error),
    });
    return undefined;
  }
}

/** Makes the rows of all days or months that were over before `until` and have none. */
async function sumUp(node: MusterNode, period: 'day' | 'month', of: Period, until: number): Promise<void> {
  const store = new LobbyStore(() => node.store);
  const newest = await edge(store, period, 'max');
  const oldest = newest === undefined ? await edge(store, of, 'min') : undefined;
  let from = newest === undefined ? beginOf(period, oldest ?? until - 1) : nextOf(period, newest);
  for (let made = 0; made < MOST_MADE_UP && nextOf(period, from) <= until; made++) {
    const to = nextOf(period, from);
    const rows = await store.run(
      store.db
        .selectFrom('telemetry_periods')
        .select('data')
        .where('period', '=', of)
        .where('at', '>=', from)
        .where('at', '<', to),
    );
    await insert(store, period, from, summedUp(rows.map(({ data }) => readData(data))));
    from = to;
  }
}

async function cleanUp(node: MusterNode, until: number): Promise<void> {
  const store = new LobbyStore(() => node.store);
  await forgetMinutes(store, until);
  await store.run(store.db.deleteFrom('telemetry_events').where('at', '<', until - EVENTS_KEPT_MS));
  await store.run(store.db.deleteFrom('infologs').where('at', '<', until - INFOLOGS_KEPT_MS));
}

/** Minutes that have gone into a day long ago. Those of a day that has no row yet stay. */
async function forgetMinutes(store: LobbyStore, until: number): Promise<void> {
  const newest = await edge(store, 'day', 'max');
  if (newest === undefined) return;
  await store.run(
    store.db
      .deleteFrom('telemetry_periods')
      .where('period', '=', 'minute')
      .where('at', '<', Math.min(nextOf('day', newest), until - MINUTES_KEPT_MS)),
  );
}

async function edge(store: LobbyStore, period: Period, which: 'min' | 'max'): Promise<number | undefined> {
  const [row] = await store.run(
    store.db
      .selectFrom('telemetry_periods')
      .select('at')
      .where('period', '=', period)
      .orderBy('at', which === 'max' ? 'desc' : 'asc')
      .limit(1),
  );
  return row && Number(row.at);
}

/** The key is the period's begin, so of two who sum up the same one only the first writes. */
async function insert(store: LobbyStore, period: Period, at: number, data: PeriodData): Promise<void> {
  await store.run(
    store.db
      .insertInto('telemetry_periods')
      .values({ period, at, data: JSON.stringify(data) })
      .onConflict((conflict) => conflict.doNothing()),
  );
}

function readData(json: string): PeriodData {
  return PeriodData.parse(JSON.parse(json));
}
