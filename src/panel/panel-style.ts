let sheet: CSSStyleSheet | undefined

/**
 * The panel's looks. A style sheet that script constructs, for a strict policy (`style-src 'self'`) forbids style elements and
 * attributes.
 */
export function panelStyle(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet()
    sheet.replaceSync(CSS)
  }
  return sheet
}

const CSS = `
:host {
  --back: #ffffff;
  --field: #f1f4f5;
  --text: #182428;
  --soft: #4b5b61;
  --line: #c9d3d7;
  --accent: #0f4c5c;
  --good: #12633f;
  --good-back: #ddf1e6;
  --warn: #6f4300;
  --warn-back: #fbebcd;
  --bad: #a11d1d;
  --bad-back: #fbe0df;
  all: initial;
  position: fixed;
  color-scheme: light dark;
  color: var(--text);
  font: 14px/1.45 system-ui, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :host {
    --back: #182327;
    --field: #10181b;
    --text: #e4ecee;
    --soft: #a7b6bb;
    --line: #34444a;
    --accent: #7fd0dc;
    --good: #86ddb0;
    --good-back: #153526;
    --warn: #f2c878;
    --warn-back: #3a2c0f;
    --bad: #ff9c98;
    --bad-back: #431b1b;
  }
}
[hidden] { display: none !important; }
* { box-sizing: border-box; }
.toggle, .panel {
  position: fixed;
  z-index: 2147483647;
  inset-block-end: max(12px, env(safe-area-inset-bottom));
  inset-inline-end: 12px;
  border: 1px solid var(--line);
  background: var(--back);
  box-shadow: 0 6px 24px rgb(0 0 0 / 0.22);
}
.panel {
  display: flex;
  flex-direction: column;
  inline-size: min(408px, calc(100vw - 24px));
  max-block-size: calc(100vh - 24px);
  max-block-size: calc(100dvh - 24px);
  border-radius: 12px;
  overflow: hidden;
}
@media (max-width: 640px) {
  .panel {
    inset-inline: 0;
    inset-block-end: 0;
    inline-size: 100%;
    max-block-size: 60vh;
    max-block-size: 60dvh;
    border-radius: 12px 12px 0 0;
  }
}
.head, .under, .status { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.head { padding: 12px 12px 4px 16px; }
.head h2 { flex: 1; }
.under { padding: 0 16px 10px; border-block-end: 1px solid var(--line); }
.where { overflow-wrap: anywhere; }
.choice { display: flex; gap: 8px; align-items: center; }
.body { padding: 4px 16px 16px; overflow: auto; }
.body section { padding-block: 12px; border-block-end: 1px solid var(--line); }
.body section:last-child { border: 0; padding-block-end: 0; }
h2, h3, p, dl, dd, ul, ol, pre { margin: 0; padding: 0; }
h2 { font-size: 16px; }
h3 { font-size: 14px; margin-block-end: 8px; }
ul, ol { list-style: none; }
.note { color: var(--soft); font-size: 13px; }
button, select {
  min-block-size: 32px;
  padding: 4px 12px;
  font: inherit;
  color: var(--accent);
  background: var(--back);
  border: 1px solid var(--accent);
  border-radius: 8px;
}
button { cursor: pointer; }
button:hover { text-decoration: underline; }
.toggle { display: flex; gap: 8px; align-items: center; min-block-size: 40px; color: var(--text); border-radius: 20px; }
.dot { inline-size: 10px; block-size: 10px; border-radius: 50%; background: var(--good); }
.toggle[data-tone='warn'] .dot { background: var(--warn); border-radius: 0; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.body:focus-visible { outline-offset: -3px; }
code, pre { font: 12.5px/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { margin-block-start: 4px; padding: 8px; white-space: pre-wrap; background: var(--field); border-radius: 8px; }
.chip { padding: 1px 8px; border: 1px solid var(--line); border-radius: 8px; background: var(--field); font-weight: 600; }
.status[data-status='signed-in'] .chip { color: var(--good); background: var(--good-back); border-color: var(--good); }
.status[data-status='interaction-required'] .chip, [data-tone='warn'] > .chip { color: var(--warn); background: var(--warn-back); border-color: var(--warn); }
.status[data-status='unprotected'] .chip, [data-tone='bad'] > .chip { color: var(--bad); background: var(--bad-back); border-color: var(--bad); }
summary { margin-block-start: 8px; color: var(--accent); cursor: pointer; }
.facts { display: grid; grid-template-columns: minmax(72px, auto) minmax(0, 1fr); gap: 2px 12px; margin-block-start: 8px; }
dt { color: var(--soft); }
dd { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.tokens { display: grid; gap: 12px; }
.tokens .facts { margin-block-start: 4px; }
.tokens + .note { margin-block-start: 8px; }
.warnings { display: grid; gap: 10px; }
.warnings li { overflow-wrap: anywhere; }
.entries { margin-block-start: 4px; }
.entries li { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 10px; padding: 6px 0 6px 10px; border-inline-start: 3px solid var(--line); }
.entries li + li { border-block-start: 1px solid var(--line); }
.entries time { color: var(--soft); font-variant-numeric: tabular-nums; }
.entries [data-tone='good'] { border-inline-start-color: var(--good); }
.entries [data-tone='warn'] { border-inline-start-color: var(--warn); }
.entries [data-tone='bad'] { border-inline-start-color: var(--bad); }
.subject { display: block; }
.entries .code { color: var(--bad); }
.outcome { display: block; color: var(--soft); overflow-wrap: anywhere; }
`
