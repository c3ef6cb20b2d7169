/** Who comes and goes, for those of the server's own users who act on it. */
import * as z from 'zod';
import { topic } from '../../services/index.ts';

export const ClientInOut = z.object({ kind: z.enum(['login', 'disconnect']), userId: z.int(), session: z.string() });
export type ClientInOut = z.infer<typeof ClientInOut>;

export const clientInOut = topic('client_inout', ClientInOut, {
  reach: 'node',
  actedOnBy: 'origin',
  about:
    'A user has logged in, or is gone. Heard only on the node of his connection: its Coordinator and Automod act, so each login is acted on once.',
});
