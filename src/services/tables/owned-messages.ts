/** What callers, owners and replicas of owned tables say to each other, and the words for it. */
import { fromMapKey, type MapKey } from '../../base/index.ts';
import { brief, type Message, partsOf, type Words } from '../../node/index.ts';
import type { Answer, Operation } from './operations.ts';
import { type WriteData, writeFromData } from './strong-log.ts';

/** What the caller has done with, its view, a table; then a number, a key and an operation for each question. */
export const ASK = 0;
/** Where the first number is in a message of `ASK`. */
export const FIRST_ASK = 5;
/** A number and an answer, and so on. */
export const ANSWER = 1;
/** Where the first number is in a message of `ANSWER`. */
export const FIRST_ANSWER = 2;
/** The owner's next writes, in order. */
export const WRITE = 2;
/** Where the first write is in a message of `WRITE`. */
export const FIRST_WRITE = 2;
export const APPLIED = 3;
export const STABLE = 4;
export const GIVE_BACK = 5;
export const PROBE = 6;

const SERVICE = 'owned tables';

/** `tables` are the tables' names, by number. */
export function describeOwned(message: Message, tables: readonly string[]): readonly Words[] {
  const describe = DESCRIBE[message[1] as number];
  return describe ? describe(message, tables) : [{ service: SERVICE, text: `message ${brief(message[1])}` }];
}

const DESCRIBE: Readonly<Record<number, (message: Message, tables: readonly string[]) => readonly Words[]>> = {
  [ASK]: (message, tables) =>
    partsOf(message, FIRST_ASK, 3).map(([number, key, operation]) => {
      const { service, about } = place(message[4], key, tables);
      return { service, about, text: `asks ${verb(operation as Operation)} ${about} (request ${number})` };
    }),
  [ANSWER]: (message) =>
    partsOf(message, FIRST_ANSWER, 2).map(([number, answer]) => ({
      service: SERVICE,
      text: `answers request ${number}: ${answerWords(answer as Answer)}`,
    })),
  [WRITE]: (message, tables) =>
    message.slice(FIRST_WRITE).map((data) => {
      const { sequence, table, key, deleted, value, mark } = writeFromData(data as WriteData);
      const { service, about } = place(table, key, tables);
      const what = deleted ? `delete ${about}` : `put ${about} = ${brief(value)}`;
      const cause = mark ? `, asked by ${mark.caller} (request ${mark.number})` : '';
      return { service, about, text: `write ${sequence}: ${what}${cause}` };
    }),
  [APPLIED]: ([, , sequence, flushed]) => [
    { service: SERVICE, text: `has applied your writes up to ${sequence}, flushed view ${flushed}`, routine: true },
  ],
  [STABLE]: ([, , sequence]) => [{ service: SERVICE, text: `writes up to ${sequence} are everywhere`, routine: true }],
  [GIVE_BACK]: ([, , number, table, key], tables) => {
    const { service, about } = place(table, key, tables);
    return [{ service, about, text: `gives back ${about} (request ${number})` }];
  },
  [PROBE]: () => [{ service: SERVICE, text: 'asks what you have applied', routine: true }],
};

/** `cache lists` and `lists/a`. */
export function place(table: unknown, key: unknown, tables: readonly string[]): { service: string; about: string } {
  const service = tables[table as number] ?? `table ${String(table)}`;
  const name = service.replace(/^(?:cache|registry) /, '');
  const shown = fromMapKey(key as MapKey);
  return { service, about: `${name}/${typeof shown === 'object' ? shown.join('/') : shown}` };
}

function verb(operation: Operation): string {
  return 'value' in operation ? `${operation.kind} ${brief(operation.value)} in` : operation.kind;
}

function answerWords(answer: Answer): string {
  if (answer.kind === 'done') return `done, ${brief(answer.result)}`;
  if (answer.kind === 'error') return `${answer.error.code}: ${answer.error.message}`;
  if (answer.kind === 'granted') return `granted, ${brief(answer.value)} is there`;
  return answer.kind === 'load' ? 'load it' : 'not the owner';
}
