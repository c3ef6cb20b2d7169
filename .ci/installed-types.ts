// Compiled against the installed package: its types, as a user of TypeScript meets them.
import { type Cluster, defineApp, startCluster } from 'muster';

export const app = defineApp({ uses: [] }, async (node) => {
  const id: string = node.id;
  node.log.write('info', id);
});

export async function main(): Promise<number> {
  await using cluster: Cluster = await startCluster({ nodes: 2, app: new URL('./app.js', import.meta.url) });
  const sum: number = await cluster.run('n1', (_node, a: number, b: number) => a + b, 1, 2);
  // @ts-expect-error the arguments of `run` are checked against the function's.
  await cluster.run('n1', (_node, a: number) => a, 'x');
  return sum;
}
