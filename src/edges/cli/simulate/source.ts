/** Where in the user's files an error was thrown. Pure. */

/** ` (file:line:column)` of the innermost frame that is in no package and not in Node itself; nothing without one. */
export function sourceOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const places = stack.split('\n').map((line) => /[ (](?:file:\/\/)?(\/[^()]+:\d+:\d+)\)?$/.exec(line)?.[1]);
  const place = places.find((one) => one !== undefined && !one.includes('/node_modules/'));
  return place === undefined ? '' : ` (${place})`;
}
