"use strict";
// Draws what is in #data; nothing is fetched, so that the file works from a disk.

const data = JSON.parse(document.getElementById("data").textContent);
const report = data.report;
// On a phone fewer units across keep the letters readable.
const WIDE = matchMedia("(max-width: 700px)").matches ? 420 : 1120;
const NS = "http://www.w3.org/2000/svg";
const at = (id) => document.getElementById(id);

function node(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function draw(name, attributes = {}, ...children) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function number(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return String(Number(value.toPrecision(digits)));
}

const percent = (value) => (value === null || value === undefined ? "–" : `${number(100 * value, 3)} %`);

function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
    if (Math.abs(seconds) >= size) return `${number(seconds / size, 3)} ${unit}`;
  }
  return `${number(seconds, 3)} s`;
}

// Times are told in the city's zone.
const zone = report.cases.time_zone ?? "UTC";
const parts = new Intl.DateTimeFormat("en-CA", {
  timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});
function clock(ms) {
  const p = Object.fromEntries(parts.formatToParts(new Date(ms)).map((part) => [part.type, part.value]));
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}`;
}

function niceStep(span, count) {
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((part) => part * power).find((step) => step >= rough * 0.999);
}

function table(caption, heads, rows) {
  return node("table", {}, caption ? node("caption", {}, caption) : null,
    node("thead", {}, node("tr", {}, ...heads.map(([text, kind]) => node("th", { scope: "col", class: kind ?? "" }, text)))),
    node("tbody", {}, ...rows.map((row) => node("tr", {}, ...row.map((cell, place) => node("td", { class: heads[place][1] ?? "" }, cell))))));
}

// A frame with a vertical scale; returns the drawing and its two scales.
function frame({ width, height, t0, t1, low, high, unit, ticks, label, left = 56, whole = false }) {
  const box = { left, right: width - 12, top: 12, bottom: height - 22 };
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  const x = (t) => box.left + ((t - t0) / (t1 - t0 || 1)) * (box.right - box.left);
  const y = (v) => box.bottom - ((v - low) / (high - low || 1)) * (box.bottom - box.top);
  const step = Math.max(whole ? 1 : 0, niceStep(high - low || 1, height / 44));
  for (let v = Math.ceil(low / step) * step; v <= high + step / 1e6; v += step) {
    svg.append(draw("line", { class: "grid", x1: box.left, x2: box.right, y1: y(v), y2: y(v) }));
    svg.append(draw("text", { x: box.left - 6, y: y(v) + 4, "text-anchor": "end" }, number(Math.abs(v) < step / 1e6 ? 0 : v)));
  }
  if (unit) svg.append(draw("text", { x: 2, y: 10 }, unit));
  for (const [t, text] of ticks) {
    svg.append(draw("line", { class: "grid", x1: x(t), x2: x(t), y1: box.top, y2: box.bottom }));
    const anchor = x(t) > width - 60 ? "end" : x(t) < box.left + 30 ? "start" : "middle";
    svg.append(draw("text", { x: x(t), y: height - 6, "text-anchor": anchor }, text));
  }
  return { svg, x, y, box };
}

const HOUR = 3600e3;
const STEPS = [60e3, 300e3, 600e3, 1800e3, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 48 * HOUR, 168 * HOUR, 336 * HOUR, 730 * HOUR, 2190 * HOUR];
function timeTicks(t0, t1, count) {
  const step = STEPS.find((size) => size >= (t1 - t0) / count) ?? STEPS.at(-1);
  const [day, time] = clock(0).split(" ");
  const shift = (Number(time.slice(0, 2)) + Number(time.slice(3)) / 60 - (day < "1970-01-01" ? 24 : 0)) * HOUR;
  const ticks = [];
  for (let t = Math.ceil((t0 + shift) / step) * step - shift; t <= t1; t += step) {
    ticks.push([t, step >= 24 * HOUR ? clock(t).slice(0, 10) : clock(t).slice(5)]);
  }
  return ticks;
}

function figures() {
  const cases = report.cases;
  const shown = [
    ["案件 Cases", number(cases.total)],
    ["每日 p50 / p95 / 最多 a day", cases.per_day ? `${cases.per_day.p50} / ${cases.per_day.p95} / ${cases.per_day.max}` : "–"],
    ["每班 p50 / p95 / 最多 a shift", cases.per_shift ? `${cases.per_shift.p50} / ${cases.per_shift.p95} / ${cases.per_shift.max}` : "–"],
    ["事件 Events", number(report.events)],
    ["不立案 Notes, no case", number(report.notes.total)],
    ["通道 Channels", number(report.channels_with_readings)],
    ["传感器月 Sensor-months", number(report.sensor_months)],
    ["事件/传感器月 Events a sensor-month", number(report.events_per_sensor_month, 3)],
    ["读数 Readings", number(report.readings)],
    ["速度 Readings a second", number(report.readings_per_second)],
  ];
  const total = report.labels?.total;
  if (total) {
    shown.push(
      ["召回 Recall", `${percent(total.recall)} (${total.found}/${total.labels})`],
      ["精确 Precision", percent(total.precision)],
      ["误报/传感器月 False runs a sensor-month", number(total.false_runs_per_sensor_month)],
      ["延迟中位/p90 Delay median/p90", `${duration(total.median_delay_s)} / ${duration(total.p90_delay_s)}`],
    );
  }
  if (report.against) {
    const a = report.against;
    shown.push(["新增/减少/相同 Gained/lost/same", `${a.gained.length} / ${a.lost.length} / ${a.same}`]);
  }
  at("figures").append(...shown.map(([name, value]) => node("div", {}, node("dt", {}, name), node("dd", {}, String(value)))));
}

function days() {
  const { days: list, per_day: spread } = report.cases;
  if (!list?.length) { at("days").append("没有读数 no readings"); return; }
  const width = WIDE, height = 190, most = Math.max(1, spread.max);
  const ticks = [];
  const every = Math.ceil(list.length / (WIDE / 112));
  list.forEach((day, place) => { if (place % every === 0) ticks.push([place + 0.5, day.day]); });
  const { svg, x, y } = frame({ width, height, t0: 0, t1: list.length, low: 0, high: most * 1.1, whole: true, ticks, label: `Cases per day: median ${spread.p50}, 95th percentile ${spread.p95}, most ${spread.max}` });
  const wide = Math.max(0.8, (x(1) - x(0)) * 0.8);
  list.forEach((day, place) => {
    if (!day.cases) return;
    const bar = draw("rect", { class: "bar", x: x(place + 0.5) - wide / 2, y: y(day.cases), width: wide, height: y(0) - y(day.cases) });
    bar.append(draw("title", {}, `${day.day}: ${day.cases}`));
    svg.append(bar);
  });
  const marks = spread.p50 === spread.p95 ? [["p50 = p95 =", spread.p95]] : [["p50", spread.p50], ["p95", spread.p95]];
  for (const [name, value] of marks) {
    svg.append(draw("line", { class: "p", x1: x(0), x2: x(list.length), y1: y(value), y2: y(value) }));
    svg.append(draw("text", { x: x(list.length) - 2, y: y(value) - 3, "text-anchor": "end" }, `${name} ${value}`));
  }
  at("days").append(svg);
  const rows = Object.entries(report.cases.shifts).map(([name, s]) => [name, number(s.mean), number(s.p50), number(s.p95), number(s.max)]);
  at("shifts").append(table(`每班案件 Cases per shift (${zone})`, [["班 Shift"], ["均 mean", "n"], ["p50", "n"], ["p95", "n"], ["最多 max", "n"]], rows));
}

const NOTES = { explained: "已解释 explained", held_back: "已搁置 held back", on_trial: "试用 on trial", auxiliary: "辅助 auxiliary" };

function rules() {
  const bound = report.rules.filter((r) => r.channels || r.events || r.notes);
  const rows = bound.map((r) => [`${r.title.zh} ${r.title.en} — ${r.rule}`, r.status, number(r.channels), number(r.events), number(r.notes), number(r.cases_opened), number(r.events_per_sensor_month, 3)]);
  at("rules").append(table("", [["规则 Rule"], ["状态 Status"], ["通道 Channels", "n"], ["事件 Events", "n"], ["不立案 Notes, no case", "n"], ["开案 Cases opened", "n"], ["事件/传感器月 a sensor-month", "n"]], rows));
  const { total, ...why } = report.notes;
  if (total) at("rules").append(node("p", { class: "note" }, `不立案 opens no case: ${Object.entries(why).map(([name, n]) => `${NOTES[name]} ${number(n)}`).join(", ")}`));
  const alone = report.channels_of_no_rule;
  if (alone.length) at("rules").append(node("p", { class: "note" }, `没有规则适用的通道 channels at which no rule looks (${number(alone.length)} / ${number(report.channels)}): ${alone.slice(0, 20).join(", ")}${alone.length > 20 ? " …" : ""}`));
  const idle = report.rules.filter((r) => !bound.includes(r)).map((r) => r.rule);
  if (idle.length) at("rules").append(node("p", { class: "note" }, `没有适用通道 no channel is theirs: ${idle.join(", ")}`));
}

const SCORES = [["标注 Labels", "n"], ["找到 Found", "n"], ["召回 Recall", "n"], ["精确 Precision", "n"], ["误报 False", "n"], ["误报/传感器月", "n"], ["延迟中位 Median delay", "n"], ["p90", "n"]];
const scored = (s) => [number(s.labels), number(s.found), percent(s.recall), percent(s.precision), number(s.false_runs), number(s.false_runs_per_sensor_month, 3), duration(s.median_delay_s), duration(s.p90_delay_s)];

function labels() {
  if (!report.labels) return;
  at("s-labels").hidden = false;
  const { by_rule, by_kind, missed, without_readings, tolerance } = report.labels;
  at("labels").append(
    table("按规则 by rule", [["规则 Rule"], ...SCORES], Object.entries(by_rule).map(([name, s]) => [name, ...scored(s)])),
    node("p"),
    table("按类别 by kind of label", [["类别 Kind"], ...SCORES], Object.entries(by_kind).map(([name, s]) => [name || "–", ...scored(s)])),
    node("p", { class: "note" }, `容差 tolerance ${tolerance}; 未找到 missed ${missed.length}; 无读数 without readings ${without_readings.length}`),
  );
}

const KINDS = { missed: "漏报 missed", false: "误报 false", found: "命中 found", event: "事件 event", on_trial: "试用 on trial", explained: "已解释 explained" };

function picture(one) {
  const caption = node("figcaption");
  const event = one.events[0];
  const missed = one.kind === "missed" ? one.labels[0] : null;
  const title = missed ? `${missed.kind || "?"} — ${missed.place || "*"}` : event ? `${event.title.zh} ${event.title.en} — ${event.subject}` : one.labels.map((l) => `${l.kind || "?"} ${l.place}`).join(", ");
  caption.append(node("span", { class: `kind ${one.kind}` }, KINDS[one.kind]), node("b", {}, title),
    node("span", { class: "why" }, missed ? `${clock(missed.start)} – ${clock(missed.end)}: 没有事件为它触发 no event was raised for it` : event.explanation));
  const made = node("figure", { class: `picture of-${one.kind}` }, caption);
  const readout = node("div", { class: "readout", "aria-hidden": "true" });
  const plots = [];
  one.series.forEach((series, place) => {
    const known = series.value.filter((v) => v !== null);
    if (!known.length) return;
    const values = [...known, ...series.limits.map(([, v]) => v)];
    let low = values.reduce((a, b) => Math.min(a, b)), high = values.reduce((a, b) => Math.max(a, b));
    const room = (high - low || Math.abs(high) || 1) * 0.07;
    if (low !== 0) low -= room;
    high += room;
    const width = WIDE, height = place === 0 ? 200 : 110;
    const { svg, x, y, box } = frame({ width, height, t0: one.start, t1: one.end, low, high, unit: series.unit, ticks: timeTicks(one.start, one.end, WIDE / 140), label: `${series.channel}, ${series.quantity.en}, ${clock(one.start)} to ${clock(one.end)}` });
    const clip = (t) => Math.min(box.right, Math.max(box.left, x(t)));
    const area = { y: box.top, height: box.bottom - box.top };
    const bands = draw("g", { class: "labels" });
    for (const l of one.labels) {
      const band = draw("rect", { class: l === missed ? "label mine" : "label", x: clip(l.start), width: Math.max(2, clip(l.end) - clip(l.start)), ...area });
      band.append(draw("title", {}, `${l.kind} ${l.place}`));
      bands.append(band);
    }
    svg.append(bands);
    for (const e of one.events) {
      const end = e.cleared ?? one.end;
      svg.append(draw("rect", { class: e.case ? "band" : "quiet-band", x: clip(e.opened), width: Math.max(1, clip(end) - clip(e.opened)), ...area }));
      if (e.opened >= one.start && e.opened <= one.end) {
        const line = draw("line", { class: e.case ? "raised" : "quiet-raised", x1: x(e.opened), x2: x(e.opened), y1: box.top, y2: box.bottom });
        line.append(draw("title", {}, `${e.rule} ${clock(e.opened)}`));
        svg.append(line);
      }
    }
    for (const [name, value] of series.limits) {
      svg.append(draw("line", { class: "limit", x1: box.left, x2: box.right, y1: y(value), y2: y(value) }));
      svg.append(draw("text", { class: "limit-text", x: box.left + 4, y: y(value) - 3 }, `限 ${name} ${number(value)}`));
    }
    let path = "", pen = false, before = null;
    series.time.forEach((t, row) => {
      const v = series.value[row];
      if (v === null) { pen = false; return; }
      const gap = series.gap && before !== null && t - before > Math.max(series.gap, (one.end - one.start) / 100);
      path += `${pen && !gap ? "L" : "M"}${x(t).toFixed(1)} ${y(v).toFixed(1)}`;
      pen = true;
      before = t;
    });
    svg.append(draw("path", { class: "curve", d: path, style: `stroke: var(--c${place})` }));
    const cursor = draw("line", { class: "cursor", x1: -9, x2: -9, y1: box.top, y2: box.bottom });
    svg.append(cursor);
    plots.push({ svg, cursor, series, x });
    svg.addEventListener("pointermove", (move) => {
      const bounds = svg.getBoundingClientRect();
      const where = ((move.clientX - bounds.left) / bounds.width) * width;
      const t = one.start + ((where - box.left) / (box.right - box.left)) * (one.end - one.start);
      if (t < one.start || t > one.end) return;
      const told = plots.map((plot) => {
        plot.cursor.setAttribute("x1", plot.x(t));
        plot.cursor.setAttribute("x2", plot.x(t));
        let row = plot.series.time.findIndex((moment) => moment > t) - 1;
        if (row < 0) row = plot.series.time.at(-1) <= t ? plot.series.time.length - 1 : 0;
        return `${plot.series.channel} ${number(plot.series.value[row], 5)} ${plot.series.unit}`;
      });
      readout.textContent = `${clock(t)} · ${told.join(" · ")}`;
    });
    made.append(node("div", { class: "legend" }, (() => { const item = node("span"); item.append(node("i", { style: `border-color: var(--c${place})` }), `${series.channel} · ${series.quantity.zh} ${series.quantity.en}`); return item; })()), svg);
  });
  if (!plots.length) made.append(node("p", { class: "note" }, "没有可用读数 no usable readings here"));
  made.append(readout);
  return made;
}

function pictures() {
  const all = data.pictures;
  if (!all.length) { at("pictures").append("没有事件 nothing was raised"); return; }
  at("pictures").append(...all.map(picture));
  const drawn = all.filter((one) => ["event", "false", "found"].includes(one.kind)).length;
  if (drawn < report.events) at("filter").before(node("p", { class: "note" }, `此处 ${number(drawn)} 个，共 ${number(report.events)} 个事件，全部见 events.csv。${number(drawn)} of ${number(report.events)} events are drawn, first to last evenly; all are in events.csv.`));
  const kinds = [...new Set(all.map((one) => one.kind))];
  const show = (kind) => {
    for (const one of at("pictures").children) one.hidden = kind !== "" && !one.classList.contains(`of-${kind}`);
    for (const button of at("filter").children) button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
  };
  for (const kind of ["", ...kinds]) {
    const count = kind ? all.filter((one) => one.kind === kind).length : all.length;
    const button = node("button", { type: "button", "data-kind": kind, "aria-pressed": String(kind === "") }, `${kind ? KINDS[kind] : "全部 all"} (${count})`);
    button.addEventListener("click", () => show(kind));
    at("filter").append(button);
  }
  const key = node("div", { class: "legend" });
  for (const [style, text] of [["var(--green)", "标注 label (shaded)"], ["var(--red)", "触发 raised (line), until cleared (shaded)"], ["var(--quiet)", "不立案 opens no case"]]) {
    const item = node("span");
    item.append(node("i", { style: `border-color: ${style}` }), text);
    key.append(item);
  }
  key.append(node("span", {}, `时间 times: ${zone}`));
  at("filter").after(key);
}

function sweeps() {
  const sweep = report.sweep;
  if (!Object.keys(sweep?.rules ?? {}).length) return;
  at("s-sweep").hidden = false;
  at("how").textContent = `每条规则的限值乘以系数后重新判定（精确，由记录的得分）。Each rule alone at its limit times a factor, worked out exactly from its scores; 1 is as written.${sweep.left_out.length ? ` 未扫描 not swept (flags, or channels side by side): ${sweep.left_out.join(", ")}.` : ""}`;
  const labelled = Boolean(report.labels);
  for (const [rule, points] of Object.entries(sweep.rules)) {
    const lines = labelled
      ? [["false_runs", "误报 false runs", "--c1"], ["found", "命中 found", "--c0"]]
      : [["events", "事件 events", "--c1"], ["cases", "案件 cases", "--c0"]];
    const most = Math.max(1, ...points.flatMap((p) => lines.map(([name]) => p[name] ?? 0)));
    const log = Math.log2;
    const said = points.map((p) => `×${p.factor}: ${lines.map(([name, text]) => `${text} ${p[name]}`).join(", ")}`).join("; ");
    const { svg, x, y, box } = frame({ width: 340, height: 180, left: 44, t0: log(points[0].factor), t1: log(points.at(-1).factor), low: 0, high: most * 1.08, whole: true, ticks: points.map((p) => [log(p.factor), `×${p.factor}`]), label: `${rule}: ${said}` });
    svg.append(draw("line", { class: "one", x1: x(0), x2: x(0), y1: box.top, y2: box.bottom }));
    for (const [name, text, colour] of lines) {
      svg.append(draw("path", { class: "curve", style: `stroke: var(${colour})`, d: points.map((p, n) => `${n ? "L" : "M"}${x(log(p.factor))} ${y(p[name] ?? 0)}`).join("") }));
      for (const p of points) {
        const dot = draw("circle", { cx: x(log(p.factor)), cy: y(p[name] ?? 0), r: 3, style: `fill: var(${colour})` });
        dot.append(draw("title", {}, `×${p.factor}: ${text} ${p[name]}`));
        svg.append(dot);
      }
    }
    const legend = node("div", { class: "legend" });
    for (const [, text, colour] of lines) {
      const item = node("span");
      item.append(node("i", { style: `border-color: var(${colour})` }), text);
      legend.append(item);
    }
    at("sweep").append(node("figure", {}, node("figcaption", {}, node("b", {}, rule)), legend, svg));
  }
}

function against() {
  const a = report.against;
  if (!a) return;
  at("s-against").hidden = false;
  const heads = [["规则 Rule"], ["地点 Zone"], ["通道 Channel"], ["级别 Severity"], ["开案 Opened"], ["结束 Ended"]];
  const row = (c) => [c.rule, c.zone || "–", c.channel, c.severity, c.opened ?? "", c.ended ?? "–"];
  at("against").append(
    node("p", {}, `新增 gained ${a.gained.length}, 减少 lost ${a.lost.length}, 相同 same ${a.same}; 对方每日 p95 the other's p95 a day ${a.per_day?.p95 ?? "–"}`),
    table("新增 gained", heads, a.gained.slice(0, 100).map(row)), node("p"),
    table("减少 lost", heads, a.lost.slice(0, 100).map(row)));
}

function noise() {
  at("noise").append(report.noisiest.length
    ? table("", [["通道 Channel"], ["事件 Events", "n"], ["其中误报 false", "n"]], report.noisiest.map((n) => [n.channel, number(n.events), report.labels ? number(n.false) : "–"]))
    : "没有 none");
}

function split() {
  const c = report.cases;
  for (const [name, title] of [["by_class", "类别 Class"], ["by_department", "部门 Department"], ["by_zone", "区域 Zone"], ["by_severity", "级别 Severity"], ["by_rule", "规则 Rule"]]) {
    const rows = Object.entries(c[name] ?? {});
    if (rows.length) at("split").append(table("", [[title], ["案件 Cases", "n"]], rows.slice(0, 20).map(([text, n]) => [text, number(n)])));
  }
  if (!at("split").children.length) at("split").append("没有案件 no cases");
}

function problems() {
  const p = report.problems;
  if (!p || !(p.bad_rows || p.duplicates || p.readings_of_no_channel || p.listed.length)) return;
  at("s-problems").hidden = false;
  at("problems").append(
    node("p", {}, `坏行 bad rows ${number(p.bad_rows)}, 重复 duplicates ${number(p.duplicates)}, 无此通道 readings of no channel ${number(p.readings_of_no_channel)}`),
    table("", [["文件 File"], ["行 Row", "n"], ["列 Column"], ["问题 What"], ["改法 Mend"]], p.listed.slice(0, 100).map((one) => [one.file, number(one.row), one.column, one.what, one.mend])));
}

at("asked").textContent = `${Object.entries(report.asked).map(([name, value]) => `${name}: ${value}`).join(" · ")} · ${report.from ?? "–"} – ${report.until ?? "–"}`;
at("stopped").hidden = !report.stopped_early;
for (const part of [figures, days, rules, labels, pictures, sweeps, against, noise, split, problems]) part();
document.body.dataset.ready = "yes";
