// What narrows a list of cases; it stands in the address, so that it can be sent to somebody.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { both, say, t } from "../shell/language.js";
import { replace } from "../shell/route.js";
import { nameOf } from "./departments.js";
import { LEVELS, LIGHTS, SEVERITIES, STATES, ENDS, word } from "./words.js";

export const NAMES = ["text", "light", "severity", "code", "department", "area", "exercise", "level", "state"];

// Where the reader was among the lists: the way back from a case leads there.
export const last = { query: {} };

// What the API is asked of the address; `all` cases know states, work lists know levels.
export function asked(query, all) {
  const given = Object.fromEntries(NAMES.map((name) => [name, query.get(name)]).filter(([, value]) => value));
  delete given[all ? "level" : "state"];
  return given;
}

export function change(query, changes) {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  replace("cases", [], next);
}

let typing = 0;

// classes: [[code, {zh, en}]]; departments: of departments.js
export function filters(query, { all, leader, classes, departments }) {
  const set = (name) => (event) => change(query, { [name]: event.target.value.trim() });
  const soon = (name) => (event) => {
    clearTimeout(typing);
    const value = event.target.value.trim();
    typing = setTimeout(() => change(query, { [name]: value }), 300);
  };
  const any = say("全部", "any");
  const select = (name, label, options) => html`<label>${label}
    <select @change=${set(name)} data-filter=${name}>
      <option value="" ?selected=${!query.get(name)}>${any}</option>
      ${options.map(([value, text]) => html`<option value=${value} ?selected=${query.get(name) === value}>${text}</option>`)}
    </select></label>`;
  const words = (table, names = Object.keys(table)) => names.map((name) => [name, word(table, name)]);
  const some = NAMES.some((name) => query.get(name));
  return html`<form class="filters" role="search" aria-label=${say("筛选", "Filters")} @submit=${(event) => event.preventDefault()}>
    <label class="search"><span class="hidden">${say("编号、名称、地点", "Number, title, place")}</span>
      <input type="search" data-search data-filter="text" placeholder=${say("编号、名称、地点", "Number, title, place")} .value=${query.get("text") ?? ""} @input=${soon("text")}></label>
    ${select("light", say("灯", "Light"), words(LIGHTS))}
    ${all ? select("state", say("状态", "State"), words(STATES, Object.keys(STATES).filter((name) => query.get("closed") || !ENDS.has(name)))) : nothing}
    ${select("severity", say("等级", "Severity"), words(SEVERITIES))}
    <label>${say("类别", "Class")} <input class="code" list="classes" data-filter="code" size="7" placeholder="0506" .value=${query.get("code") ?? ""} @change=${set("code")}></label>
    <datalist id="classes">${classes.map(([code, name]) => html`<option value=${code}>${both(name.zh, name.en).filter(Boolean).join(" · ")}</option>`)}</datalist>
    ${select("department", say("部门", "Department"), departments.map((each) => [each.code, nameOf(each)]))}
    <label>${say("区域", "Area")} <input class="area" data-filter="area" inputmode="numeric" pattern="\\d{6}|\\d{9}|\\d{12}|\\d{14,15}" size="12" placeholder=${say("区划码", "area code")} title=${say("6、9、12 或 15 位区划码", "code of 6, 9, 12 or 15 digits")} .value=${query.get("area") ?? ""} @change=${(event) => event.target.reportValidity() && set("area")(event)}></label>
    ${leader ? select("level", say("层级", "Level"), [2, 3, 4].map((level) => [String(level), t(LEVELS[level])])) : nothing}
    ${select("exercise", say("演练", "Exercise"), [["false", say("仅真实", "real only")], ["true", say("仅演练", "exercises only")]])}
    ${some ? html`<button type="button" class="plain" @click=${() => change(query, Object.fromEntries(NAMES.map((name) => [name, ""])))}>${say("清除", "Clear")}</button>` : nothing}
  </form>`;
}
