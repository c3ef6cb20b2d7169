/** The running cluster as the control port sees it. Until the nodes are up, requests are refused. */
import { MusterError, Refused } from '../../base/index.ts';
import type { ClusterInspection, CommandAnswer, ControlTarget } from '../control/index.ts';
import type { CommandRunner } from './command-runner.ts';
import { commands } from './commands.ts';
import type { Session } from './session.ts';

export interface Running {
  readonly session: Session;
  readonly runner: CommandRunner;
}

/** Answers that have a route of their own; on the command's own output nobody at the port would see them. */
const ONLY_SHOWN: Readonly<Record<string, string>> = {
  view: 'muster inspect (GET /inspect) has the view',
  inspect: 'muster inspect (GET /inspect) shows that',
  help: `the commands are ${[...commands.values()].map(({ usage }) => usage).join(' · ')}`,
};

export class UpTarget implements ControlTarget {
  #running: Running | undefined;

  begin(running: Running): void {
    this.#running = running;
  }

  async command(line: string): Promise<CommandAnswer> {
    const { runner } = this.#up();
    const instead = ONLY_SHOWN[line.trim().split(/\s/, 1)[0]!];
    if (instead !== undefined) throw new Refused(instead);
    const { command, ms, effect, error } = await runner.outcome(line);
    if (error !== undefined) throw error;
    return { command, ms: Math.round(ms), ...effect };
  }

  async inspect(): Promise<ClusterInspection> {
    const { session } = this.#up();
    const { inspectionOf } = await control();
    return inspectionOf(await session.inspect(), session.cluster.nodes());
  }

  async metrics(): ReturnType<ControlTarget['metrics']> {
    const { renderMetrics } = await control();
    return renderMetrics(await this.inspect());
  }

  async operate(operation: Parameters<ControlTarget['operate']>[0]): ReturnType<ControlTarget['operate']> {
    const { session } = this.#up();
    const { operateOn } = await control();
    return operateOn(session.cluster, operation);
  }

  #up(): Running {
    if (this.#running) return this.#running;
    throw new MusterError('Unavailable', 'the cluster is starting');
  }
}

/** Loaded by whoever opened the port; without one it is not needed. */
function control(): Promise<typeof import('../control/index.ts')> {
  return import('../control/index.ts');
}
