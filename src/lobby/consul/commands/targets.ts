/** Whom a command is about: a name, `#id`, or a part of the name of somebody in the lobby, whatever the case. */
import type { LobbyRecord, Member } from '../../battles/record.ts';
import type { CommandInput, CommandOutcome, Target } from './command.ts';
import { declined } from './command.ts';

/** A member; of several whose names have the part in them, the first. */
export function memberMeant(record: LobbyRecord, word: string): Member | undefined {
  const wanted = word.toLowerCase();
  if (wanted === '') return undefined;
  const id = idMeant(word);
  const { members } = record;
  if (id !== undefined) return members.find(({ userId }) => userId === id);
  return (
    members.find(({ name }) => name === word) ??
    members.find(({ name }) => name.toLowerCase() === wanted) ??
    members.find(({ name }) => name.toLowerCase().includes(wanted))
  );
}

/** A member, or else somebody who is logged in under just that name or id. */
export function anybodyMeant({ record, people }: CommandInput, word: string): Target | undefined {
  const member = memberMeant(record, word);
  if (member) return { userId: member.userId, name: member.name };
  const id = idMeant(word);
  return id === undefined ? people.named(word) : people.numbered(id);
}

function idMeant(word: string): number | undefined {
  const match = /^#(\d{1,10})$/.exec(word);
  return match ? Number(match[1]) : undefined;
}

/** The first word and the rest. */
export function firstWord(text: string): [word: string, rest: string] {
  const match = /^(\S*)\s*([\s\S]*)$/.exec(text);
  return [match?.[1] ?? '', match?.[2] ?? ''];
}

/** Runs `act` on the member meant by the first word, or says that there is none. */
export function onMember(
  input: CommandInput,
  act: (member: Member, rest: string) => Partial<CommandOutcome>,
): Partial<CommandOutcome> {
  const [word, rest] = firstWord(input.rest);
  const member = memberMeant(input.record, word);
  return member ? act(member, rest) : nobody(word);
}

export function nobody(word: string): Partial<CommandOutcome> {
  return declined(word === '' ? 'Please say who is meant.' : `There is nobody called ${word} here.`);
}
