// The curve of one channel in a window that is zoomed by wheel, drag and keys, and kept in the address.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { get, part } from "../shell/answers.js";
import { number, say } from "../shell/language.js";
import { plot } from "../shell/plot.js";
import { nameOf, shownUnit, shownValue } from "../shell/quantities.js";
import { link } from "../shell/route.js";
import { clockTime, duration, fullTime, now } from "../shell/time.js";
import { flagNames, limitName, madeOf, severityName } from "./words.js";

const HOUR = 3600000;
const DAY = 24 * HOUR;
export const SPANS = [HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY];
const SHORTEST = 10000; // [ms]
const LONGEST = 30 * 365 * DAY;
const STEPPED = new Set(["status", "water_contact", "last_gasp"]);
const PAUSE = 120; // [ms] between two questions while the wheel turns
const FLAGGED_SHOWN = 200;

// A window [from, to] in ms, or a span that ends now: {span}.
export function windowOf(query) {
  const [from, to] = [Date.parse(query.get("from")), Date.parse(query.get("to"))];
  if (from < to) return { from, to, span: null };
  const span = Math.min(LONGEST, Math.max(SHORTEST, Number(query.get("span")) * 1000 || DAY));
  return { from: now() - span, to: now(), span };
}

// What the address says of a window.
export function asQuery({ from, to, span }) {
  return span ? { span: span === DAY ? null : span / 1000 } : { from: new Date(Math.round(from)).toISOString(), to: new Date(Math.round(to)).toISOString() };
}

export function clamped(from, to) {
  const middle = (from + to) / 2;
  const half = Math.min(LONGEST, Math.max(SHORTEST, to - from)) / 2;
  return { from: middle - half, to: middle + half, span: null };
}

export function spanName(span) {
  return span === 365 * DAY ? say("一年", "a year") : duration(span / 1000);
}

// Loads and draws the curve of a channel; one element of it stands on a page.
export class Curve {
  data = null;
  error = null;
  loading = false;
  took = null; // [ms] from asking to drawn
  #turn = 0;
  #timer = 0;
  #showLimits = true;

  // redraw(): the page draws again; moved(window): the reader chose another window.
  constructor(redraw, moved) {
    this.redraw = redraw;
    this.moved = moved;
  }

  show(channel, window) {
    if (channel !== this.channel) this.data = null;
    Object.assign(this, { channel, window });
    return this.load();
  }

  async load() {
    const turn = ++this.#turn;
    const begun = performance.now();
    this.loading = true;
    const { from, to } = this.window;
    const asked = { start: new Date(Math.floor(from)).toISOString(), end: new Date(Math.ceil(to)).toISOString(), points: innerWidth < 720 ? 400 : 1500 };
    try {
      const data = await get(`channels/${part(this.channel)}/curve`, asked);
      if (turn !== this.#turn) return;
      Object.assign(this, { data, error: null });
    } catch (why) {
      if (turn !== this.#turn) return;
      this.error = why;
    }
    this.loading = false;
    this.redraw();
    // The plot is laid out with the next frame.
    requestAnimationFrame(() => {
      this.took = performance.now() - begun;
      this.align();
    });
  }

  // The lane below lies under the plot's own area, whatever its axis takes.
  align() {
    const place = document.querySelector(".sensors .canvas-of");
    const chart = place?.querySelector("lifeline-plot")?.chart;
    if (!chart) return;
    const [outer, inner] = [place.getBoundingClientRect(), chart.over.getBoundingClientRect()];
    place.style.setProperty("--left", `${inner.left - outer.left}px`);
    place.style.setProperty("--right", `${outer.right - inner.right}px`);
    place.dataset.took = Math.round(this.took);
  }

  close() {
    this.#turn++;
    clearTimeout(this.#timer);
  }

  // Another window: at once in the axis, a moment later in the readings.
  zoom(from, to) {
    const window = from === null ? { span: DAY, from: now() - DAY, to: now() } : clamped(from, to);
    Object.assign(this, { window, loading: true });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.moved(window), PAUSE);
    this.redraw();
    requestAnimationFrame(() => this.align());
  }

  shift(share) {
    const { from, to } = this.window;
    this.zoom(from + (to - from) * share, to + (to - from) * share);
  }

  // The stretch around `at` (a share of the width) grows or shrinks; with Shift it moves.
  wheel = (event) => {
    const chart = event.currentTarget.querySelector("lifeline-plot")?.chart;
    if (!chart) return;
    event.preventDefault();
    const { from, to } = this.window;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return this.shift(Math.sign(event.deltaY || event.deltaX) * 0.15);
    const { left, width } = chart.over.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    const at = from + (to - from) * share;
    const size = (to - from) * 1.25 ** Math.sign(event.deltaY);
    return this.zoom(at - size * share, at + size * (1 - share));
  };

  template() {
    const { data, window } = this;
    if (!data) return html`<div class="empty-plot" role="status">${say("正在读取曲线…", "Reading the curve …")}</div>`;
    const unit = shownUnit(data.quantity);
    const name = nameOf(data.quantity);
    const limits = this.#showLimits ? limitsOf(data) : [];
    return html`
      <div class="canvas-of" @wheel=${{ handleEvent: this.wheel, passive: false }} data-points=${data.time.length} data-source=${data.source} data-width=${data.width} aria-busy=${this.loading}>
        ${plot({ label: { zh: `${name}：${this.channel}`, en: `${name}: ${this.channel}` }, unit, height: 300, series: seriesOf(data), limits, spans: spansOf(data), range: [window.from, window.to], summary: summary(data), onZoom: (from, to) => this.zoom(from, to) })}
        ${lane(data, window)}
      </div>
      <p class="made quiet">${madeOf(data.source, data.width)} · ${said(data)}
        ${data.limits.length ? html`<label><input type="checkbox" .checked=${this.#showLimits} @change=${({ target }) => this.#limits(target.checked)}> ${say("限值", "limits")}</label>` : nothing}</p>
      ${data.state ? states(data) : nothing}
      ${flagged(data)}`;
  }

  #limits(shown) {
    this.#showLimits = shown;
    this.redraw();
  }
}

// Usable readings are the line; a gap is a null in it.
function seriesOf(data) {
  const shown = (value) => shownValue(data.quantity, value);
  const columns = [[], [], [], []];
  let gap = 0;
  data.time.forEach((at, n) => {
    while (gap < data.gaps.length && data.gaps[gap][1] <= at) {
      if (n) [data.gaps[gap][0] + (data.gaps[gap][1] - data.gaps[gap][0]) / 2, null, null, null].forEach((each, k) => columns[k].push(each));
      gap += 1;
    }
    const usable = data.width || !data.flagged[n];
    if (!usable) return;
    // A bucket stands at its middle: its beginning would shift the curve to the left.
    columns[0].push(at + data.width * 500);
    columns[1].push(shown(data.value[n]));
    columns[2].push(shown(data.lowest?.[n]) ?? null);
    columns[3].push(shown(data.highest?.[n]) ?? null);
  });
  const [times, values, low, high] = columns;
  const one = { name: { zh: nameOf(data.quantity), en: nameOf(data.quantity) }, times, values, steps: STEPPED.has(data.quantity) };
  return [data.width ? { ...one, low, high } : one];
}

// Of all usable readings, whatever the buckets.
function summary(data) {
  const shown = (value) => `${number(shownValue(data.quantity, value))} ${shownUnit(data.quantity)}`.trim();
  const known = (column) => column.filter((value, n) => value !== null && (data.width || !data.flagged[n]));
  const values = known(data.value);
  if (!values.length) return { zh: "没有可用读数", en: "no usable reading" };
  const least = Math.min(...known(data.lowest ?? data.value));
  const most = Math.max(...known(data.highest ?? data.value));
  return { zh: `最低 ${shown(least)}，最高 ${shown(most)}，最近 ${shown(values.at(-1))}`, en: `lowest ${shown(least)}, highest ${shown(most)}, last ${shown(values.at(-1))}` };
}

// Limits of one value are one line, with all their names.
function limitsOf(data) {
  const by = new Map();
  for (const limit of data.limits) by.set(limit.value, [...(by.get(limit.value) ?? []), limit]);
  return [...by].map(([value, same]) => ({
    value: shownValue(data.quantity, value),
    label: { zh: [...new Set(same.map(({ title, name }) => `${title.zh} ${limitName(name)}`))].slice(0, 2).join(" / "), en: [...new Set(same.map(({ title, name }) => `${title.en}, ${limitName(name)}`))].slice(0, 2).join(" / ") },
  }));
}

function spansOf(data) {
  return data.events.filter(({ shadow }) => !shadow).map(({ began, ended, severity, title, rule }) => ({ from: Date.parse(began), to: ended ? Date.parse(ended) : null, ink: `--${severity}`, label: title ?? { zh: rule, en: rule } }));
}

// What the readings were worth: gaps hatched, flagged ones filled. In words below it.
function lane(data, { from, to }) {
  const x = (at) => (100 * (Math.min(to, Math.max(from, at)) - from)) / (to - from);
  const wide = Math.max(data.width * 1000, (to - from) / 700);
  const piece = (begin, end, name, title) => (end > from && begin < to ? html`<i class=${name} title=${title} .style=${`left:${x(begin)}%;width:${Math.max(0.2, x(end) - x(begin))}%`}></i>` : nothing);
  return html`<div class="lane" role="img" aria-label=${said(data)}>
    ${data.gaps.map(([begin, end]) => piece(begin, end, "gap", `${say("无数据", "no data")} ${duration((end - begin) / 1000)}`))}
    ${data.time.map((at, n) => (data.flagged[n] ? piece(at, at + wide, "bad", `${fullTime(at)} ${flagNames(data.quality[n])}`) : nothing))}
  </div>`;
}

// The window in a sentence: how much, what of it is unusable and why, what is missing.
function said(data) {
  const usable = data.count.reduce((sum, each) => sum + each, 0);
  const bad = data.flagged.reduce((sum, each) => sum + each, 0);
  const flags = data.quality.reduce((all, each, n) => (data.flagged[n] && each ? all | each : all), 0);
  const missing = data.gaps.reduce((sum, [begin, end]) => sum + end - begin, 0) / 1000;
  const parts = [say(`${number(usable, 0)} 个可用读数`, `${number(usable, 0)} usable readings`)];
  if (bad) parts.push(say(`${number(bad, 0)} 个不可用${flags ? `（${flagNames(flags)}）` : ""}`, `${number(bad, 0)} not usable${flags ? ` (${flagNames(flags)})` : ""}`));
  parts.push(data.gaps.length ? say(`${data.gaps.length} 处中断，共 ${duration(missing)}`, `${data.gaps.length} ${data.gaps.length === 1 ? "gap" : "gaps"}, ${duration(missing)} in all`) : say("无中断", "no gap"));
  return parts.join(say("，", ", "));
}

function flagged(data) {
  const rows = data.time.map((at, n) => n).filter((n) => (data.width ? data.flagged[n] : data.quality[n]));
  if (!rows.length) return nothing;
  const shown = rows.slice(-FLAGGED_SHOWN).reverse();
  const value = (n) => (data.value[n] === null ? "–" : `${number(shownValue(data.quantity, data.value[n]))} ${shownUnit(data.quantity)}`);
  return html`<details class="flagged"><summary>${data.width ? say(`有不可用读数的时段（${rows.length}）`, `Stretches with unusable readings (${rows.length})`) : say(`带标记的读数（${rows.length}）`, `Readings with a flag (${rows.length})`)}</summary>
    <div class="wide" tabindex="0" role="region" aria-label=${say("带标记的读数", "Readings with a flag")}><table><thead><tr><th scope="col">${say("时间", "Time")}</th><th scope="col" class="n">${data.width ? say("不可用", "Not usable") : say("值", "Value")}</th><th scope="col">${say("标记", "Flags")}</th></tr></thead>
      <tbody>${shown.map((n) => html`<tr><td>${fullTime(data.time[n])}</td><td class="n">${data.width ? number(data.flagged[n], 0) : value(n)}</td><td>${flagNames(data.quality[n])}</td></tr>`)}</tbody></table></div></details>`;
}

function states(data) {
  const rows = data.time.map((at, n) => [at, data.state[n]]).filter(([, state]) => state !== null);
  const changes = rows.filter(([, state], n) => n === 0 || rows[n - 1][1] !== state).slice(-50).reverse();
  return html`<p class="states">${say("状态变化", "Changes of state")}: ${changes.map(([at, state]) => html`<span><b>${state}</b> ${clockTime(at, true)}</span> `)}</p>`;
}

// The events that stood in the window, each with its case.
export function eventsIn(data) {
  return data.events.map(({ id, rule, title, severity, began, ended, case_number: name, shadow }) => html`<li><span class="tag ${severity}">${severityName(severity)}</span>
    <a href=${name ? link("cases", [name]) : link("sensors", ["events", id])}>${title ? say(title.zh, title.en) : rule}</a> <small>${clockTime(began)} – ${ended ? clockTime(ended) : say("持续中", "standing")}${name ? ` · ${name}` : ""}${shadow ? ` · ${say("试运行", "on trial")}` : ""}</small></li>`);
}
