// Cases of the last days as small bars; the numbers are said, too.

import { html, svg } from "../vendor/lit-html/lit-html.js";
import { say } from "../shell/language.js";

const [WIDE, HIGH] = [3, 20];

export function sparkline(days) {
  const most = Math.max(1, ...days);
  const sum = days.reduce((a, b) => a + b, 0);
  const text = say(`近 ${days.length} 天共 ${sum} 案，一天最多 ${Math.max(...days)} 案`, `Cases in ${days.length} days: ${sum}, ${Math.max(...days)} on the worst`);
  const bars = days.map((count, n) => {
    const height = count ? Math.max(2, (count / most) * HIGH) : 1;
    return svg`<rect x=${n * (WIDE + 1)} y=${HIGH - height} width=${WIDE} height=${height} class=${count ? "" : "none"}></rect>`;
  });
  return html`<svg class="spark" viewBox="0 0 ${days.length * (WIDE + 1)} ${HIGH}" width=${days.length * (WIDE + 1)} height=${HIGH} role="img" aria-label=${text}><title>${text}</title>${bars}</svg>`;
}
