// The month's ranking of departments and areas, with scores, grades and what they are made of.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { both, number, otherLanguage, say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { link } from "../shell/route.js";
import { fullTime } from "../shell/time.js";
import { behindOf, named, opener, percents, rate, rowName } from "./numbers.js";
import { months } from "./months.js";

const RANKED = ["closing_rate", "on_time_handling_rate", "rework_rate"];
const TITLES = {
  department: ["专业部门排名", "Ranking of departments"],
  district: ["区县排名", "Ranking of districts"],
  street: ["街道排名", "Ranking of streets"],
  community: ["社区排名", "Ranking of communities"],
};

export function ranking(page) {
  const { month, area, level } = page.asked;
  return html`${page.shown("evaluation/ranking", { month, area, level }, (made) => html`
      <section class="panel"><h2 id="title">${say(`${made.place.zh}城市管理综合评价（${made.period.zh}）`, `${made.place.en}: evaluation of urban management, ${made.period.name}`)}</h2>
        <p class="quiet">${say("数据截至", "As of")} ${fullTime(made.period.at)}</p>
        ${made.total.indicators.closing_rate.bottom ? nothing : html`<p class="note elsewhere">${elsewhere(page, month)}</p>`}
        ${sums(page, made.total)}
      </section>
      ${ranked(page, "department", made.departments)}
      ${ranked(page, made.level, made.areas)}`)}
    <section class="panel"><h2>${say("本年各月综合得分", "Composite score, the months of the year")}</h2>
      ${page.shown("evaluation", { period: month.slice(0, 4), area, by: "month", cohort: "due" }, ({ rows }) => months(page, rows))}
    </section>`;
}

// Of a month in which nothing fell due: where there is something, or when there will be.
function elsewhere(page, month) {
  const { shown_month: other, next_due: ahead } = page.known;
  const none = say("该月没有应结案件。", "No case fell due in this month.");
  const when = ahead && html` ${say("下一案件的时限：", "The next falls due:")} ${fullTime(ahead)}`;
  if (other === month) return html`${none}${when ?? say("案件立案派遣后，时限到时计入。", " A case counts once it is dispatched and its time is up or it is handled.")}`;
  return html`${none} <a href=${link("evaluation", ["ranking"], { ...page.asked, month: other })}>${say(`见 ${other}`, `See ${other}`)}</a>${when}`;
}

function sums(page, row) {
  const told = [
    [say("应结案", "Due"), number(row.indicators.closing_rate.bottom)],
    ...RANKED.map((name) => [named(page.one(name)), percents(row.indicators[name].value)]),
    [say("申诉豁免", "Exempt"), number(row.exempt)],
  ];
  return html`<dl class="sums">${told.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function ranked(page, by, rows) {
  const due = (row) => row.indicators.closing_rate.bottom;
  const exempt = (row) => ({ ...behindOf(page, by, row, "closing_rate", "due"), title: `${rowName(page, by, row)} · ${say("申诉豁免", "Exempt")}`, counts: { due: row.exempt }, exempt: true });
  const columns = [
    { name: "rank", title: { zh: "名次", en: "Rank" }, cell: (row) => row.rank ?? "–" },
    { name: "name", title: { zh: "名称", en: "Name" }, cell: (row) => twoNames(row), value: (row) => both(row.name.zh, row.name.en)[0] },
    { name: "score", title: { zh: "综合得分", en: "Score" }, cell: score },
    { name: "grade", title: { zh: "等级", en: "Grade" }, cell: (row) => (row.grade ? html`<span class="grade ${row.grade}">${row.grade}</span>` : "–") },
    { name: "due", number: true, title: { zh: "应结案", en: "Due" }, value: due, cell: (row) => opener(page, number(due(row)), due(row), behindOf(page, by, row, "closing_rate", "due")) },
    ...RANKED.map((name) => ({ name, number: true, title: page.one(name), value: (row) => row.indicators[name].value, cell: (row) => rate(page, by, row, name) })),
    { name: "reworked", number: true, title: { zh: "返工", en: "Reworked" }, value: (row) => row.indicators.rework_rate.top, cell: (row) => opener(page, number(row.indicators.rework_rate.top), row.indicators.rework_rate.top, behindOf(page, by, row, "rework_rate")) },
    { name: "exempt", number: true, title: { zh: "豁免", en: "Exempt" }, cell: (row) => opener(page, number(row.exempt), row.exempt, exempt(row)) },
  ];
  return html`<section class="panel flush" data-ranked=${by}>${list({
    name: { zh: TITLES[by][0], en: TITLES[by][1] }, rows, columns, key: (row) => row.key,
    tools: html`<h2>${say(...TITLES[by])}</h2>`,
    nothing: { zh: "没有应结案件。", en: "Nothing was due." },
  })}</section>`;
}

function twoNames(row) {
  const [first, second] = both(row.name.zh, row.name.en);
  return html`<b>${first}</b>${second ? html`<small lang=${otherLanguage()}>${second}</small>` : nothing}`;
}

function score(row) {
  if (row.score === null) return html`<span class="quiet">${say("没有应结案件", "nothing was due")}</span>`;
  return html`<div class="scored"><span aria-hidden="true"><i .style=${`width:${row.score}%`}></i></span><b>${row.score.toFixed(1)}</b></div>
    ${row.exempt ? html`<small>${say("计入豁免", "with exempt")} ${row.score_with_exempt.toFixed(1)}</small>` : nothing}`;
}
