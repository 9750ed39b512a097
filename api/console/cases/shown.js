// How a case looks wherever it is listed: what, where, whose, and how long is left.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { both, say } from "../shell/language.js";
import { link } from "../shell/route.js";
import { clockTime } from "../shell/time.js";
import "./clock.js";
import { ENDS, SEVERITIES, SOURCES, STATES, VERBS, word } from "./words.js";

export const hrefOf = (number) => link("cases", [number]);

export function titleOf(it) {
  return both(it.title_zh, it.title_en)[0] || it.code;
}

export function placeOf(it) {
  return it.component_name || it.address || it.component || it.grid_cell || "–";
}

export function departmentOf(it) {
  return it.handed_to || both(it.department_zh, it.department_en)[0] || it.department || "–";
}

export function clockOf(it) {
  const ended = ENDS.has(it.state) ? word(STATES, it.state) : "";
  return html`<case-clock due=${it.stage_due ?? nothing} yellow=${it.stage_yellow ?? nothing} ended=${ended || nothing}></case-clock>`;
}

export function severityTag(severity) {
  return html`<span class="tag ${severity}">${word(SEVERITIES, severity)}</span>`;
}

// What makes a case stand out among others: exercise, supervised, urged, returned, reworked, asked for.
export function marksOf(it) {
  const marks = [
    it.exercise && ["orange", say("演练", "exercise")],
    it.supervised && ["red", say("督办", "supervised")],
    it.urges > 0 && ["orange", say(`催办 ${it.urges}`, `urged ${it.urges}×`)],
    it.reworks > 0 && ["yellow", say(`返工 ${it.reworks}`, `reworked ${it.reworks}×`)],
    it.returns > 0 && ["yellow", say(`退回 ${it.returns}`, `returned ${it.returns}×`)],
    it.request && ["blue", word(VERBS, it.request)],
  ].filter(Boolean);
  return marks.map(([colour, text]) => html`<span class="tag ${colour}">${text}</span>`);
}

// Columns of a list of cases, for shell/list.js.
export function columnsOf({ state = true } = {}) {
  return [
    { name: "number", title: { zh: "问题", en: "Problem" }, value: (it) => it.number,
      cell: (it) => html`<span>${titleOf(it)}</span> <small class="quiet">${it.number}</small>` },
    { name: "stage_due", title: { zh: "剩余时限", en: "Time left" }, cell: clockOf },
    state && { name: "state", title: { zh: "状态", en: "State" }, cell: (it) => word(STATES, it.state), value: (it) => word(STATES, it.state) },
    { name: "severity", title: { zh: "等级", en: "Severity" }, cell: (it) => severityTag(it.severity), value: (it) => ["blue", "yellow", "orange", "red"].indexOf(it.severity) },
    { name: "place", title: { zh: "位置", en: "Place" }, cell: placeOf, value: placeOf },
    { name: "department", title: { zh: "责任部门", en: "Department" }, cell: departmentOf, value: departmentOf },
    { name: "source", title: { zh: "来源", en: "Source" }, cell: (it) => word(SOURCES, it.source), value: (it) => word(SOURCES, it.source), narrow: true },
    { name: "opened", title: { zh: "登记", en: "Opened" }, cell: (it) => clockTime(it.opened), narrow: true },
    { name: "marks", title: { zh: "标记", en: "Marks" }, sort: false, narrow: true, cell: (it) => html`<span class="marks">${marksOf(it)}</span>`, value: (it) => [it.exercise && "exercise", it.supervised && "supervised", it.request].filter(Boolean).join(" ") },
  ].filter(Boolean);
}
