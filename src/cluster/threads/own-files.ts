/** Where Muster's own files lie: the bundler has to find them both in a source tree and in the published package. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Muster's own files as this file sees them: TypeScript in a source tree, JavaScript in the package. */
export interface OwnFiles {
  readonly nodeEntry: string;
  readonly storeEntry: string;
  readonly computeEntry: string;
  readonly seedEntry: string;
  readonly playersEntry: string;
  readonly library: string;
}

export function ownFiles(): OwnFiles {
  const ending = extname(fileURLToPath(import.meta.url));
  const at = (path: string): string => fileURLToPath(new URL(`${path}${ending}`, import.meta.url));
  return {
    nodeEntry: at('../../../workers/node'),
    storeEntry: at('../../../workers/store'),
    computeEntry: at('../../../workers/compute'),
    seedEntry: at('../../../workers/seeds'),
    playersEntry: at('../../../workers/players'),
    library: at('../../index'),
  };
}
