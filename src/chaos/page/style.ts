/** The page's style sheet: one set of colours for light, one for dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fcfbf9; --raised: #ffffff; --ink: #1e2228; --muted: #69707c; --faint: #e7e4de; --edge: #d6d2ca;
  --message: #8d97a8; --about: #2458b8; --broken: #c5162e; --broken-ground: #fdecee;
  --ok: #3a8f63; --unknown: #c58a12; --refused: #a3a8b0; --instance: #6b7bd0;
  --cut: #d4611f; --slow: #b58a1b; --partition: #7a5bc0; --other: #4f8a94;
  --side0: #7a5bc017; --side1: #2a9d8f17;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14161a; --raised: #1b1e24; --ink: #e9e7e2; --muted: #98a0ad; --faint: #262a31; --edge: #363b45;
    --message: #6c7789; --about: #7fa8f5; --broken: #ff5c70; --broken-ground: #34181d;
    --ok: #57b384; --unknown: #dba63c; --refused: #6d747f; --instance: #8f9cf0;
    --cut: #f08a4b; --slow: #d8b04a; --partition: #a68be6; --other: #76b3bd;
    --side0: #a68be61c; --side1: #43b7a91c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; min-width: max-content; background: var(--paper); color: var(--ink);
  font: 15px/1.5 Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; font-feature-settings: "tnum"; }
main { padding: 36px 40px 80px; }
.story { position: sticky; left: 40px; width: min(1060px, calc(100vw - 80px)); }
h1 { margin: 0 0 2px; font-size: 27px; line-height: 1.25; letter-spacing: -.015em; font-weight: 640; }
.code { color: var(--broken); }
.promise { margin: 0 0 26px; color: var(--muted); font-size: 16px; }
h2 { margin: 0 0 5px; font-size: 11.5px; letter-spacing: .07em; text-transform: uppercase; color: var(--muted); font-weight: 600; }
.verdict { display: grid; grid-template-columns: 1fr 1fr; border: 1px solid var(--edge); border-radius: 10px; background: var(--raised); overflow: hidden; }
.verdict > div { padding: 16px 20px 17px; }
.verdict p { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
.seen { background: var(--broken-ground); }
.seen h2 { color: var(--broken); }
.should { border-left: 1px solid var(--edge); }
.shortest { margin: 28px 0 0; }
.shortest ol { list-style: none; margin: 4px 0 0; padding: 0; }
.shortest li { display: grid; grid-template-columns: 30px 100px 84px 1fr; align-items: baseline; padding: 5px 0; border-top: 1px solid var(--faint); cursor: default; }
.shortest li:last-child { border-bottom: 1px solid var(--faint); }
.shortest .at { text-align: right; padding-right: 18px; color: var(--muted); font-variant-numeric: tabular-nums; }
.shortest .who { font-weight: 560; }
.shortest .what { overflow-wrap: anywhere; }
.shortest .context { color: var(--muted); }
.shortest .context .who { font-weight: 400; }
.number { display: inline-block; width: 19px; height: 19px; border-radius: 10px; background: var(--broken); color: #fff; font-size: 11.5px; line-height: 19px; text-align: center; font-weight: 640; }
.facts { display: flex; flex-wrap: wrap; gap: 6px 30px; margin: 26px 0 0; padding: 0; color: var(--muted); font-size: 13.5px; }
.facts b { color: var(--ink); font-weight: 560; }
.replay { display: flex; align-items: center; gap: 10px; margin: 12px 0 0; font-size: 13.5px; color: var(--muted); }
code { padding: 4px 9px; border: 1px solid var(--edge); border-radius: 6px; background: var(--raised); color: var(--ink); font: 13px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
details.more { margin: 18px 0 0; font-size: 13.5px; color: var(--muted); }
details.more li { margin: 4px 0; }
button { font: inherit; font-size: 13px; padding: 4px 11px; color: var(--ink); background: var(--raised); border: 1px solid var(--edge); border-radius: 6px; cursor: pointer; }
button[aria-pressed=true] { background: var(--ink); border-color: var(--ink); color: var(--paper); }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: 10px 22px; margin: 34px 0 10px; font-size: 13px; }
.tools .choice { display: flex; } .choice button:first-child { border-radius: 6px 0 0 6px; border-right: 0; } .choice button:last-child { border-radius: 0 6px 6px 0; }
.filters { display: flex; flex-wrap: wrap; gap: 4px 15px; }
.filters label { display: flex; align-items: center; gap: 5px; color: var(--muted); cursor: pointer; }
.filters label:has(:checked) { color: var(--ink); }
.filters input { margin: 0; accent-color: var(--about); }
.key { display: flex; flex-wrap: wrap; gap: 5px 20px; margin: 0 0 14px; color: var(--muted); font-size: 12.5px; }
.key span { display: inline-flex; align-items: center; gap: 6px; } .key svg { display: block; }
.heads { position: sticky; top: 0; z-index: 2; height: 34px; background: var(--paper); border-bottom: 1px solid var(--edge); }
.heads div { position: absolute; bottom: 6px; transform: translateX(-50%); font-weight: 620; font-size: 14px; }
.heads .unit { transform: none; left: 0; font-weight: 400; font-size: 11px; color: var(--muted); width: 56px; text-align: right; }
.scene svg { display: block; }
#pointed { position: fixed; z-index: 3; display: none; max-width: 520px; padding: 9px 13px 10px; border: 1px solid var(--edge); border-radius: 8px; background: var(--raised); box-shadow: 0 6px 24px #0003; font-size: 12.5px; line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; pointer-events: none; }
#pointed.held { pointer-events: auto; border-color: var(--about); }
#pointed::first-line { font-weight: 620; }

.scene text { font: 11px Inter, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--ink); font-feature-settings: "tnum"; }
.scene [data-d] { cursor: pointer; }
.tick { stroke: var(--faint); } .scene .time, .scene .gap-text { fill: var(--muted); text-anchor: end; font-size: 10.5px; }
.gap { fill: var(--paper); } .zigzag { fill: none; stroke: var(--edge); } .scene .gap-text { font-style: italic; }
.side0 { fill: var(--side0); } .side1 { fill: var(--side1); }
.line { stroke: var(--muted); stroke-width: 1.5; }
.birth circle { fill: var(--paper); stroke: var(--muted); stroke-width: 1.5; }
.scene .life { fill: var(--muted); font-size: 10px; }
.death path { stroke: var(--ink); stroke-width: 2.4; } .death.left path { stroke: var(--muted); }
.pause-ground { fill: var(--paper); } .pause { fill: url(#hatch); stroke: var(--muted); } .hatch { stroke: var(--muted); stroke-width: 2.4; }
.outside { fill: var(--cut); opacity: .35; }
.fault { opacity: .85; } .fault.partition { fill: var(--partition); } .fault.cut { fill: var(--cut); } .fault.slow { fill: var(--slow); } .fault.other { fill: var(--other); }
.scene .fault-name { fill: #fff; font-size: 10px; font-weight: 560; }
.m path { fill: none; stroke: var(--message); stroke-width: 1; opacity: .62; } .m .head { fill: var(--message); stroke: none; opacity: .85; }
.m.late path { stroke: var(--slow); stroke-dasharray: 5 3; } .m.late .head { fill: var(--slow); }
.m.dropped path { stroke: var(--cut); opacity: .9; } .m.lost path { stroke: var(--ink); opacity: .5; stroke-dasharray: 2 3; }
.m .cross { stroke-width: 1.7; stroke-dasharray: none !important; opacity: 1 !important; }
.m.about path { stroke: var(--about); stroke-width: 1.4; opacity: .95; } .m.about .head { fill: var(--about); opacity: 1; }
.m.about.dropped path { stroke: var(--cut); } .m.about.lost path { stroke: var(--broken); }
.m:hover path, .m.picked path { stroke-width: 2.6; opacity: 1; }
.m .words { font-size: 9.5px; fill: var(--about); text-anchor: middle; paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
.m[hidden], .no-routine .m.routine { display: none; }
.run { stroke: var(--paper); stroke-width: 1; } .run.ok { fill: var(--ok); } .run.refused { fill: var(--refused); } .run.unknown { fill: var(--unknown); }
.run.open { fill: none; stroke: var(--unknown); stroke-dasharray: 3 2; } .run.instance { fill: var(--instance); } .run.turn { fill: var(--instance); opacity: .7; }
.run.quiet { opacity: .33; } .run.marked { stroke: var(--broken); stroke-width: 2; } .run:hover { opacity: 1; }
.paper { fill: var(--paper); opacity: .86; } .leader { fill: none; stroke: var(--muted); }
.scene .label.quiet > text { fill: var(--muted); font-size: 10.5px; } .scene .label.marked > text { fill: var(--broken); font-weight: 620; }
.badge circle { fill: var(--broken); stroke: var(--paper); stroke-width: 1.5; } .scene .badge text { fill: #fff; font-weight: 680; font-size: 10.5px; text-anchor: middle; }
.dot { fill: var(--about); stroke: var(--paper); stroke-width: 1.2; }
.everywhere { stroke: var(--broken); stroke-width: 1.6; stroke-dasharray: 6 4; }
.view path { stroke: var(--ink); stroke-width: 1.4; } .view rect { fill: var(--paper); stroke: var(--ink); } .scene .view text { font-size: 9.5px; font-weight: 600; text-anchor: middle; }
@media print { .tools, #pointed { display: none; } .heads { position: static; } }
`;
