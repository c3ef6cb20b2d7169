/** What moderators have forbidden users, as far as a lobby has to know. */

const MUTES: readonly string[] = ['All chat', 'Battle chat'];

export function isMuted(restrictions: ReadonlySet<string> | undefined): boolean {
  return MUTES.some((name) => restrictions?.has(name));
}
