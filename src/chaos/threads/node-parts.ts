/** What the thread of a node runs in a chaos run: the chaos app, its operations, and what it shows at the end. */
import type { App, MusterNode } from '../../services/index.ts';
import { makeChaosApp } from '../app.ts';
import type { NodeFinal } from '../checkers/index.ts';
import { makePerform, type Perform } from '../perform.ts';
import { showNode } from '../show.ts';
import { ChannelNotes } from './channel-notes.ts';

/** What the app's module exports: `app` as its default, the others by these names. */
export interface NodeParts {
  readonly app: App;
  readonly perform: Perform;
  show(node: MusterNode): Promise<NodeFinal>;
}

export function makeNodeParts(): NodeParts {
  const chaos = makeChaosApp(new ChannelNotes());
  return { app: chaos.app, perform: makePerform(chaos), show: (node) => showNode(node, chaos) };
}
