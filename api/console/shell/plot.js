// Curves over time by uPlot: limits, bands, spans, both themes and languages, zoom, keyboard.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { number, onLanguage, say, t } from "./language.js";
import { colour, onTheme } from "./theme.js";
import { fullTime, zone } from "./time.js";

const INKS = ["--curve-1", "--curve-2", "--curve-3", "--curve-4", "--curve-5"];

// plot({...}) is a template. Options:
//   label    {zh, en}: what it shows; unit: text of the axis
//   series   [{name: {zh, en}, points: [[ms, value|null], ...] | times: [ms], values: [], low: [],
//             high: [] (an envelope, as of rollups), steps: true, faint: true, dashed: true, ink}]
//             oldest first; times may be typed arrays
//   limits   [{label: {zh, en}, value, ink: "--red"}]
//   spans    [{from, to: ms or null, label: {zh, en}, ink: "--orange"}]: what a rule spoke of
//   marks    [{at: ms, label: {zh, en}, ink: "--accent"}]: moments, each a line with its word
//   range    [from, to] in ms: the stretch shown, where it is more than the readings
//   onZoom(from, to): load finer readings for a stretch; called with (null, null) for all
//   height   [px], 200 if not given; summary {zh, en}: instead of the one made from the values
export function plot(options) {
  return html`<lifeline-plot .options=${options}></lifeline-plot>`;
}

class Plot extends HTMLElement {
  #options = null;
  #chart = null;
  #off = [];
  #width = new ResizeObserver(() => this.#resize());

  set options(options) {
    this.#options = options;
    if (this.isConnected) this.#draw();
  }

  connectedCallback() {
    this.#off = [onTheme(() => this.#draw()), onLanguage(() => this.#draw())];
    this.#width.observe(this);
    this.#draw();
  }

  disconnectedCallback() {
    for (const off of this.#off) off();
    this.#width.disconnect();
    this.#chart?.destroy();
    this.#chart = null;
  }

  get chart() {
    return this.#chart;
  }

  #draw() {
    if (!this.#options) return;
    const { label, unit = "", summary = null, series, height = 200 } = this.#options;
    this.#chart?.destroy();
    this.#chart = null;
    const data = aligned(series);
    const said = summary ? t(summary) : summarised(series, unit);
    render(
      html`<figure class="plot">
        <div class="canvas" tabindex="0" role="img" aria-label="${t(label)}. ${said}" @keydown=${this.#key} .style=${`height:${height}px`}></div>
        <figcaption><span class="inks">${series.length > 1 ? series.map((one, n) => html`<span><i .style=${`background:var(${one.ink ?? INKS[n % INKS.length]})`}></i>${t(one.name)}</span>`) : nothing}</span><output aria-live="off"></output><span class="summary">${said}</span></figcaption>
      </figure>`,
      this,
    );
    const place = this.querySelector(".canvas");
    if (!place.clientWidth) return; // not laid out yet: the observer comes back
    this.#chart = new uPlot(this.#config(place.clientWidth, height), data, place);
  }

  #resize() {
    const place = this.querySelector(".canvas");
    if (!place?.clientWidth) return;
    if (!this.#chart) this.#draw();
    else if (this.#chart.width !== place.clientWidth) this.#chart.setSize({ width: place.clientWidth, height: this.#options.height ?? 200 });
  }

  #config(width, height) {
    const { series, unit = "", limits = [], range = null, onZoom = null } = this.#options;
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: `11px ${colour("--text")}` };
    const drawn = [];
    const bands = [];
    series.forEach((one, n) => {
      const ink = colour(one.ink ?? INKS[n % INKS.length]);
      const base = { label: t(one.name), stroke: ink, width: one.faint ? 1 : 1.6, alpha: one.faint ? 0.5 : 1, points: { show: (u, _, from, to) => to - from < 90 && !one.low, size: 4 }, dash: one.dashed ? [6, 4] : undefined };
      drawn.push(one.steps ? { ...base, paths: uPlot.paths.stepped({ align: 1 }) } : base);
      if (!one.low) return;
      const edge = { stroke: "transparent", width: 0, points: { show: false } };
      drawn.push(edge, edge);
      bands.push({ series: [drawn.length, drawn.length - 1], fill: faded(ink) });
    });
    return {
      width, height, ms: 1, bands,
      tzDate: (at) => uPlot.tzDate(new Date(at), zone()),
      legend: { show: false },
      cursor: { drag: { x: true, y: false, setScale: !onZoom }, points: { size: 6 }, focus: { prox: 16 } },
      scales: { x: { time: true, range: (_, low, high) => (range && !this.#zoomed ? range : low === high ? [low - 1000, high + 1000] : [low, high]) }, y: { range: (_, low, high) => roomy(low, high, limits.map(({ value }) => value)) } },
      axes: [{ ...axis, values: times, space: 72, size: 36 }, { ...axis, size: 52, label: unit || undefined, labelSize: unit ? 18 : 0, labelFont: axis.font, values: (_, splits) => splits.map((each) => number(each)) }],
      series: [{}, ...drawn],
      hooks: {
        drawClear: [(u) => spans(u, this.#options.spans ?? [])],
        draw: [(u) => lines(u, limits, unit), (u) => marks(u, this.#options.marks ?? [])],
        setCursor: [(u) => this.#tell(u)],
        setSelect: [(u) => this.#selected(u)],
        ready: [(u) => u.over.addEventListener("dblclick", () => this.#whole())],
      },
    };
  }

  #zoomed = false;

  #selected(u) {
    if (u.select.width < 4) return;
    this.#zoomed = true;
    const [from, to] = [u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x")];
    if (!this.#options.onZoom) return;
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.#options.onZoom(from, to);
  }

  #whole() {
    this.#zoomed = false;
    if (this.#options.onZoom) this.#options.onZoom(null, null);
    else this.#draw();
  }

  // What stands under the cursor, in words: by mouse and by keyboard.
  #tell(u) {
    const at = u.cursor.idx;
    const output = this.querySelector("output");
    if (!output) return;
    if (at === null || at === undefined) return void (output.textContent = "");
    const { series, unit = "" } = this.#options;
    let column = 1;
    const said = series.map((one) => {
      const value = u.data[column][at];
      column += one.low ? 3 : 1;
      return value === null || value === undefined ? null : `${series.length > 1 ? `${t(one.name)} ` : ""}${number(value)} ${unit}`.trim();
    });
    output.textContent = `${fullTime(u.data[0][at])}  ${said.filter(Boolean).join(" · ")}`;
  }

  // Arrows move the cursor, with Shift ten times as far; + and - zoom around it, 0 shows all.
  #key = (event) => {
    const u = this.#chart;
    if (!u || event.ctrlKey || event.metaKey || event.altKey) return;
    const far = event.shiftKey ? 10 : 1;
    const steps = { ArrowLeft: -far, ArrowRight: far, Home: -Infinity, End: Infinity };
    if (event.key in steps) {
      const last = u.data[0].length - 1;
      const next = Math.min(last, Math.max(0, (u.cursor.idx ?? (event.key === "ArrowLeft" ? last + 1 : -1)) + steps[event.key]));
      u.setCursor({ left: u.valToPos(u.data[0][next], "x"), top: u.over.clientHeight / 2 });
      this.querySelector("output").setAttribute("aria-live", "polite");
    } else if (event.key === "+" || event.key === "-") {
      const { min, max } = u.scales.x;
      const middle = u.cursor.idx === null || u.cursor.idx === undefined ? (min + max) / 2 : u.data[0][u.cursor.idx];
      const half = ((max - min) / 2) * (event.key === "+" ? 0.5 : 2);
      this.#zoomed = true;
      if (this.#options.onZoom) this.#options.onZoom(middle - half, middle + half);
      else u.setScale("x", { min: middle - half, max: middle + half });
    } else if (event.key === "0") this.#whole();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

// One table on common times. A long pause breaks the line: a null is put into it.
export function aligned(series) {
  const tables = series.map((one) => {
    const times = one.times ?? one.points.map(([at]) => at);
    const values = one.values ?? one.points.map(([, value]) => value);
    return broken([times, values, ...(one.low ? [one.low, one.high] : [])], one.steps);
  });
  if (!tables.length) return [[]];
  return tables.length === 1 ? tables[0] : uPlot.join(tables);
}

function broken(table, steps) {
  const [times] = table;
  if (steps || times.length < 3) return table;
  const sample = [];
  const stride = Math.max(1, Math.floor(times.length / 999));
  for (let i = 1; i < times.length; i += stride) sample.push(times[i] - times[i - 1]);
  const longest = 6 * sample.sort((a, b) => a - b)[Math.floor(sample.length / 2)];
  const breaks = [];
  for (let i = 1; longest && i < times.length; i++) if (times[i] - times[i - 1] > longest) breaks.push(i);
  if (!breaks.length) return table;
  return table.map((column, n) => {
    const out = [];
    let from = 0;
    for (const at of breaks) {
      for (let i = from; i < at; i++) out.push(column[i]);
      out.push(n ? null : (times[at - 1] + times[at]) / 2);
      from = at;
    }
    for (let i = from; i < column.length; i++) out.push(column[i]);
    return out;
  });
}

// A limit far above what is measured is still worth seeing; room above and below the rest.
function roomy(low, high, limits) {
  const values = [low, high, ...limits].filter((each) => each !== null && Number.isFinite(each));
  if (!values.length) return [0, 1];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = (most - least || Math.abs(most) || 1) * 0.08;
  return [least === 0 ? 0 : least - room, most + room];
}

function spans(u, given) {
  const { left, top, width, height } = u.bbox;
  for (const { from, to, ink = "--orange" } of given) {
    const begin = from === null || from === undefined ? left : Math.max(left, u.valToPos(from, "x", true));
    const end = to === null || to === undefined ? left + width : Math.min(left + width, u.valToPos(to, "x", true));
    if (end < left || begin > left + width) continue;
    u.ctx.save();
    u.ctx.globalAlpha = 0.16;
    u.ctx.fillStyle = colour(ink);
    u.ctx.fillRect(begin, top, Math.max(2, end - begin), height);
    u.ctx.restore();
  }
}

// Words of moments that are close together stand below one another.
function marks(u, given) {
  const { left, top, width, height } = u.bbox;
  const row = 13 * devicePixelRatio;
  const ends = [];
  for (const { at, label, ink = "--accent" } of [...given].sort((a, b) => a.at - b.at)) {
    const x = Math.round(u.valToPos(at, "x", true));
    if (x < left || x > left + width) continue;
    u.ctx.save();
    u.ctx.strokeStyle = u.ctx.fillStyle = colour(ink);
    u.ctx.lineWidth = devicePixelRatio;
    u.ctx.beginPath();
    u.ctx.moveTo(x, top);
    u.ctx.lineTo(x, top + height);
    u.ctx.stroke();
    u.ctx.font = `${11 * devicePixelRatio}px ${colour("--text")}`;
    const said = t(label);
    const wide = u.ctx.measureText(said).width + 8 * devicePixelRatio;
    const before = x + wide > left + width;
    const begins = before ? x - wide : x;
    let level = ends.findIndex((end) => end <= begins);
    if (level < 0) level = ends.length;
    ends[level] = begins + wide;
    u.ctx.textAlign = before ? "right" : "left";
    u.ctx.textBaseline = "top";
    u.ctx.fillText(said, x + (before ? -4 : 4) * devicePixelRatio, top + 2 * devicePixelRatio + level * row);
    u.ctx.restore();
  }
}

function lines(u, limits, unit) {
  const { left, width } = u.bbox;
  const px = devicePixelRatio;
  u.ctx.save();
  u.ctx.lineWidth = px;
  u.ctx.font = `${11 * px}px ${colour("--text")}`;
  u.ctx.textAlign = "left"; // the axes leave theirs behind
  u.ctx.textBaseline = "bottom";
  const drawn = limits.map(({ label, value, ink = "--red" }) => {
    const text = `${t(label)} ${number(value)} ${unit}`.trim();
    return { text, ink, y: Math.round(u.valToPos(value, "y", true)), wide: u.ctx.measureText(text).width };
  });
  const begins = beside(drawn, 13 * px, 14 * px);
  drawn.forEach(({ text, ink, y }, n) => {
    u.ctx.strokeStyle = u.ctx.fillStyle = colour(ink);
    u.ctx.setLineDash([5 * px, 4 * px]);
    u.ctx.beginPath();
    u.ctx.moveTo(left, y);
    u.ctx.lineTo(left + width, y);
    u.ctx.stroke();
    u.ctx.fillText(text, left + 6 * px + begins[n], y - 2 * px);
  });
  u.ctx.restore();
}

// Where each label begins so that none lies over another: those of lines closer than `height` stand
// side by side, `gap` apart. All in pixels: labels [{y, wide}] -> [begin], in the same order.
export function beside(labels, height, gap) {
  const begins = [];
  for (const n of labels.map((_, n) => n).sort((a, b) => labels[a].y - labels[b].y)) {
    const near = labels.flatMap(({ y, wide }, other) => (begins[other] === undefined || Math.abs(y - labels[n].y) >= height ? [] : [[begins[other], begins[other] + wide + gap]]));
    // The first free place: at the edge, or after one of those that are near.
    const free = (from) => near.every(([begin, end]) => from >= end || from + labels[n].wide + gap <= begin);
    begins[n] = [0, ...near.map(([, end]) => end)].sort((a, b) => a - b).find(free);
  }
  return begins;
}

// Month and day where the day changes, else the hour; as in ISO 8601.
function times(_, splits, __, ___, step) {
  let before = "";
  return splits.map((at) => {
    const [day, clock] = fullTime(at).split(" ");
    if (step >= 28 * 86400000) return day.slice(0, 7);
    if (step >= 86400000) return day.slice(5);
    const shown = step < 60000 ? clock : clock.slice(0, 5);
    const told = day === before ? shown : `${shown}\n${day.slice(5)}`;
    before = day;
    return told;
  });
}

function faded(ink) {
  return ink.startsWith("#") ? `${ink}33` : ink;
}

function summarised(series, unit) {
  return series.map((one) => {
    const values = one.values ?? one.points.map(([, value]) => value);
    let [least, most, last, count] = [Infinity, -Infinity, null, 0];
    for (const value of values) {
      if (value === null || !Number.isFinite(value)) continue;
      if (value < least) least = value;
      if (value > most) most = value;
      last = value;
      count += 1;
    }
    const name = series.length > 1 ? `${t(one.name)}: ` : "";
    if (!count) return name + say("没有读数", "no reading");
    return name + say(`最低 ${number(least)}，最高 ${number(most)}，最近 ${number(last)} ${unit}`, `lowest ${number(least)}, highest ${number(most)}, last ${number(last)} ${unit}`);
  }).join("; ");
}

customElements.define("lifeline-plot", Plot);
