/** The app of a cluster of one node that stands for a moment, for an operator's work on a data file that no cluster uses. It listens nowhere. */
import { lobbyDeclarations, startOperating } from '../../lobby/index.ts';
import { defineApp } from '../../services/index.ts';

export { operate } from '../../lobby/index.ts';

export default defineApp({ uses: lobbyDeclarations }, startOperating);
