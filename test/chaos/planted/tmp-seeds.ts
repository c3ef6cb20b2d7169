import { report, runSeed } from '/work/wt/planted/src/chaos/index.ts';
const [from, to, minutes] = process.argv.slice(2).map(Number);
for (let seed = from!; seed <= to!; seed++) {
  const at = performance.now(); const cpu = process.cpuUsage();
  try {
    const r = await runSeed({ seed, minutes: minutes! });
    const c = process.cpuUsage(cpu);
    const seen = new Set(r.violations.map((v) => v.promise.slice(0, 60) + ' ## ' + v.problem.slice(0, 160)));
    console.log(seed, r.violations.length, 'wall', ((performance.now()-at)/1000).toFixed(1), 'cpu', ((c.user+c.system)/1e6).toFixed(1), 'ops', r.history.operations.length, 'happ', r.history.happenings.length);
    for (const v of [...seen].slice(0, 5)) console.log('     ', v);
  } catch (e) { console.log(seed, 'ERROR', e); }
}
