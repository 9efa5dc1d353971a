/** The page's style. Colours are in custom properties, by the theme that the device asks for. */
export const style = `
:root{color-scheme:light dark;
--ground:#f6f7f9;--card:#fff;--ink:#16191d;--soft:#59626d;--line:#dfe3e8;--well:#f3f5f8;
--blue:#1d5fd1;--on-blue:#fff;--blue-well:#e8f0fe;
--good:#14703c;--good-well:#e6f5ec;--warning:#8a5200;--warning-well:#fdf2df;--bad:#b3261e;--bad-well:#fdecea;
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;color:var(--ink);background:var(--ground)}
@media (prefers-color-scheme:dark){:root{
--ground:#0f1216;--card:#171b21;--ink:#e8ebef;--soft:#a0a9b4;--line:#2b323b;--well:#10141a;
--blue:#7aacff;--on-blue:#0b1524;--blue-well:#1a2a45;
--good:#6fd39b;--good-well:#12291d;--warning:#f0b95a;--warning-well:#2c2212;--bad:#ff9d94;--bad-well:#331a19}}
*{box-sizing:border-box}
body{margin:0;padding:0 1.25rem 4rem}
header,main{max-width:50rem;margin:0 auto}
header{display:flex;align-items:center;justify-content:space-between;gap:1rem;padding:1.1rem 0}
.brand{display:flex;align-items:center;gap:.55rem;margin:0;font-weight:700;letter-spacing:-.01em}
.brand svg{width:1.5rem;height:1.5rem;fill:var(--blue)}
.brand path+path{fill:none;stroke:var(--ground);stroke-width:3}
nav{display:flex;gap:1.1rem;font-size:.92rem}
a{color:var(--blue);text-underline-offset:.2em}
nav a{color:var(--soft);text-decoration:none;white-space:nowrap}
nav a:hover{color:var(--ink);text-decoration:underline}
h1{margin:1.6rem 0 .3rem;font-size:clamp(1.6rem,1.2rem + 2vw,2.2rem);line-height:1.15;letter-spacing:-.025em;text-wrap:balance}
.intro{margin:0 0 1.8rem;color:var(--soft);font-size:1.05rem;max-width:36rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.6rem;margin:0 0 1.25rem;scroll-margin-top:1rem}
h2{margin:0 0 .9rem;font-size:1.25rem;line-height:1.25;letter-spacing:-.015em}
h3{margin:1.4rem 0 .5rem;font-size:1.02rem;line-height:1.4}
h4{margin:0 0 .3rem;font-size:.92rem}
p{margin:0 0 .7rem}
p,li{text-wrap:pretty}
.lead{color:var(--soft)}
.phone{margin:1rem 0;display:flex;gap:1rem;align-items:center;flex-wrap:wrap}
.phone figcaption{flex:1 1 12rem;color:var(--soft)}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.875em}
code{overflow-wrap:anywhere}
pre code{font-size:1em}
.tabs{border:0;margin:0;padding:.25rem;display:flex;flex-wrap:wrap;gap:.15rem;background:var(--well);border-radius:10px}
.tabs legend,.visually-hidden,.tabs input{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap;margin:0;padding:0}
.tabs label{padding:.4rem .7rem;border-radius:7px;font-size:.92rem;font-weight:500;color:var(--soft);cursor:pointer}
.tabs label:hover{color:var(--ink)}
.tabs input:checked+label{background:var(--card);color:var(--ink);box-shadow:0 1px 2px #0002,0 0 0 1px var(--line)}
.tabs input:focus-visible+label,a:focus-visible,summary:focus-visible,button:focus-visible,pre:focus-visible,select:focus-visible,input:focus-visible{outline:2px solid var(--blue);outline-offset:2px}
@supports selector(:has(a)){.panel,.others,.files li{display:none}
.set-up:has(#s-linux:checked) .on-linux,.set-up:has(#s-macos:checked) .on-macos,.set-up:has(#s-windows:checked) .on-windows,.set-up:has(#s-ios:checked) .on-ios,.set-up:has(#s-android:checked) .on-android,.set-up:has(#s-browsers:checked) .on-browsers,.set-up:has(#s-ci:checked) .on-ci{display:block}}
.panel h3{margin-top:1.3rem}
.badge{display:inline-block;margin-left:.4rem;padding:.1rem .55rem;border-radius:99px;background:var(--good-well);color:var(--good);font-size:.75rem;font-weight:600;vertical-align:.1em}
.steps{list-style:none;margin:1.1rem 0 .4rem;padding:0;counter-reset:step}
.steps>li{position:relative;padding:0 0 1rem 2.4rem;counter-increment:step}
.steps>li:before{content:counter(step);position:absolute;left:0;top:.05rem;width:1.55rem;height:1.55rem;border-radius:50%;background:var(--blue-well);color:var(--blue);font-size:.82rem;font-weight:700;display:grid;place-items:center}
.steps>li:not(:last-child):after{content:"";position:absolute;left:.75rem;top:1.95rem;bottom:.25rem;width:1px;background:var(--line)}
.steps p{margin:0 0 .5rem}
.copy-box{position:relative;margin:0 0 .3rem}
.copy-box pre{margin:0;padding:.65rem 5.4rem .65rem .85rem;background:var(--well);border:1px solid var(--line);border-radius:9px;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.5;tab-size:8}
.word{display:inline-block;max-width:100%;vertical-align:top}
.copy{position:absolute;top:.45rem;right:.45rem;min-width:4.4rem;visibility:hidden;padding:.25rem .6rem;border:1px solid var(--line);border-radius:7px;background:var(--card);color:var(--ink);font:500 .82rem/1.4 inherit;font-family:inherit;cursor:pointer}
.copy:hover{border-color:var(--soft)}
.js .copy{visibility:visible}
.notes{margin:.4rem 0 1.1rem;padding-left:1.1rem;color:var(--soft);font-size:.94rem}
.notes li{margin:0 0 .35rem}
.notes strong,.notes b{color:var(--ink)}
.pair{display:grid;gap:1.1rem 1.6rem;padding:1.1rem 0 0;border-top:1px solid var(--line);font-size:.94rem}
.pair p{color:var(--soft);margin:0 0 .5rem}
@media (min-width:44rem){.pair{grid-template-columns:3fr 2fr}}
.files{list-style:none;margin:.2rem 0 0;padding:0;border:1px solid var(--line);border-radius:9px;overflow:hidden}
.files li{padding:.65rem .85rem;font-size:.94rem}
.files p{margin:.1rem 0 .2rem;color:var(--soft)}
.files summary{color:var(--soft);font-size:.88rem;cursor:pointer}
.files li{border-bottom:1px solid var(--line);margin-bottom:-1px}
.files a{font-weight:500}

.ask{display:flex;flex-wrap:wrap;gap:.8rem;align-items:end}
.field{display:flex;flex-direction:column;gap:.3rem;position:relative}
.field.name{flex:1 1 18rem;min-width:0}
.field label{font-size:.85rem;font-weight:600}
.ask input,.ask select,.ask button{height:2.7rem;border-radius:9px;font:inherit;color:inherit}
.ask input,.ask select{padding:0 .8rem;border:1px solid #8a939e;background:var(--card);width:100%}
.ask input{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.92rem}
.ask input::placeholder{color:var(--soft);opacity:1}
.ask button{border:0;padding:0 1.2rem;background:var(--blue);color:var(--on-blue);font-weight:600;cursor:pointer}
.ask button:hover{filter:brightness(1.08)}
#names{position:absolute;z-index:2;top:calc(100% + .3rem);left:0;right:0;margin:0;padding:.3rem;list-style:none;background:var(--card);border:1px solid var(--line);border-radius:10px;box-shadow:0 12px 32px #0003;max-height:19rem;overflow-y:auto}
#names li{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.1rem 1rem;padding:.45rem .6rem;border-radius:7px;cursor:pointer;font-size:.9rem}
#names li[aria-selected=true]{background:var(--blue-well)}
#names span{color:var(--soft);font-size:.85rem}
#answer:not(:empty){margin-top:1.4rem;padding-top:1.3rem;border-top:1px solid var(--line)}
#answer[aria-busy=true]{opacity:.55}
.verdict{display:flex;gap:.7rem;margin:0 0 1rem;padding:.75rem .95rem;border-radius:10px;font-weight:500;overflow-wrap:anywhere}
.mark{flex:none;width:.7rem;height:.7rem;margin-top:.45rem;border-radius:50%;background:currentColor}
.verdict.good{background:var(--good-well);color:var(--good)}
.verdict.warning{background:var(--warning-well);color:var(--warning)}
.verdict.bad{background:var(--bad-well);color:var(--bad)}
.verdict.bad .mark{border-radius:1px;rotate:45deg}
.verdict.warning .mark{clip-path:polygon(50% 0,100% 100%,0 100%);border-radius:0}
.hint{margin:0 0 .2rem;color:var(--soft)}.hints{margin:0 0 1rem;padding-left:1.1rem}
.chain{list-style:none;margin:0 0 1.2rem;padding:0;display:grid;justify-items:start}
.chain>li>code,.records{display:inline-flex;flex-wrap:wrap;gap:.35rem .5rem;padding:.45rem .75rem;border:1px solid var(--line);border-radius:9px;background:var(--well)}
.records code{padding:.05rem .4rem;border-radius:5px;background:var(--card);border:1px solid var(--line)}
.more{color:var(--soft);font-size:.9rem}
.arrow{display:flex;align-items:center;gap:.5rem;margin-left:1.1rem;padding:.35rem 0 .35rem .8rem;border-left:2px solid var(--line);font-size:.82rem;font-weight:600;position:relative;margin-bottom:.35rem}
.arrow:after{content:"";position:absolute;left:-6px;bottom:-4px;border:5px solid transparent;border-top:6px solid var(--soft);border-bottom:0}
.ttl{color:var(--soft);font-weight:400}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(7rem,1fr));gap:.9rem 1rem;margin:0 0 .4rem;padding:1rem 0;border:solid var(--line);border-width:1px 0}
dt{font-size:.8rem;color:var(--soft)}
dd{margin:0;font-weight:500;overflow-wrap:anywhere}
#answer pre{white-space:pre;overflow-wrap:normal;overflow-x:auto;scrollbar-width:thin;scrollbar-color:var(--soft) transparent;padding-right:.85rem;padding-top:2.9rem;font-size:.82rem}
.table{overflow-x:auto;margin:1.1rem 0}
table{border-collapse:collapse;width:100%;font-size:.94rem}
th,td{text-align:left;vertical-align:top;padding:.5rem 1rem .5rem 0;border-bottom:1px solid var(--line)}
thead th{font-size:.8rem;color:var(--soft);font-weight:500}
tbody th{font-weight:600}
@media (max-width:34rem){body{padding:0 .8rem 3rem}.card{padding:1.15rem 1rem}header{gap:.6rem}nav{gap:.7rem;font-size:.85rem}.ask button{flex:1 1 auto}.field:not(.name){flex:1 1 6rem}.copy-box pre{padding-right:.85rem;padding-bottom:2.9rem}.copy{top:auto;bottom:.45rem}#answer .copy{bottom:auto;top:.45rem}#answer pre{padding-bottom:.7rem}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
@media print{.tabs,.copy,.ask,nav{display:none}}
`
