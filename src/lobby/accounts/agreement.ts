/**
 * The rules that a new account's owner has to agree to at its first login. Settings: `agreement`, the text (none: nobody is
 * asked); `agreementCode`, what new owners have to give, known to them from elsewhere (none: to agree is enough).
 */
import type { MusterNode } from '../../services/index.ts';
import { LobbyRefused } from '../refusal.ts';
import { setting } from '../settings/settings.ts';

export class Agreement {
  readonly #node: MusterNode;

  constructor(node: MusterNode) {
    this.#node = node;
  }

  /** None when nobody is asked. */
  get lines(): readonly string[] {
    const text = setting(this.#node, 'agreement');
    return text === '' ? [] : text.split(/\r?\n/);
  }

  get #code(): string | null {
    return setting(this.#node, 'agreementCode') || null;
  }

  ofNewAccounts(): { verified: number; verification_code: string | null } {
    return this.lines.length === 0
      ? { verified: 1, verification_code: null }
      : { verified: 0, verification_code: this.#code };
  }

  /** `code` is what came with his word that he agrees; undefined: he has not given it. Throws `AgreementNeeded`, `WrongCode`. */
  require(account: { verified: boolean; code: string | null }, code: string | undefined): void {
    const { verified, code: wanted } = account;
    if (verified || this.lines.length === 0) return;
    if (code === undefined) throw new LobbyRefused('AgreementNeeded', 'Please agree to the rules first');
    if (wanted !== null && code !== wanted) throw new LobbyRefused('WrongCode', 'Incorrect code');
  }
}
