// The scores of the months of a year as bars, with the bounds of the grades.

import { html, nothing, svg } from "../vendor/lit-html/lit-html.js";
import { say } from "../shell/language.js";

const [WIDTH, HEIGHT, FOOT] = [860, 170, 30];

export function months(page, rows) {
  const year = page.asked.month.slice(0, 4);
  const scored = rows.filter((row) => row.score !== null);
  const y = (value) => HEIGHT - FOOT - (value / 100) * (HEIGHT - FOOT - 26);
  const told = scored.map((row) => `${row.key}: ${row.score.toFixed(1)} ${row.grade}`).join("; ");
  const bar = (n) => {
    const key = `${year}-${String(n).padStart(2, "0")}`;
    const x = 44 + ((n - 0.5) * (WIDTH - 56)) / 12;
    const row = scored.find((each) => each.key === key);
    return svg`<text x=${x} y=${HEIGHT - 10}>${key}</text>
      ${row ? svg`<rect class=${key === page.asked.month ? "now" : "bar"} x=${x - 15} width="30" y=${y(row.score)} height=${HEIGHT - FOOT - y(row.score)} rx="2"></rect>
        <text class="value" x=${x} y=${y(row.score) - 5}>${row.score.toFixed(1)} ${row.grade}</text>` : nothing}`;
  };
  return html`<div class="months" tabindex="0" role="group" aria-label=${say("各月得分", "Scores of the months")}><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${told || say("没有得分", "no score")}>
    ${page.known.grading.grades.filter(({ least }) => least > 0).map(({ name, least }) => svg`<line x1="44" x2=${WIDTH - 8} y1=${y(least)} y2=${y(least)}></line><text class="mark" x="4" y=${y(least) + 4}>${name} ${least}</text>`)}
    ${Array.from({ length: 12 }, (_, n) => bar(n + 1))}
  </svg></div>`;
}
