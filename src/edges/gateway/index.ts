/** The gateway's door: the TCP edge of a lobby. The app itself is `app.ts`, loaded by its file name. */
export { type Gateway, type GatewayOptions, ListenError, openGateway } from './gateway.ts';
export { DEFAULT_LIMITS, type Limits, type LimitTable } from './limits.ts';
