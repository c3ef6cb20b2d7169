/** The answer to `inspect` in words: three lines per node. Pure. */
import { endpoint } from '../ports.ts';
import type { InspectReport } from '../reports.ts';

export function inspectionLines({ nodes }: InspectReport, host: string): string[] {
  return nodes.flatMap(({ id, incarnation, state, standing, lobbyPort, servers, pending, gauges }) => [
    `  ${id.padEnd(4)} ${state.padEnd(8)} ${where(host, lobbyPort)}, incarnation ${incarnation}, standing ${standing ?? 'unknown'}`,
    `       servers: ${servers.join(', ') || 'none'}`,
    `       gauges: ${pairs(gauges)}; pending: ${pairs(onlyNonZero(pending))}`,
  ]);
}

/** Where a node listens, if it said so. */
export function where(host: string, port: number | null): string {
  return port === null ? 'no port' : endpoint(host, port);
}

function pairs(figures: Readonly<Record<string, number>>): string {
  return (
    Object.entries(figures)
      .map(([name, value]) => `${name} ${Math.round(value * 100) / 100}`)
      .join(', ') || 'none'
  );
}

function onlyNonZero(figures: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== 0));
}
