// How well the alarms serve the people on shift (EEMUA 191, ISA-18.2), over the month asked for.

import { html } from "../vendor/lit-html/lit-html.js";
import { number, percent, say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { plot } from "../shell/plot.js";
import { asInput, clockTime, duration, fromInput, now } from "../shell/time.js";

const MEASURES = {
  "alarms per day": "每日告警",
  "alarms per 10 min, average": "每 10 分钟告警，平均",
  "alarms per 10 min, most": "每 10 分钟告警，最多",
  "10 min with more than 10 alarms [%]": "告警超过 10 条的 10 分钟 [%]",
  "time in flood [%]": "告警洪泛时间占比 [%]",
  "share of the ten most frequent [%]": "最频繁十条占比 [%]",
  "chattering alarms": "抖动告警",
  "fleeting alarms": "瞬时告警",
  "stale alarms (standing over 24 h) on the worst day": "滞留告警（超过 24 小时），最多一日",
  "share of the highest severity [%]": "最高等级占比 [%]",
};
const LEVELS = { red: ["红色", "red"], orange: ["橙色", "orange"], yellow: ["黄色", "yellow"], blue: ["蓝色", "blue"] };
const TEN_MINUTES = 600000;

export function alarms(page) {
  const { since, until } = stretch(page.asked.month);
  if (!since) return html`<section class="panel"><p class="quiet">${say("该月尚未开始。", "This month has not begun.")}</p></section>`;
  const operators = Number(new URLSearchParams(location.hash.split("?")[1]).get("operators")) || 1;
  return page.shown("alarm-hygiene", { since, until, operators }, (told) => html`
    <section class="panel">
      <div class="head"><h2>${say("告警质量", "Alarm hygiene")}</h2>
        <label class="quiet">${say("值班席位", "Operators on shift")} <input type="number" min="1" max="1000" .value=${String(operators)} @change=${(event) => event.target.value && page.filter({ operators: event.target.value })}></label></div>
      <p class="quiet">${clockTime(told.since)} – ${clockTime(told.until)} · ${say(`${told.alarms} 条告警，维护或搁置期间扣下 ${told.held_back} 条`, `${told.alarms} alarms; ${told.held_back} held back by maintenance or shelving`)}</p>
      ${plot({ label: { zh: "每 10 分钟告警数", en: "Alarms in each ten minutes" }, unit: "", height: 150, series: [{ name: { zh: "告警", en: "alarms" }, steps: true, points: told.per_ten_minutes.map((count, n) => [Date.parse(told.since) + n * TEN_MINUTES, count]) }], limits: [{ label: { zh: "洪泛", en: "flood" }, value: 10 * operators }] })}
      <p class="levels">${Object.entries(LEVELS).map(([name, words]) => html`<span class=${name}><span class="light"></span></span>${say(...words)} ${percent(told.priorities[name] ?? 0)} `)}</p>
    </section>
    <section class="panel flush">${list({ name: { zh: "告警指标", en: "Measures of alarms" }, rows: told.measures, key: ({ name }) => name, tools: html`<h2>${say("对照标准", "Against the standards")}</h2>`, columns: measures() })}</section>
    <div class="columns">
      ${often(say("最频繁", "Most frequent"), told.top)}
      ${often(say("抖动", "Chattering"), told.chattering)}
    </div>
    <div class="columns">
      <section class="panel"><h2>${say("告警洪泛", "Floods of alarms")}</h2>${told.floods.length ? html`<ul>${told.floods.map((each) => html`<li>${clockTime(each.began)} · ${duration((Date.parse(each.ended) - Date.parse(each.began)) / 1000)} · ${say(`${each.alarms} 条`, `${each.alarms} alarms`)}</li>`)}</ul>` : html`<p class="quiet">${say("没有。", "None.")}</p>`}</section>
      <section class="panel"><h2>${say("滞留超过 24 小时", "Standing over 24 h")}</h2>${told.stale.length ? html`<ul>${told.stale.map((each) => html`<li>${each}</li>`)}</ul>` : html`<p class="quiet">${say("没有。", "None.")}</p>`}</section>
    </div>`);
}

// The month in the city's zone, as far as it has come.
function stretch(month) {
  const [year, number_] = month.split("-").map(Number);
  const next = number_ === 12 ? `${year + 1}-01` : `${year}-${String(number_ + 1).padStart(2, "0")}`;
  const since = fromInput(`${month}-01T00:00`);
  const end = fromInput(`${next}-01T00:00`);
  // To the minute: else every drawing would be another question.
  const today = fromInput(asInput(now()));
  return since >= today ? {} : { since, until: end < today ? end : today };
}

function measures() {
  return [
    { name: "name", title: { zh: "指标", en: "Measure" }, cell: (row) => say(MEASURES[row.name] ?? row.name, row.name), value: (row) => say(MEASURES[row.name] ?? row.name, row.name) },
    { name: "value", number: true, title: { zh: "值", en: "Value" }, cell: (row) => number(row.value) },
    { name: "target", number: true, title: { zh: "要求", en: "Target" }, cell: (row) => row.target.replace("<=", "≤") || "–" },
    { name: "met", title: { zh: "达标", en: "Met" }, value: (row) => row.met, cell: (row) => (row.met === null ? "–" : row.met ? html`<span class="green">✓ ${say("达标", "met")}</span>` : html`<span class="red">✗ ${say("未达标", "not met")}</span>`) },
  ];
}

function often(title, rows) {
  return html`<section class="panel flush">${list({
    name: { zh: title, en: title }, rows, key: ({ name }) => name, tools: html`<h2>${title}</h2>`, nothing: { zh: "没有。", en: "None." },
    columns: [
      { name: "name", title: { zh: "规则与对象", en: "Rule and subject" }, cell: (row) => row.name },
      { name: "times", number: true, title: { zh: "次数", en: "Times" } },
      { name: "share", number: true, title: { zh: "占比", en: "Share" }, cell: (row) => percent(row.share) },
    ],
  })}</section>`;
}
