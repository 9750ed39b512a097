// Every rule: its state, what it costs in cases, and how often it was right.

import { html } from "../vendor/lit-html/lit-html.js";
import { both, number, percent, say, t } from "../shell/language.js";
import { list } from "../shell/list.js";
import { may } from "../shell/person.js";
import { link, replace } from "../shell/route.js";
import { clockTime } from "../shell/time.js";
import { sparkline } from "./sparkline.js";
import { STATUSES, statusesOf, word } from "./words.js";

export function tagsOf(state) {
  const inks = { "in-force": "green", "on-trial": "blue", withdrawn: "quiet" };
  return statusesOf(state).map((name) => html`<span class="tag ${inks[name]}">${word(STATUSES, name)}</span> `);
}

export function titleOf({ title, rule }) {
  return title ? both(title.zh, title.en) : [rule, ""];
}

export function precisionOf({ precision }) {
  if (precision.share === null) return html`<span class="quiet" title=${say("近 90 天没有经人核实的传感器案件", "no sensor case of 90 days was inspected")}>–</span>`;
  return html`${percent(precision.share)} <small>${precision.real}/${precision.inspected}</small>`;
}

const within = (state, days) => state.caseload.find((each) => each.days === days);

const COLUMNS = [
  { name: "rule", title: { zh: "规则", en: "Rule" }, value: (state) => state.rule, cell: (state) => html`${titleOf(state)[0]}<small>${state.rule}</small>` },
  { name: "state", title: { zh: "状态", en: "State" }, value: (state) => statusesOf(state).join(" "), cell: tagsOf },
  { name: "cases_30", title: { zh: "30 天案件", en: "Cases, 30 d" }, number: true, value: (state) => within(state, 30).cases, cell: (state) => number(within(state, 30).cases, 0) },
  { name: "days", title: { zh: "逐日", en: "By day" }, sort: false, narrow: true, value: (state) => state.days.join(" "), cell: (state) => sparkline(state.days) },
  { name: "cases_7", title: { zh: "7 天", en: "7 d" }, number: true, narrow: true, value: (state) => within(state, 7).cases, cell: (state) => number(within(state, 7).cases, 0) },
  { name: "cases_90", title: { zh: "90 天", en: "90 d" }, number: true, narrow: true, value: (state) => within(state, 90).cases, cell: (state) => number(within(state, 90).cases, 0) },
  { name: "events_30", title: { zh: "30 天事件", en: "Events, 30 d" }, number: true, value: (state) => within(state, 30).events, cell: (state) => number(within(state, 30).events, 0) },
  { name: "precision", title: { zh: "属实率", en: "Precision" }, number: true, value: (state) => state.precision.share, cell: precisionOf },
  { name: "trial_events", title: { zh: "试行事件", en: "On trial" }, number: true, narrow: true, value: (state) => (state.trial ? state.trial_events : null), cell: (state) => (state.trial ? number(state.trial_events, 0) : "") },
  { name: "in_force_from", title: { zh: "生效自", en: "In force from" }, narrow: true, cell: (state) => (state.in_force_from ? clockTime(state.in_force_from) : "") },
];

export function rulesList(states, query) {
  const words = (query.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = query.get("state") ?? "";
  const rows = states.filter((state) => {
    const text = `${state.rule} ${state.pack} ${state.title?.zh} ${state.title?.en}`.toLowerCase();
    return words.every((each) => text.includes(each)) && (!wanted || statusesOf(state).includes(wanted));
  });
  const filter = (changed) => replace("rules", [], { ...Object.fromEntries(query), ...changed });
  return html`<div class="page">
    <div class="head">
      <h1>${say("规则", "Rules")}</h1>
      <a class="button" href=${link("rules", ["backtests"])}>${say("回测记录", "Backtests")}</a>
      ${may("rules.try") ? html`<a class="button main" href=${link("rules", ["new"])}>${say("新建规则", "New rule")}</a>` : ""}
    </div>
    <div class="panel">${list({
      name: { zh: "规则", en: "rules" }, rows, columns: COLUMNS, key: (state) => state.rule, href: (state) => link("rules", [state.rule]),
      order: { column: "cases_30", down: true },
      nothing: states.length ? { zh: "没有符合条件的规则。", en: "No rule fits." } : { zh: "还没有规则。", en: "There are no rules yet." },
      tools: html`<label>${say("查找", "Find")} <input type="search" data-search .value=${query.get("q") ?? ""} @input=${(event) => filter({ q: event.target.value })}></label>
        <label>${say("状态", "State")} <select @change=${(event) => filter({ state: event.target.value })}>
          <option value="">${say("全部", "all")}</option>
          ${Object.entries(STATUSES).map(([name, text]) => html`<option value=${name} ?selected=${name === wanted}>${t(text)}</option>`)}
        </select></label>`,
    })}</div>
    <p class="quiet">${say("案件与事件按生效版本计；属实率：近 90 天仅由传感器发现、且经人核实的案件中属实的比例。", "Cases and events are those of versions in force. Precision: of the cases of 90 days that sensors alone found and people inspected, those that were real.")}</p>
  </div>`;
}
