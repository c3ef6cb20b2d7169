/**
 * The control port's door: opening it beside a cluster, and what it shows of one. Who only needs its address or asks one takes
 * the smaller doors `address.ts` and `client.ts`.
 */
export { type ClusterInspection, inspectionOf } from './inspection.ts';
export { renderMetrics } from './metrics.ts';
export { operateOn } from './operate.ts';
export type { CommandAnswer, ControlTarget } from './routes.ts';
export { type ControlServer, openControl } from './server.ts';
