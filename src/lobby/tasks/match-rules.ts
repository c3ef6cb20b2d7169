/** Which of many rules a user's values meet. A rule is met by a value of its kind that is exactly its own. */
import type { Task } from '../../ports/index.ts';

export interface Rule {
  readonly id: number;
  readonly kind: string;
  readonly value: string;
}

export interface RuledValue {
  readonly kind: string;
  readonly value: string;
}

export interface RulesInput {
  readonly rules: readonly Rule[];
  readonly values: readonly RuledValue[];
}

/** The ids of the rules that are met, in the order of the rules. An empty value meets none. */
export const matchRules: Task<RulesInput, number[]> = {
  name: 'match-rules',
  run: ({ rules, values }) => {
    const held = new Set(values.filter(({ value }) => value !== '').map(nameOf));
    return rules.filter((rule) => held.has(nameOf(rule))).map(({ id }) => id);
  },
};

function nameOf({ kind, value }: RuledValue): string {
  return JSON.stringify([kind, value]);
}
