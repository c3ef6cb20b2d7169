/** How `muster players` shows itself: figures refreshed in place on a terminal, a line now and then without one, or JSON lines. */
import type { Belief, Fault } from '../../players/index.ts';
import type { Output } from '../reporters/reporter.ts';
import { type Figures, faultLines, figuresBlock, figuresLine, summaryLines } from './figures.ts';

export interface PlayersEnd {
  /** Of the whole run. */
  readonly figures: Figures;
  /** What the players saw when all was quiet: one entry when they agreed; undefined when they were not asked. */
  readonly beliefs: readonly Belief[] | undefined;
  readonly isInterrupted: boolean;
  readonly ok: boolean;
}

export interface PlayersReporter {
  begin(players: number, nodes: readonly string[], seed: number): void;
  nodes(nodes: readonly string[]): void;
  /** Of the time since the one before. */
  figures(figures: Figures): void;
  fault(fault: Fault): void;
  end(end: PlayersEnd): void;
}

const LINE_EVERY_MS = 5_000;

/** Without a terminal. */
export function linesReporter(stdout: Output, ofMs: number): PlayersReporter {
  const print = (lines: readonly string[]): void => void stdout.write(lines.map((line) => `${line}\n`).join(''));
  let saidAt = 0;
  return {
    begin: (players, nodes, seed) => print([beginText(players, nodes, seed)]),
    nodes: (nodes) => print([nodesText(nodes)]),
    figures(figures) {
      if (figures.t - saidAt < LINE_EVERY_MS) return;
      saidAt = figures.t;
      print([figuresLine(figures, ofMs)]);
    },
    fault: (fault) => print(faultLines(fault)),
    end: (end) => print(endLines(end)),
  };
}

/** On a terminal: what is said stays above, the figures below are drawn anew. */
export function liveReporter(stdout: Output, ofMs: number, columns: () => number): PlayersReporter {
  let drawn: readonly string[] = [];
  const clear = (): string => (drawn.length === 0 ? '' : `\u001b[${drawn.length}A\r\u001b[J`);
  const draw = (above: readonly string[], block: readonly string[]): void => {
    stdout.write(clear() + [...above, ...block].map((line) => `${line}\n`).join(''));
    drawn = block;
  };
  return {
    begin: (players, nodes, seed) => draw([beginText(players, nodes, seed)], []),
    nodes: (nodes) => draw([nodesText(nodes)], drawn),
    figures: (figures) => draw([], figuresBlock(figures, ofMs, columns())),
    fault: (fault) => draw(faultLines(fault), drawn),
    end: (end) => draw(endLines(end), []),
  };
}

/** `begin`, `nodes` when they change, `figures` about every five seconds, `fault` as it is found, `end`. */
export function jsonReporter(stdout: Output): PlayersReporter {
  const print = (object: object): void => void stdout.write(`${JSON.stringify(object)}\n`);
  let saidAt = 0;
  return {
    begin: (players, nodes, seed) => print({ event: 'begin', players, nodes, seed }),
    nodes: (nodes) => print({ event: 'nodes', nodes }),
    figures(figures) {
      if (figures.t - saidAt < LINE_EVERY_MS) return;
      saidAt = figures.t;
      print({ event: 'figures', ...figures });
    },
    fault: (fault) => print({ event: 'fault', ...fault }),
    end: ({ figures, beliefs, isInterrupted, ok }) =>
      print({ event: 'end', ok, interrupted: isInterrupted, agreed: beliefs && beliefs.length <= 1, ...figures }),
  };
}

function beginText(players: number, nodes: readonly string[], seed: number): string {
  return `${players} players on ${nodes.length} nodes (${nodes.join(', ')}), seed ${seed}`;
}

function nodesText(nodes: readonly string[]): string {
  return `nodes now: ${nodes.join(', ')}`;
}

function endLines({ figures, beliefs, isInterrupted, ok }: PlayersEnd): string[] {
  return [...summaryLines(figures), ...beliefLines(beliefs), verdict(figures, isInterrupted, ok)];
}

function beliefLines(beliefs: readonly Belief[] | undefined): string[] {
  if (!beliefs) return [];
  const seen = ({ users, battles, places }: Belief): string =>
    `${users} users, ${battles} battles with ${places} people in them`;
  if (beliefs.length <= 1)
    return beliefs.map((belief) => `at the end all ${belief.believers} see the same: ${seen(belief)}`);
  return [
    'at the end they do not see the same:',
    ...beliefs.map((belief) => `  ${belief.believers} (${belief.player}): ${seen(belief)}`),
  ];
}

function verdict({ faults }: Figures, isInterrupted: boolean, ok: boolean): string {
  if (faults > 0) return `${faults} streams broke`;
  if (!ok) return 'no stream broke, and yet it failed';
  return isInterrupted ? 'ended early; no stream broke' : 'no stream broke';
}
