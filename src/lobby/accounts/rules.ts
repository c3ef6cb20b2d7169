/** What a name, an email and a password hash must look like. Says no with the reasons clients show. */
import { isInternalName } from '../internal-users.ts';
import { LobbyRefused } from '../refusal.ts';

const LEAST_NAME = 3;
const MOST_NAME = 20;
const MOST_EMAIL = 254;
const MOST_PASSWORD = 128;

export function checkName(name: string): void {
  if (!/^[A-Za-z0-9_[\]]*$/.test(name)) {
    throw new LobbyRefused('BadName', 'Invalid characters in name (only a-z, A-Z, 0-9, [, ] and _ are allowed)');
  }
  if (name.length > MOST_NAME) throw new LobbyRefused('BadName', `Max length ${MOST_NAME} characters`);
  if (name.length < LEAST_NAME) throw new LobbyRefused('BadName', `Min length ${LEAST_NAME} characters`);
  if (isInternalName(name)) throw nameTaken();
}

export function nameTaken(): LobbyRefused {
  return new LobbyRefused('NameTaken', 'Username already taken');
}

export function emailTaken(): LobbyRefused {
  return new LobbyRefused('EmailTaken', 'Email already in use');
}

/** The form in which emails are compared; null when none was given. */
export function checkEmail(email: string | undefined): string | null {
  const trimmed = email?.trim().toLowerCase() ?? '';
  if (trimmed === '') return null;
  if (trimmed.length > MOST_EMAIL || !/^[^\s@]+@[^\s@]+$/.test(trimmed)) {
    throw new LobbyRefused('BadEmail', 'Invalid email address');
  }
  return trimmed;
}

export function checkPasswordHash(hash: string): void {
  if (hash === '' || hash.length > MOST_PASSWORD || /\s/.test(hash)) {
    throw new LobbyRefused('BadPassword', 'Invalid password hash');
  }
}
