// What each rule would have done with its limit times a factor: where it could be set instead.

import { html, nothing, svg } from "../vendor/lit-html/lit-html.js";
import { number, say } from "../shell/language.js";

const [WIDE, HIGH, LEFT, FOOT] = [360, 170, 38, 22];

export function sweep({ sweep: found, labels }) {
  const rules = Object.entries(found?.rules ?? {});
  if (!rules.length) return nothing;
  return html`<section class="panel sweep" aria-labelledby="sweep"><h2 id="sweep">${say("换一个限值会怎样", "With another limit")}</h2>
    <p class="quiet">${say("每条规则的限值乘以系数后重新判定；×1 即这段文字。", "Each rule alone with its limit times a factor, worked out exactly; ×1 is as written.")}${found.left_out.length ? say(`未计：${found.left_out.join("、")}`, ` Not swept: ${found.left_out.join(", ")}.`) : ""}</p>
    <div class="columns">${rules.map(([rule, points]) => chart(rule, points, Boolean(labels)))}</div></section>`;
}

function chart(rule, points, scored) {
  const lines = scored
    ? [["found", say("命中", "found"), "one"], ["false_runs", say("误报", "false"), "two"]]
    : [["cases", say("案件", "cases"), "one"], ["events", say("事件", "events"), "two"]];
  const most = Math.max(1, ...points.flatMap((point) => lines.map(([name]) => point[name] ?? 0)));
  const [first, last] = [Math.log2(points[0].factor), Math.log2(points.at(-1).factor)];
  const x = (factor) => LEFT + ((Math.log2(factor) - first) / (last - first || 1)) * (WIDE - LEFT - 12);
  const y = (value) => HIGH - FOOT - (value / (most * 1.08)) * (HIGH - FOOT - 10);
  const said = points.map((point) => `×${point.factor}: ${lines.map(([name, text]) => `${text} ${point[name]}`).join(", ")}`).join("; ");
  return html`<figure><figcaption><b>${rule}</b> ${lines.map(([, text, ink]) => html`<span class="key ${ink}">${text}</span> `)}</figcaption>
    <svg viewBox="0 0 ${WIDE} ${HIGH}" role="img" aria-label="${rule}: ${said}">
      ${[0, most / 2, most].map((value) => svg`<line class="grid" x1=${LEFT} x2=${WIDE - 12} y1=${y(value)} y2=${y(value)}></line><text x=${LEFT - 6} y=${y(value) + 4} text-anchor="end">${number(value)}</text>`)}
      ${points.map(({ factor }, n) => (n % 2 === 0 || points.length < 8 ? svg`<text x=${x(factor)} y=${HIGH - 6} text-anchor="middle">×${factor}</text>` : ""))}
      <line class="now" x1=${x(1)} x2=${x(1)} y1="6" y2=${HIGH - FOOT}></line>
      ${lines.map(([name, text, ink]) => svg`<polyline class=${ink} points=${points.map((point) => `${x(point.factor)},${y(point[name] ?? 0)}`).join(" ")}></polyline>${points.map((point) => svg`<circle class=${ink} cx=${x(point.factor)} cy=${y(point[name] ?? 0)} r="3"><title>×${point.factor}: ${text} ${point[name]}</title></circle>`)}`)}
    </svg></figure>`;
}
