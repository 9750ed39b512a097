// The cases that a number counts.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { number, say, t } from "../shell/language.js";
import { list } from "../shell/list.js";
import { link } from "../shell/route.js";
import { clockTime } from "../shell/time.js";
import { STATES } from "../cases/words.js";

const COLUMNS = [
  { name: "number", title: { zh: "案件", en: "Case" }, cell: (row) => html`${say(row.title_zh, row.title_en)}<small>${row.number} · ${row.grid_cell ?? "–"}</small>`, value: (row) => row.number },
  { name: "state", title: { zh: "状态", en: "State" }, cell: (row) => html`${t(STATES[row.state] ?? row.state)}<small>${marks(row)}</small>` },
  { name: "opened", title: { zh: "受理", en: "Opened" }, cell: (row) => clockTime(row.opened) },
];

export function behind(page) {
  const { by, key, title, counts, measure, exempt } = page.opened;
  const { month, area } = page.asked;
  const words = (name) => say(page.known.measures[name]?.zh ?? name, name.replaceAll("_", " "));
  const tabs = Object.entries(counts).map(([name, count]) => html`<button type="button" aria-pressed=${String(name === measure)} @click=${() => page.open({ ...page.opened, measure: name })}>${words(name)}: ${number(count, 0)}</button>`);
  return html`<aside id="behind" class="panel flush" tabindex="-1" aria-label=${say("数字背后的案件", "The cases behind a number")}>
    <div class="head"><h2>${title}</h2><button type="button" class="plain" aria-label=${say("关闭", "Close")} @click=${() => page.open(null)}>✕</button></div>
    <div class="measures">${tabs}</div>
    ${exempt === false ? html`<p class="quiet">${say("不含申诉豁免案件", "without exempt cases")}</p>` : nothing}
    ${list({
      name: { zh: title, en: title }, path: "evaluation/cases", query: { period: month, area, by, key, measure, exempt },
      columns: COLUMNS, href: (row) => link("cases", [row.number]), key: (row) => row.number,
      nothing: { zh: "没有案件。", en: "No case." },
    })}
  </aside>`;
}

function marks(row) {
  const late = row.handled_in_time;
  return [
    late === null ? "" : late ? say("按期处置", "handled in time") : say("超期处置", "handled late"),
    row.reworks ? say(`返工 ${row.reworks}`, `reworked ${row.reworks}`) : "",
    row.exempt ? say("申诉豁免", "exempt") : "",
  ].filter(Boolean).join(" · ");
}
