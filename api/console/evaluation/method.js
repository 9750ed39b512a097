// How each indicator, the score and the grade come about.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { say } from "../shell/language.js";
import { named } from "./numbers.js";

const COHORTS = { reported: "by time of report", filed: "by time of filing", due: "by time when handled or overdue" };

export function method(page) {
  const { indicators, grading } = page.known;
  const { weights } = grading;
  const points = say("返工次数分（每月）", "points for reworks a month");
  const formula = `(${weights.rework_count} × ${points} + ${weights.closing_rate} × ${named(page.one("closing_rate"))} + ${weights.on_time_handling_rate} × ${named(page.one("on_time_handling_rate"))} + ${weights.rework_rate} × (100 − ${named(page.one("rework_rate"))})) ÷ 100`;
  return html`<section class="panel"><h2>${say("得分与等级", "Score and grade")}</h2>
      <dl class="defined">
        <dt>${say("综合得分", "Score")}</dt><dd>${formula}</dd>
        <dt>${points}</dt><dd>${grading.rework_points.map((band) => `≤ ${band.up_to}: ${band.points}`).join("; ")}</dd>
        <dt>${say("等级", "Grade")}</dt><dd>${grading.grades.map((each) => `${each.name} ≥ ${each.least}`).join(", ")}</dd>
      </dl>
    </section>
    <section class="panel"><h2>${say("指标定义", "Indicators")}</h2>
      <dl class="defined">${indicators.map((each) => html`<dt>${named(each)}</dt>
        <dd>${say(each.formula_zh, each.formula_en)}<small>${say(each.cohort_zh, COHORTS[each.cohort] ?? each.cohort)}${each.overtime ? ` · ${say("不含申诉豁免案件", "without exempt cases")}` : nothing}</small></dd>`)}</dl>
    </section>`;
}
