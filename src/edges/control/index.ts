/** The control port's door: opening it beside a cluster, and reaching one from another process. Fastify and the like are loaded when it opens. */
export { ControlClient, DEFAULT_CONTROL_PORT, DEFAULT_CONTROL_URL } from './client.ts';
export { type ClusterInspection, inspectionOf } from './inspection.ts';
export { type ControlAddress, isLoopback } from './loopback.ts';
export type { CommandAnswer, ControlTarget } from './routes.ts';
export { type ControlServer, openControl } from './server.ts';
