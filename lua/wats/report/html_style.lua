-- wats.report.html_style: how the page of a report looks: light and dark, on paper, in narrow
-- windows. No character in it needs escaping in XML.

local html_style = {}

local BASE = [[
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#5c6670;--line:#d8dee4;--soft:#f4f6f8;
--P:#18794e;--F:#c8102e;--E:#a1360b;--T:#7a4dbf;--U:#8a6100;--D:#3f5f7f;--S:#5c6670;--bad:#fdecee;
--k1:#0b66c3;--k2:#c8501e;--k3:#18794e;--k4:#8b3fb3;--k5:#a67c00;--k6:#0d8a94;--k7:#c2307f;
--k8:#5c6670}
@media screen and (prefers-color-scheme:dark){:root{--bg:#14181d;--fg:#e4e8ec;--dim:#9aa5b0;
--line:#343c45;--soft:#1d232a;--P:#4cc38a;--F:#ff7a85;--E:#ff9a6b;--T:#bd9bf5;--U:#e0b23c;
--D:#8fb4dc;
--S:#9aa5b0;--bad:#3a1d22;--k1:#62aef7;--k2:#ff9a6b;--k3:#4cc38a;--k4:#cf9bf0;--k5:#e0b23c;
--k6:#45c7d1;--k7:#f783bd;--k8:#9aa5b0}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.2em 1.5em 3em;max-width:84em;background:var(--bg);color:var(--fg);
font:15px/1.45 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5em;margin:0;display:flex;flex-wrap:wrap;gap:.2em .6em;align-items:baseline}
h1 .vd{padding:.1em .55em;border-radius:.3em;color:var(--bg);background:var(--c)}
h1 small{font-size:.62em;font-weight:normal;color:var(--dim)}
h2{font-size:1.1em;margin:1.8em 0 .5em;break-after:avoid}
.P{--c:var(--P)}.F{--c:var(--F)}.E{--c:var(--E)}.T{--c:var(--T)}.U,.X{--c:var(--U)}.D{
--c:var(--D)}
.S{--c:var(--S)}
dl{font-size:.93em;display:grid;
grid-template-columns:repeat(auto-fill,minmax(23em,1fr));gap:.3em 1.6em;
margin:1.1em 0}
dl div{display:flex;gap:.7em;min-width:0}
dl .wide{grid-column:1/-1}
dt{flex:0 0 7.8em;white-space:nowrap;color:var(--dim)}
dd{margin:0;min-width:0;font-weight:500}
.no{color:var(--dim)}
label{margin-right:1.2em;cursor:pointer}
label[for=oa]{display:none}
@supports selector(::details-content){label[for=oa]{display:inline}}
.bar{display:inline}
.r{display:grid;grid-template-columns:5.4em minmax(11em,1fr) 9.5em 4em 7em 7em 6.6em 4.6em;
gap:0 .7em;padding:.13em .5em;border-bottom:1px solid var(--line);break-inside:avoid}
.r:target,details:target>.r{outline:2px solid var(--k1)}
.r>*{grid-row:1;min-width:0}
.r>b{color:var(--c);font-weight:600}
.n{grid-column:2;padding-left:calc(var(--d,0)*1.15em + 1.05em);position:relative}
.v,.l,.h,.t{text-align:right;font-variant-numeric:tabular-nums}
.v{grid-column:3}.z{font-size:.8em;padding-top:.2em;white-space:nowrap;justify-self:end}
.u{grid-column:4}.l{grid-column:5}.h{grid-column:6}.lt{grid-column:5/7;
padding-left:1.2em}
.c{grid-column:7;color:var(--dim);font-size:.85em;padding-top:.15em}.t{grid-column:8;
color:var(--dim)}
#failures .t{color:var(--fg);font-size:.85em;padding-top:.15em;white-space:nowrap;
justify-self:end}#failures .head>.t{color:inherit;font-size:.9em;padding:0}
.e>.n{grid-column:2/8}
.w{grid-column:2/-1;grid-row:auto;padding-left:calc(var(--d,0)*1.15em + 1.05em)}
.w b,.f b{font-weight:500;color:var(--dim)}
.bad{background:var(--bad)}
.bad .v{font-weight:700;color:var(--F)}
.m .n{color:var(--dim)}
.head>.c{font-size:.9em;padding:0}.head>*{font-size:.9em}
.head{position:sticky;top:0;z-index:1;background:var(--bg);border-bottom:2px solid var(--line);
color:var(--dim)}
.n small{font-weight:normal;color:var(--dim);margin-left:.8em}
.q>summary .n{font-weight:600}
summary{list-style:none;cursor:pointer}
summary::-webkit-details-marker{display:none}
summary:hover{background:var(--soft)}
summary:focus-visible{outline:2px solid var(--k1)}
summary .n::before{content:"\25B8";position:absolute;margin-left:-1.05em;color:var(--dim)}
details[open]>summary .n::before{content:"\25BE"}
.x{margin-left:calc(var(--d,0)*1.15em + 7.6em);padding:.2em .5em .5em;
border-left:2px solid var(--line)}
.f{margin:.1em 0}
.g{padding:.35em .5em .1em 6.6em;color:var(--dim);border-bottom:1px solid var(--line);
break-after:avoid}
.a{padding-left:7.55em}
pre{margin:.3em 0;padding:.45em .7em;background:var(--soft);border-radius:.25em;
white-space:pre-wrap;
font:.87em/1.4 ui-monospace,"DejaVu Sans Mono",Consolas,monospace}
figure{margin:.6em 0;max-width:46em;break-inside:avoid}
figcaption{font-weight:500}
svg{display:block;width:100%;height:auto;font-size:11px}
svg text{fill:var(--dim)}.tx,.tl{text-anchor:middle}.ty{text-anchor:end}.tl{font-size:12px}
.fr{fill:none;stroke:var(--line)}.gr{stroke:var(--line);fill:none}
.cv{fill:none;stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}
.pt{stroke-width:5}
.li{stroke:var(--F);stroke-dasharray:6 4;stroke-width:1.3;fill:none}
.lg{margin:.1em 0;font-size:.88em;display:flex;flex-wrap:wrap;gap:.1em 1.2em;color:var(--dim)}
.lg i{display:inline-block;width:1.5em;border-top-style:solid;border-top-width:3px;
margin-right:.45em;vertical-align:middle}
.lg .kl{border-top-style:dashed;border-color:var(--F)}
img{max-width:100%;max-height:24em;background:var(--soft)}
table{border-collapse:collapse;margin:.4em 0;font-size:.95em}
caption{text-align:left;font-weight:500;padding:.2em 0}
th,td{text-align:left;vertical-align:top;padding:.2em 1.3em .2em .5em;
border-bottom:1px solid var(--line)}
th{color:var(--dim);font-weight:500;white-space:nowrap}td{min-width:8em}
tr{break-inside:avoid}
.num{text-align:right;font-variant-numeric:tabular-nums}
a{color:inherit;text-decoration-color:var(--dim)}
#of:checked~main .ok{display:none}
#oa:checked~main details::details-content{content-visibility:visible;block-size:auto;opacity:1}
@media screen and (max-width:56em){.r{
grid-template-columns:5em minmax(7em,1fr) 6.5em 3em 5.5em 5.5em}
.c,#steps .t{display:none}.t{grid-column:7}#failures .r{
grid-template-columns:5em minmax(7em,1fr) 6.5em 3em 5.5em 5.5em 4.6em}.e>.n{grid-column:2/-1}
.x{margin-left:1em}.g{padding-left:6.1em}body{padding:.8em}}
@media screen and (max-width:36em){
.r,#failures .r{grid-template-columns:4.6em 1fr 6em 4.4em}.l,.h,.lt,.t{grid-row:2}
.u{grid-column:4}.l{grid-column:2}.h{grid-column:3}.lt{grid-column:2/-1}.t{grid-column:4}
.head .u,.head .l,.head .h,.head .t{display:none}}
@media screen{table{display:block;overflow-x:auto}}
@page{margin:12mm}
@media print{body{font-size:8.5pt;padding:0;max-width:none}.bar,input{display:none !important}
.head{position:static}.r{
grid-template-columns:5em minmax(9em,1fr) 8.5em 3.4em 6.4em 6.4em 6.2em 4.2em}
summary .n::before{content:none !important}h1 .vd,.bad,pre{print-color-adjust:exact;
-webkit-print-color-adjust:exact}
a{text-decoration:none}}
]]

-- The style sheet for a tree this deep. Far down the indent no longer grows, so that there is
-- room left for names.
---@param depth integer
---@param colours integer
---@return string
function html_style.css(depth, colours)
  local parts = { BASE }
  for i = 1, depth do parts[#parts + 1] = (".d%d{--d:%d}"):format(i, math.min(i, 14)) end
  for i = 1, colours do
    parts[#parts + 1] = (".k%d{stroke:var(--k%d);border-color:var(--k%d)}"):format(i, i, i)
  end
  return table.concat(parts)
end

return html_style
