/** Lines about people and the own account: each list is told whole, from its begin to its end. */
import { type Take, type TakeTable, takeRefusal, takeText } from '../seen.ts';
import { broken } from '../words.ts';

function list(name: string): [string, Take][] {
  return [
    [
      `${name}BEGIN`,
      (seen) => {
        if (seen.openList !== undefined) broken(`${seen.openList} has not ended`);
        seen.openList = name;
      },
    ],
    [
      name,
      (seen, words) => {
        if (seen.openList !== name) broken(`${name} has not begun`);
        if (!words.text('user').startsWith('userName=')) broken('userName= is missing');
      },
    ],
    [
      `${name}END`,
      (seen) => {
        if (seen.openList !== name) broken(`${name} has not begun`);
        seen.openList = undefined;
      },
    ],
  ];
}

export const PEOPLE: TakeTable = {
  ...Object.fromEntries(['FRIENDLIST', 'FRIENDREQUESTLIST', 'IGNORELIST'].flatMap(list)),
  CHANGEEMAILACCEPTED: takeText,
  CHANGEEMAILDENIED: takeRefusal,
};
