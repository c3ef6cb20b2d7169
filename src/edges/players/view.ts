/**
 * A strict client's view: each line must be one that a real client accepts, given the lines before it, or it throws
 * `BrokenStream`. Pure: lines in; no socket, no clock. What the lines say stands in lines/, by kind; what has been told, in seen.ts.
 */
import { OWN_BATTLE } from './lines/battle.ts';
import { CONNECTION, GREETING, GUEST, LOGIN } from './lines/connection.ts';
import { EVERYBODY, EVERYBODY_LIVE } from './lines/everybody.ts';
import { EXTENSIONS, extensionNamed } from './lines/extensions.ts';
import { TALK } from './lines/talk.ts';
import { type Phase, Seen, type Take, type TakeTable } from './seen.ts';
import { broken } from './words.ts';

export type { Heard, OwnBattle, Phase, SeenBattle } from './seen.ts';

export class View extends Seen {
  /** Takes one line, without its LF. */
  receive(line: string): void {
    const { words } = this;
    const command = words.read(line);
    const handler = HANDLERS.get(command) ?? extension(command) ?? broken('an unknown command');
    if (!handler.phases.includes(this.phase)) broken(`not to be said to who is ${this.phase}`);
    handler.take(this, words, line);
    words.end();
  }
}

interface Handler {
  readonly phases: readonly Phase[];
  readonly take: Take;
}

const GREETED: readonly Phase[] = ['guest', 'logging in', 'online'];
const TOLD: readonly Phase[] = ['logging in', 'online'];
const ONLINE: readonly Phase[] = ['online'];

const HANDLERS: ReadonlyMap<string, Handler> = new Map([
  ...during(['connected'], GREETING),
  ...during(['guest'], GUEST),
  ...during(GREETED, CONNECTION),
  ...during(['logging in'], LOGIN),
  ...during(TOLD, EVERYBODY),
  ...[EVERYBODY_LIVE, TALK, OWN_BATTLE, EXTENSIONS].flatMap((table) => during(ONLINE, table)),
]);

function during(phases: readonly Phase[], table: TakeTable): [string, Handler][] {
  return Object.entries(table).map(([command, take]) => [command, { phases, take }]);
}

function extension(command: string): Handler | undefined {
  const take = extensionNamed(command);
  return take && { phases: ONLINE, take };
}
