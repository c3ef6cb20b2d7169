import { bundleFolder, bundleHunt } from './build.ts';
import * as catalogue from './catalogue/index.ts';
import { runHunt, seedsUpTo } from './catch.ts';
import type { PlantedFault } from './fault.ts';

const wanted = process.argv[2] ?? '';
const most = Number(process.argv[3] ?? 0);
await using folder = await bundleFolder();
const all = (Object.values(catalogue) as (readonly PlantedFault[])[]).flat();
const queue = all.filter((fault) => fault.name.includes(wanted) || fault.promise === wanted);
async function work(): Promise<void> {
  for (let fault = queue.shift(); fault; fault = queue.shift()) {
    const at = performance.now();
    try {
      const bundle = await bundleHunt(folder.path, fault);
      const bundled = performance.now() - at;
      const found = await runHunt(bundle, {
        seeds: seedsUpTo(most || fault.seeds),
        promise: fault.promise,
        under: fault.under,
      });
      console.log(
        `${found.seed === undefined ? 'MISSED' : 'caught'} ${fault.promise} ${fault.name}: seed ${found.seed}, ${found.runs} runs, ${((performance.now() - at) / 1000).toFixed(1)} s (bundle ${bundled.toFixed(0)} ms)`,
      );
      if (process.env.REPORT) console.log(found.report);
      else console.log('   ', found.report.split('\n').slice(2, 4).join(' '));
      if (found.seed === undefined)
        console.log('   others:', found.others.slice(0, 4).join('\n           '), found.others.length);
    } catch (error) {
      console.log(`ERROR ${fault.promise} ${fault.name}: ${String(error).slice(0, 400)}`);
    }
  }
}
await Promise.all([work(), work()]);
