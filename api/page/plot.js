// A curve over time as SVG: the values, the limit, and the stretch that a rule spoke of.

import { clockTime, number } from "./words.js";

const NS = "http://www.w3.org/2000/svg";

export function draw(name, attributes = {}, ...children) {
  const node = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// Steps people read easily: 1, 2 or 5 times a power of ten.
export function niceStep(span, count) {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((part) => part * power).find((step) => step >= rough);
}

const TIME_STEPS = [1, 5, 10, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];

// points: [[milliseconds, value or null], ...], oldest first, in the unit shown; since: what came
// after them, drawn fainter.
// limits: [[label, value], ...]; span: [begin, end] in milliseconds, either may be null; until: how
// far to draw at least; steps: a value holds until the next one.
export function plot({ points, since = [], limits = [], span = null, until = null, steps = false, unit, width, height = 200, label }) {
  // On a phone fewer units across keep the letters readable.
  width ??= matchMedia("(max-width: 800px)").matches ? 360 : 620;
  const inner = { left: 46, right: width - 12, top: 14, bottom: height - 22 };
  const all = [...points, ...since];
  const known = all.filter(([, value]) => value !== null && Number.isFinite(value));
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, class: "plot", role: "img", "aria-label": label });
  if (!known.length) return svg;
  const t0 = all[0][0];
  const t1 = Math.max(all.at(-1)[0], t0 + 1000, until ?? 0);
  const values = [...known.map(([, value]) => value), ...limits.map(([, value]) => value)];
  let low = Math.min(...values);
  let high = Math.max(...values);
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  low -= low === 0 ? 0 : room;
  high += room;
  const x = (t) => inner.left + ((t - t0) / (t1 - t0)) * (inner.right - inner.left);
  const y = (v) => inner.bottom - ((v - low) / (high - low)) * (inner.bottom - inner.top);

  if (span) {
    const from = Math.max(inner.left, x(span[0] ?? t0));
    const to = Math.min(inner.right, x(span[1] ?? t1));
    svg.append(draw("rect", { class: "span", x: from, y: inner.top, width: Math.max(1.5, to - from), height: inner.bottom - inner.top }));
  }
  const step = niceStep(high - low, height / 44);
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) {
    svg.append(draw("line", { class: "rule", x1: inner.left, x2: inner.right, y1: y(value), y2: y(value) }));
    svg.append(draw("text", { class: "tick", x: inner.left - 6, y: y(value) + 3.5, "text-anchor": "end" }, number(Math.abs(value) < step / 1e6 ? 0 : value)));
  }
  const seconds = (t1 - t0) / 1000;
  const every = 1000 * (TIME_STEPS.find((s) => s >= seconds / (width / 110)) ?? 604800);
  for (let t = Math.ceil(t0 / every) * every; t <= t1; t += every) {
    svg.append(draw("line", { class: "rule", x1: x(t), x2: x(t), y1: inner.top, y2: inner.bottom }));
    svg.append(draw("text", { class: "tick", x: Math.min(x(t), width - 18), y: height - 6, "text-anchor": "middle" }, clockTime(t).slice(every < 86400000 ? -5 : -11)));
  }
  if (since.length) svg.append(draw("path", { class: "curve later", d: path([...points.slice(-1), ...since], x, y, steps) }));
  svg.append(draw("path", { class: "curve", d: path(points, x, y, steps) }));
  if (known.length < 90) {
    for (const [t, value] of points.filter(([, v]) => v !== null)) svg.append(draw("circle", { class: "dot", cx: x(t), cy: y(value), r: 1.9 }));
  }
  for (const [name, value] of limits) {
    svg.append(draw("line", { class: "limit", x1: inner.left, x2: inner.right, y1: y(value), y2: y(value) }));
    svg.append(draw("text", { class: "limit", x: inner.left + 6, y: y(value) - 4 }, `${name} ${number(value)} ${unit}`));
  }
  svg.append(draw("text", { class: "unit", x: 6, y: 10 }, unit));
  return svg;
}

// A gap in the readings stays a gap: the line breaks at nulls and at long pauses.
function path(points, x, y, steps) {
  const pauses = points.slice(1).map(([t], i) => t - points[i][0]).sort((a, b) => a - b);
  const longest = 6 * (pauses[Math.floor(pauses.length / 2)] ?? 0);
  let line = "";
  let pen = null;
  for (const [t, value] of points) {
    if (value === null || !Number.isFinite(value)) {
      pen = null;
      continue;
    }
    const [across, up] = [x(t).toFixed(1), y(value).toFixed(1)];
    if (pen === null || (longest && t - pen > longest)) line += `M${across} ${up}`;
    else line += steps ? `H${across}V${up}` : `L${across} ${up}`;
    pen = t;
  }
  return line;
}
