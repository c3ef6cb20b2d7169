/** What a host gives a node's thread as its workerData. */
import type { MessagePort } from 'node:worker_threads';
import type { Inheritance, Settings, Timing } from '../../services/index.ts';
import type { Seat } from '../../transports/threads/index.ts';

export interface NodeSeat {
  readonly seat: Seat;
  /** The host's questions arrive here. */
  readonly control: MessagePort;
  readonly settings: Settings;
  readonly timing: Timing;
  readonly inheritance: Inheritance | undefined;
  /** The node sets its one word to 1 when the app is loaded. */
  readonly booted: Int32Array;
}
