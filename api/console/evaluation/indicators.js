// Every indicator: of the whole, or one of them by department, area, post or person.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { number, say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { may } from "../shell/person.js";
import { behindOf, named, opener, rate, rowName } from "./numbers.js";

const DIMENSIONS = {
  total: ["合计", "Total"], department: ["部门", "Department"], district: ["区县", "District"], street: ["街道", "Street"],
  community: ["社区", "Community"], cell: ["单元网格", "Grid cell"], role: ["岗位", "Post"], person: ["人员", "Person"],
};
const OF_PEOPLE = new Set(["role", "person"]);

export function indicators(page, query = new URLSearchParams(location.hash.split("?")[1])) {
  const by = query.get("by") in DIMENSIONS ? query.get("by") : "total";
  const asked = page.one(query.get("indicator") ?? "") ? query.get("indicator") : "closing_rate";
  const change = (event) => page.filter({ [event.target.name]: event.target.value });
  const allowed = Object.entries(DIMENSIONS).filter(([name]) => !OF_PEOPLE.has(name) || may("evaluation.persons"));
  const tools = html`<h2>${say("各项指标", "Every indicator")}</h2>
    <label>${say("维度", "By")} <select name="by" @change=${change}>${allowed.map(([name, words]) => html`<option value=${name} ?selected=${name === by}>${say(...words)}</option>`)}</select></label>
    ${by === "total" ? nothing : html`<label>${say("指标", "Indicator")} <select name="indicator" @change=${change}>${page.known.indicators.map((each) => html`<option value=${each.name} ?selected=${each.name === asked}>${named(each)}</option>`)}</select></label>`}`;
  const { month, area } = page.asked;
  return page.shown("evaluation", { period: month, area, by }, ({ rows }) => {
    const table = by === "total" ? ofTheWhole(page, rows[0]) : byRow(page, by, rows, asked);
    return html`<section class="panel flush" id="indicators">${list({ name: { zh: "指标", en: "Indicators" }, tools, nothing: { zh: "没有案件。", en: "No case." }, ...table })}</section>`;
  });
}

// The two counts of an indicator, each opening its cases.
function counts(page, by, row, name) {
  const one = page.one(name);
  const { top, bottom } = row.indicators[name];
  return [[top, one.top], [bottom, one.bottom]].map(([count, measure]) => () => opener(page, number(count), count, behindOf(page, by, row, name, measure)));
}

const NUMBERS = { value: { zh: "值", en: "Value" }, top: { zh: "分子", en: "Numerator" }, bottom: { zh: "分母", en: "Denominator" } };

function columnsOf(page, by, first, pick) {
  return [
    first,
    { name: "value", number: true, title: NUMBERS.value, value: (each) => pick(each).value, cell: (each) => rate(page, by, pick(each).row, pick(each).name) },
    { name: "top", number: true, title: NUMBERS.top, value: (each) => pick(each).top, cell: (each) => counts(page, by, pick(each).row, pick(each).name)[0]() },
    { name: "bottom", number: true, title: NUMBERS.bottom, value: (each) => pick(each).bottom, cell: (each) => counts(page, by, pick(each).row, pick(each).name)[1]() },
  ];
}

function ofTheWhole(page, row) {
  const rows = row ? page.known.indicators.filter(({ name }) => row.indicators[name]) : [];
  const first = { name: "name", title: { zh: "指标", en: "Indicator" }, value: named, cell: (each) => html`<b>${named(each)}</b><small>${say(each.formula_zh, each.formula_en)}</small>` };
  return { rows, columns: columnsOf(page, "total", first, (each) => ({ row, name: each.name, ...row.indicators[each.name] })), key: ({ name }) => name };
}

function byRow(page, by, rows, name) {
  const first = { name: "name", title: { zh: DIMENSIONS[by][0], en: DIMENSIONS[by][1] }, value: (row) => rowName(page, by, row), cell: (row) => html`<b>${rowName(page, by, row)}</b>` };
  const counted = rows.filter((row) => row.indicators[name]?.bottom);
  return { rows: counted, columns: columnsOf(page, by, first, (row) => ({ row, name, ...row.indicators[name] })), key: ({ key }) => key, order: { column: "value", down: true } };
}
