/** The options of the soak: command line to checked values. Pure. */
import { parseArgs } from 'node:util';

export interface SoakOptions {
  readonly minutes: number;
  readonly nodes: number;
}

/** A command line that asks for what the soak does not do. The message is one sentence. */
export class SoakUsageError extends Error {}

/** Tombstones are kept for a minute; before that nothing can be level. */
const LEAST_MINUTES = 3;
const LEAST_NODES = 3;

export const SOAK_USAGE = `usage: npm run soak -- [--minutes M] [--nodes N]

  --minutes M  how long, from ${LEAST_MINUTES} (4)
  --nodes N    how many nodes, from ${LEAST_NODES} (4)
  --help       show this

Exits with 1 when memory, a queue or a table grows.
`;

/** Undefined when help is asked for. Throws `SoakUsageError`. */
export function parseSoakOptions(args: readonly string[]): SoakOptions | undefined {
  const { minutes, nodes, help } = valuesOf(args);
  if (help) return undefined;
  return {
    minutes: numberOf(
      '--minutes',
      minutes,
      /^\d{1,5}(\.\d{1,4})?$/,
      `a number of minutes from ${LEAST_MINUTES}`,
      LEAST_MINUTES,
    ),
    nodes: numberOf('--nodes', nodes, /^\d{1,3}$/, `a whole number from ${LEAST_NODES}`, LEAST_NODES),
  };
}

function valuesOf(args: readonly string[]): { minutes: string; nodes: string; help: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        minutes: { type: 'string', default: '4' },
        nodes: { type: 'string', default: '4' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new SoakUsageError(explain(error as Error & { code?: string }));
  }
}

/** Node's own messages go on with advice about positional arguments. */
function explain({ code, message }: Error & { code?: string }): string {
  const named = /'([^']*)'/.exec(message)?.[1] ?? '';
  const takes = 'the soak takes --minutes M, --nodes N and --help';
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `unknown option ${named}; ${takes}`;
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') return `unexpected argument ${JSON.stringify(named)}; ${takes}`;
  return `${message.split('\n', 1)[0]}; ${takes}`;
}

function numberOf(option: string, text: string, shape: RegExp, expected: string, least: number): number {
  const number = shape.test(text) ? Number(text) : Number.NaN;
  if (number >= least) return number;
  throw new SoakUsageError(`${option} ${JSON.stringify(text)} is not ${expected}`);
}
