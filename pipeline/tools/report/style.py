"""The style of the page, light and dark, wide and narrow, in print; and the script that plays its sound."""

STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #667085; --paper: #fff; --line: #e3e7ee; --wash: #f5f7fa;
  --caller: #1769aa; --agent: #2c7a4b; --caller-wash: #1769aa1f; --agent-wash: #2c7a4b1f;
  --bad: #c02b2b; --mark: #9a6b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf0; --soft: #98a2b3; --paper: #14171d; --line: #2b313c;
  --wash: #1c2028; --caller: #6fb4ee; --agent: #74cf98; --caller-wash: #6fb4ee29; --agent-wash: #74cf9829;
  --bad: #ff8a80; --mark: #e0b24f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem clamp(.8rem, 3vw, 2.5rem) 3rem; max-width: 78rem; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.3rem; margin: 0 0 .2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .6rem 1.5rem; margin: 1rem 0 0; }
dt, .soft { color: var(--soft); font-size: .82rem; }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 44rem; height: auto; }
.strips svg { border-bottom: 1px solid var(--line); margin-bottom: .4rem; }
svg text { fill: var(--soft); font-size: 11px; font-family: inherit; }
.line, .tick { stroke: var(--line); fill: none; }
path.caller, path.agent { stroke-width: 1.5; fill: none; }
path.caller { stroke: var(--caller); } path.agent { stroke: var(--agent); }
rect.turn { fill: var(--caller-wash); } rect.answer { fill: var(--agent-wash); }
rect.dropped { fill: none; stroke: var(--soft); stroke-dasharray: 3 3; } rect.answer.cut { stroke: var(--bad); }
path.gap { stroke: var(--mark); fill: none; } text.gap { fill: var(--mark); }
path.cut { stroke: var(--bad); stroke-dasharray: 4 3; fill: none; } text.cut { fill: var(--bad); }
path.clear { stroke: var(--bad); stroke-width: 2; } path.mark { stroke: var(--soft); stroke-width: 2; }
path.fault { fill: var(--bad); }
table { border-collapse: collapse; width: 100%; }
th { text-align: start; color: var(--soft); font-weight: 500; font-size: .82rem; }
th, td { padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n { white-space: nowrap; font-variant-numeric: tabular-nums; }
td.who { white-space: nowrap; } .by-caller { color: var(--caller); } .by-agent { color: var(--agent); }
td p { margin: 0; overflow-wrap: anywhere; } del { color: var(--soft); } .bad { color: var(--bad); }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: 0; margin: .3rem 0 .8rem; list-style: none; }
.key i { display: inline-block; width: .8rem; height: .8rem; border-radius: 3px; margin-inline-end: .35rem; 
  vertical-align: -1px; }
.falls rect { rx: 2px; }
.s0, rect.s0 { fill: #8a94a6; background: #8a94a6; } .s1, rect.s1 { fill: #3b8ed0; background: #3b8ed0; }
.s2, rect.s2 { fill: #a56cc1; background: #a56cc1; } .s3, rect.s3 { fill: #3aa76d; background: #3aa76d; }
.c { background: var(--caller); } .a { background: var(--agent); } .g { background: var(--mark); }
.x { background: var(--bad); }
audio { width: 100%; margin-top: 1rem; }
@media print { svg { min-width: 0; } }
"""

SCRIPT = """
const player = document.querySelector("audio");
for (const strip of document.querySelectorAll("svg[data-start]"))
  strip.addEventListener("click", event => {
    const box = strip.getBoundingClientRect();
    player.currentTime = Number(strip.dataset.start) + 20 * (event.clientX - box.left) / box.width;
    player.play();
  });
"""
