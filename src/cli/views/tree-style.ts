/** The look of the page of `crikit tree -o html`: colours by name, so that dark is another set of them and nothing else. */
export const treeStyle = `
:root{--paper:#fff;--ink:#1f2328;--soft:#57606a;--card:#f6f8fa;--line:#d0d7de;--blue:#0550ae;--blue-soft:#ddf4ff;--gold:#7d4e00;--gold-soft:#fff8c5;--red:#a40e26;--red-soft:#ffebe9;--grey-soft:#eaeef2}
@media (prefers-color-scheme:dark){:root{--paper:#0d1117;--ink:#e6edf3;--soft:#9198a1;--card:#161b22;--line:#30363d;--blue:#79c0ff;--blue-soft:#0c2d6b;--gold:#e3b341;--gold-soft:#3b2300;--red:#ffa198;--red-soft:#5d0f12;--grey-soft:#21262d}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:96rem;padding:2rem 1.5rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
h1{margin:0 0 .25rem;font-size:1.9rem;letter-spacing:-.01em}
header p{margin:.25rem 0;color:var(--soft)}
time{white-space:nowrap}
code,.chip{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.875em}
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,34rem),1fr));gap:1.25rem;margin-top:1.5rem;align-items:start}
.pod{background:var(--card);border:1px solid var(--line);border-top:4px solid var(--blue);border-radius:10px;padding:1.1rem 1.25rem;min-width:0}
.wrong{border-color:var(--red)}
h2{margin:0;font-size:1.3rem;overflow-wrap:anywhere}
.facts{list-style:none;display:flex;flex-wrap:wrap;gap:.1rem 1rem;margin:.2rem 0 .9rem;padding:0;color:var(--soft)}
.facts li{overflow-wrap:anywhere;min-width:0}
details{border-left:3px solid var(--line);padding:.15rem 0 .35rem .9rem;margin:.6rem 0}
.container{border-left-color:var(--blue)}
summary{cursor:pointer}
h3{display:inline;font-size:1.05rem;color:var(--blue);overflow-wrap:anywhere}
.sandbox h3{color:var(--soft)}
.state{color:var(--soft)}
.chips,.legend{display:flex;flex-wrap:wrap;gap:.35rem .4rem;align-items:center;margin:.4rem 0}
.chip{padding:.05rem .5rem;border:1px solid transparent;border-radius:999px;background:var(--blue-soft);color:var(--blue);white-space:nowrap}
.chip.own{background:var(--gold-soft);color:var(--gold)}
.chip.host{background:var(--grey-soft);color:var(--soft)}
.chip.broken{background:var(--red-soft);color:var(--red);border-color:var(--red);font-weight:700}
.legend .chip{margin-left:.6rem}.legend .chip:first-child{margin-left:0}
.reason{color:var(--red);margin:.3rem 0;font-weight:600}
ul.processes,ul.processes ul{list-style:none;margin:.2rem 0 0;padding:0}
ul.processes ul{padding-left:1.1rem;border-left:1px dotted var(--line);margin-left:.4rem}
.processes code{overflow-wrap:anywhere}
@media print{body{max-width:none}.pod{break-inside:avoid}}
`.trim();
