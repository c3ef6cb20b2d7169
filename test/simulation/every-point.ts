/**
 * A death at every possible point of something: it is done once undisturbed to count its events, then again from the same
 * seed for each of them, with a node killed right after that event.
 */
import assert from 'node:assert/strict';
import type { NodeId, SimulatedCluster } from '../../src/index.ts';
import { startSimulation } from '../../src/index.ts';
import app from '../support/app.ts';

/** How what was done ended: with a value, or with the code of an error. */
export type Ending = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly code: string };

export interface Scene<C> {
  readonly nodes: number;
  /** Brings about what is there before; what it returns is handed to the others. */
  prepare(cluster: SimulatedCluster): Promise<C>;
  /** What is done, and disturbed. */
  act(cluster: SimulatedCluster, context: C): Promise<unknown>;
  /** The victims that there are, by their part in it. */
  roles(cluster: SimulatedCluster, context: C): Readonly<Record<string, NodeId>>;
  /** What must hold of the survivors when all has settled. `dead`: the parts of those who were killed. */
  check(cluster: SimulatedCluster, context: C, ending: Ending, dead: readonly string[]): Promise<void>;
}

/** Who dies after which event; the victims by their part. */
export type Deaths = readonly (readonly [after: number, role: string])[];

/** Deaths that come after the return: what was resolved must stand. */
const EVENTS_BEYOND = 4;

async function play<C>(scene: Scene<C>, seed: number, deaths: Deaths): Promise<number> {
  await using cluster = await startSimulation({ seed, nodes: scene.nodes, app });
  const context = await scene.prepare(cluster);
  await cluster.settled();
  const roles = scene.roles(cluster, context);
  const killed: Promise<void>[] = [];
  for (const [after, role] of deaths) {
    cluster.afterEvents(after, () => killed.push(cluster.kill(roles[role]!).catch(ignoreNotRunning)));
  }
  const before = cluster.events();
  const ending = await endingOf(scene.act(cluster, context));
  const events = cluster.events() - before;
  while (killed.length < deaths.length) await cluster.advance(1);
  await cluster.drive(Promise.all(killed));
  await cluster.settled();
  await scene.check(
    cluster,
    context,
    ending,
    deaths.map(([, role]) => role),
  );
  return events;
}

async function endingOf(work: Promise<unknown>): Promise<Ending> {
  try {
    return { ok: true, value: await work };
  } catch (error) {
    return { ok: false, code: (error as { code?: string }).code ?? String(error) };
  }
}

/** The victim had left by itself, or was not there yet. */
function ignoreNotRunning(error: unknown): void {
  if ((error as { code?: string }).code !== 'Refused') throw error;
}

async function playNamed<C>(scene: Scene<C>, seed: number, deaths: Deaths): Promise<void> {
  try {
    await play(scene, seed, deaths);
  } catch (error) {
    const told = `seed ${seed}, deaths ${deaths.map(([after, role]) => `of ${role} after event ${after}`).join(', ')}`;
    throw new Error(`${told}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/**
 * Each of the roles dies after each event in turn; with a `step`, after every `step`-th, so that as many seeds see them all.
 * Resolves to how many deaths that were.
 */
export async function dieAtEveryPoint<C>(
  scene: Scene<C>,
  seed: number,
  roles: readonly string[],
  step = 1,
): Promise<number> {
  const events = await play(scene, seed, []);
  assert.ok(events > 2, `only ${events} events: there is nothing to disturb`);
  let deaths = 0;
  for (const role of roles) {
    for (let after = seed % step; after <= events + EVENTS_BEYOND; after += step) {
      await playNamed(scene, seed, [[after, role]]);
      deaths += 1;
    }
  }
  return deaths;
}

/** Two die at neighbouring events: the second up to `within` events after the first, at every `step`-th point. */
export async function dieTwiceAtPoints<C>(
  scene: Scene<C>,
  seed: number,
  [first, second]: readonly [string, string],
  { within, step }: { within: number; step: number },
): Promise<void> {
  const events = await play(scene, seed, []);
  for (let after = seed % step; after <= events + EVENTS_BEYOND; after += step) {
    for (let between = 0; between <= within; between++) {
      await playNamed(scene, seed, [
        [after, first],
        [after + between, second],
      ]);
    }
  }
}
