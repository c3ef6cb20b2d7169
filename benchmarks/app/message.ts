/** What is published and put, as declared. */
import * as z from 'zod';

export const LobbyUpdate = z.object({ event: z.string(), lobbyId: z.number(), userId: z.number(), name: z.string() });
