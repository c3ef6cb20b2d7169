/** The app module of a chaos run on threads; each node's thread loads it for itself. */
import { makeNodeParts } from './node-parts.ts';

const { app, perform, show } = makeNodeParts();

export default app;
export { perform, show };
