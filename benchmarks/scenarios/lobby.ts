/**
 * A lobby full of players: logins per second, what chat takes from node to node, and what a line costs. And how long a node takes to
 * start when the data file is full of accounts, beside one that is not: about as long.
 */
import type { Scenario } from '../harness.ts';
import { bootWithAccounts } from '../lobby/accounts.ts';
import { type Sessions, sessions } from '../lobby/sessions.ts';
import { NODES } from '../ours.ts';

type Load = Omit<Sessions, 'players' | 'nodes'>;

export const sessions100 = of(100, {
  load: { threads: 2, burst: 20, conversationMs: 500, deadlineMs: 10_000 },
  effort: { rounds: 3, warmUps: 1 },
});
export const sessions1000 = of(1_000, {
  load: { threads: 2, burst: 10, conversationMs: 5_000, deadlineMs: 60_000 },
  effort: { rounds: 3, warmUps: 1 },
  deadlineMs: 120_000,
  slow: true,
});
export const sessions5000 = of(5_000, {
  load: { threads: 2, burst: 4, conversationMs: 5_000, deadlineMs: 600_000 },
  effort: { rounds: 1, warmUps: 0 },
  deadlineMs: 900_000,
  slow: true,
});

export const bootWithMillion: Scenario = {
  name: 'lobby/boot-with-accounts',
  nodes: 1,
  size: { full: 1_000_000, quick: 100_000 },
  unit: 'ms',
  better: 'lower',
  effort: { rounds: 5, warmUps: 1 },
  subjects: [(accounts) => bootWithAccounts('muster', accounts), () => bootWithAccounts('one account', 0)],
};

function of(
  players: number,
  { load, ...rest }: { load: Load } & Pick<Scenario, 'effort' | 'deadlineMs' | 'slow'>,
): Scenario {
  return {
    name: `lobby/sessions-${players}`,
    nodes: NODES,
    size: { full: players, quick: players },
    unit: 'players/s',
    better: 'higher',
    ...rest,
    subjects: [(size) => sessions({ ...load, players: size, nodes: NODES })],
  };
}
