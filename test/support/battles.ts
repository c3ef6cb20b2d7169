/** What strict clients do again and again: open a battle, join one, count the lines they got. */
import type { LobbyTestClient } from './lobby-client.ts';

export async function open(host: LobbyTestClient): Promise<number> {
  host.send('OPENBATTLE 0 0 * 8452 8 gameHash 0 1565299817 spring\t104.0\tComet Catcher\tEU 01\tBAR');
  await host.waitFor('REQUESTBATTLESTATUS');
  return host.model.battle!.id;
}

export async function join(client: LobbyTestClient, id: number): Promise<void> {
  await client.until('battle is open', ({ battles }) => battles.has(id));
  client.send(`JOINBATTLE ${id}`);
  await client.waitFor('REQUESTBATTLESTATUS');
}

/** How many of the lines received are this one, or match. */
export function countOf({ lines }: LobbyTestClient, line: string | RegExp): number {
  return lines.filter((received) => (typeof line === 'string' ? received === line : line.test(received))).length;
}
