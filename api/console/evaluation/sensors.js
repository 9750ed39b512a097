// What the sensors are worth: how often right, how early, how often silent or away.

import { html } from "../vendor/lit-html/lit-html.js";
import { number, say } from "../shell/language.js";
import { opener, percents } from "./numbers.js";

export function sensors(page) {
  const { month, area } = page.asked;
  return html`<section class="panel"><h2>${say("传感效能", "What the sensors are worth")}</h2>
    ${page.shown("evaluation/sensors", { period: month, area }, (told) => html`<dl class="worth">${facts(told).map(([name, why, value, measures]) => fact(page, name, why, value, measures))}</dl>`)}
  </section>`;
}

function facts(told) {
  return [
    [say("在用传感设备", "Active devices"), say("期内在用", "in use in this period"), number(told.sensors)],
    [say("属实率", "Precision"), say("属实 ÷ 已判定", "confirmed real ÷ judged"), percents(told.precision), { sensor_real: told.real, sensor_judged: told.judged }],
    [say("漏报", "Missed"), say("公众先报或独报", "the public told first, or alone"), number(told.missed), { missed: told.missed }],
    [say("提前量", "Lead"), say("早于公众首报，中位数", "over the first public report, median"), told.lead_hours === null ? "–" : `${number(told.lead_hours)} h`, { told_and_sensed: told.told_and_sensed, sensed_first: told.sensed_first }],
    [say("每千台每月误报", "False per 1,000"), say("误报与设备故障", "false cases per 1,000 devices and month"), number(told.false_per_1000), { sensor_false: told.false }],
    [say("数据到报率", "Availability"), say("实收 ÷ 应收读数", "readings received ÷ expected"), percents(told.availability)],
  ];
}

function fact(page, name, why, value, counts = null) {
  const measures = Object.entries(counts ?? {});
  const count = measures.find(([, each]) => each > 0)?.[1];
  const given = { by: "total", key: "", title: name, counts, measure: measures[0]?.[0], exempt: null };
  return html`<div><dt>${name}<small>${why}</small></dt><dd>${counts ? opener(page, value, count, given) : value}</dd></div>`;
}
