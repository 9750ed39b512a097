// What a backtest found, beside what the version in force would have done on the same readings.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { address, get } from "../shell/answers.js";
import { number, percent, say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { plot } from "../shell/plot.js";
import { link } from "../shell/route.js";
import { duration, fromInput, fullTime } from "../shell/time.js";
import "./editor.js";
import { SEVERITIES } from "../cases/words.js";
import { pictures } from "./pictures.js";
import { sweep } from "./sweep.js";
import { NOTES, word } from "./words.js";

const named = ({ zh, en }) => say(zh, en);
const three = (spread) => (spread ? `${number(spread.p50)} / ${number(spread.p95)} / ${number(spread.max)}` : "–");

export async function openResult(id, page) {
  const { backtest, pack, report, pictures: drawn } = await get(`backtests/${id}/result`);
  const state = { kind: "", whole: false };
  return {
    title: { zh: `回测 ${backtest.rules.join("、")}`, en: `Backtest of ${backtest.rules.join(", ")}` },
    keeps: ({ path }) => path[0] === "backtests" && Number(path[1]) === id,
    draw: () => draw({ backtest, pack, report, drawn, state, page }),
  };
}

function draw({ backtest, pack, report, drawn, state, page }) {
  const { against, cases } = report;
  const [rule] = backtest.rules;
  return html`<div class="page rule result" data-result=${backtest.id}>
    <nav class="trail" aria-label=${say("位置", "Where this is")}><a href=${link("rules")}>${say("规则", "Rules")}</a> / <a href=${link("rules", ["backtests"])}>${say("回测", "backtests")}</a> / ${backtest.id}</nav>
    <div class="head">
      <h1>${say("回测", "Backtest")} <small>${backtest.rules.join(", ")}</small></h1>
      ${["events", "notes", "cases"].map((table) => html`<a class="button" download href=${address(`backtests/${backtest.id}/${table}.csv`)}>${{ events: say("事件", "Events"), notes: say("不立案事件", "Notes"), cases: say("案件", "Cases") }[table]} CSV</a>`)}
      <a class="button" href=${link("rules", [rule, "edit"])}>${say("回到编辑", "Back to the editor")}</a>
    </div>
    <p class="quiet">${fullTime(backtest.since)} – ${fullTime(backtest.until)}${backtest.zone ? ` · ${backtest.zone}` : ""} · ${say(`${number(report.readings, 0)} 条读数，${number(report.channels_with_readings, 0)} 个通道，用时 ${number(report.seconds)} 秒`, `${number(report.readings, 0)} readings of ${number(report.channels_with_readings, 0)} channels, in ${number(report.seconds)} s`)} · ${backtest.actor} ${fullTime(backtest.asked)}</p>
    ${report.readings ? nothing : html`<p class="refused">${say("这段时间没有这些通道的读数，什么也没有判断。", "There are no readings of these channels in that time: nothing was judged.")}</p>`}
    ${report.blind.length ? html`<p class="refused">${say("没有适用的通道：", "Looks at no channel: ")}${report.blind.join(", ")}</p>` : nothing}
    <div class="split"><section class="panel" aria-labelledby="beside"><h2 id="beside">${say("与生效版本对比", "Beside what is in force")}</h2>${beside(report)}</section>
    ${cases.days ? html`<section class="panel" aria-labelledby="by-day"><h2 id="by-day">${say("每日案件", "Cases a day")}</h2>${days(cases, against)}${shifts(cases)}</section>` : nothing}</div>
    ${report.labels ? html`<section class="panel" aria-labelledby="scored"><h2 id="scored">${say("按已结案件评分", "Scored on closed cases")}</h2>${scores(report.labels, against)}</section>` : nothing}
    <section class="panel" aria-labelledby="moved"><h2 id="moved">${say("案件增减", "Cases gained and lost")}</h2>
      <p class="quiet">${say(`新增 ${against.gained.length}，减少 ${against.lost.length}，相同 ${against.same}`, `${against.gained.length} gained, ${against.lost.length} lost, ${against.same} the same`)}</p>
      ${moved(against)}</section>
    ${pictures(drawn, report, state, page.draw)}
    ${sweep(report)}
    <div class="split">
      <section class="panel" aria-labelledby="which"><h2 id="which">${say("各规则", "By rule")}</h2>${rules(report)}</section>
      <section class="panel" aria-labelledby="split"><h2 id="split">${say("案件分布", "Cases by")}</h2>${shares(cases)}
        ${report.noisiest.length ? html`<h3>${say("事件最多的通道", "Noisiest channels")}</h3>${table([say("通道", "Channel"), say("事件", "Events"), ...(report.labels ? [say("误报", "false")] : [])], report.noisiest.slice(0, 10).map((each) => [each.channel, number(each.events, 0), ...(report.labels ? [number(each.false, 0)] : [])]))}` : nothing}</section>
    </div>
    <details class="panel" ?open=${state.whole} @toggle=${(event) => (state.whole = event.target.open)}><summary>${say("回测的文字", "The text that was judged")}</summary>
      <lifeline-yaml class="whole" .setting=${{ text: pack, label: say("回测的文字", "The text that was judged") }}></lifeline-yaml></details>
  </div>`;
}

// The text, what is in force on the same readings, and what was on record of that time.
function beside({ cases, against, events, notes, recorded, labels, rules: judged, sensor_months: months }) {
  const other = against.labels;
  const own = labels?.total;
  const { total: quiet } = notes;
  const rows = [
    [say("案件", "Cases"), number(cases.total, 0), number(against.cases, 0), number(recorded.cases, 0)],
    [say("每日 p50 / p95 / 最多", "A day: p50 / p95 / most"), three(cases.per_day), three(against.per_day), ""],
    [say("立案事件", "Events that open cases"), number(events, 0), number(against.events, 0), number(recorded.events, 0)],
    [say("不立案事件", "Events that open none"), number(quiet, 0), "", ""],
    [say("每传感器月事件", "Events a sensor-month"), number(months ? events / months : null), number(months ? against.events / months : null), ""],
  ];
  if (own) {
    rows.push(
      [say("找到的属实案件", "Real cases found"), `${own.found} / ${own.labels}`, other ? `${other.found} / ${other.labels}` : "", ""],
      [say("精确率", "Precision"), percent(own.precision), other ? percent(other.precision) : "", ""],
      [say("误报", "False runs"), number(own.false_runs, 0), other ? number(other.false_runs, 0) : "", ""],
      [say("延迟中位", "Median delay"), own.median_delay_s === null ? "–" : duration(own.median_delay_s), other ? (other.median_delay_s === null ? "–" : duration(other.median_delay_s)) : "", ""],
    );
  }
  const version = judged.find(({ status }) => status)?.version?.slice(0, 8) ?? "";
  return html`<div class="wide" tabindex="0" role="group" aria-label=${say("对比", "Comparison")}><table class="beside" aria-label=${say("对比", "Comparison")}>
    <thead><tr><td></td><th scope="col" class="n">${say("这段文字", "This text")} <code>${version}</code></th><th scope="col" class="n">${say("生效版本", "In force")}</th><th scope="col" class="n">${say("当时记录", "On record")}</th></tr></thead>
    <tbody>${rows.map(([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td class="n">${cell}</td>`)}</tr>`)}</tbody></table></div>
    ${quiet ? html`<p class="quiet">${say("不立案：", "Open no case: ")}${Object.entries(notes).filter(([name]) => name !== "total").map(([name, n]) => `${word(NOTES, name)} ${number(n, 0)}`).join(", ")}</p>` : nothing}`;
}

function days(cases, against) {
  const points = (found) => found.map(({ day, cases: count }) => [Date.parse(fromInput(`${day}T00:00`)), count]);
  // A day is drawn as a step: its last point stands where it ends.
  const closed = (found) => [...found, [found.at(-1)[0] + 86400000, found.at(-1)[1]]];
  const series = [{ name: { zh: "这段文字", en: "this text" }, points: closed(points(cases.days)), steps: true }];
  if (against.days?.length) series.push({ name: { zh: "生效版本", en: "in force" }, points: closed(points(against.days)), steps: true, dashed: true, ink: "--curve-2" });
  const { p95, max } = cases.per_day;
  return plot({
    label: { zh: "每日案件", en: "Cases a day" }, series, height: 170,
    limits: [{ label: { zh: "p95", en: "p95" }, value: p95, ink: "--curve-3" }],
    summary: { zh: `p95 ${p95}，最多 ${max}`, en: `p95 ${p95}, at most ${max}` },
  });
}

function shifts(cases) {
  return table([say("班", "Shift"), say("均", "mean"), "p50", "p95", say("最多", "most")], Object.entries(cases.shifts).map(([name, each]) => [name, number(each.mean), number(each.p50), number(each.p95), number(each.max)]));
}

function scores({ by_rule: byRule, by_kind: byKind, missed, without_readings: unseen, tolerance }) {
  const heads = [say("属实案件", "Labels"), say("找到", "Found"), say("召回", "Recall"), say("精确", "Precision"), say("误报", "False"), say("延迟中位", "Median delay")];
  const row = ([name, each]) => [name || "–", number(each.labels, 0), number(each.found, 0), percent(each.recall), percent(each.precision), number(each.false_runs, 0), each.median_delay_s === null ? "–" : duration(each.median_delay_s)];
  return html`${table([say("规则", "Rule"), ...heads], Object.entries(byRule).map(row))}
    <h3>${say("按类别", "By class")}</h3>${table([say("类别", "Class"), ...heads], Object.entries(byKind).map(row))}
    <p class="quiet">${say(`容差 ${tolerance}；未找到 ${missed.length}，无读数 ${unseen.length}`, `Tolerance ${tolerance}; missed ${missed.length}, without readings ${unseen.length}`)}</p>`;
}

function moved({ gained, lost }) {
  const rows = [...gained.map((each) => ({ way: "gained", ...each })), ...lost.map((each) => ({ way: "lost", ...each }))];
  return list({
    name: { zh: "案件增减", en: "cases gained and lost" }, rows, key: ({ way, key, opened }) => `${way} ${key} ${opened}`,
    nothing: { zh: "没有增减。", en: "Neither gained nor lost." },
    columns: [
      { name: "way", title: { zh: "增减", en: "Way" }, cell: ({ way }) => (way === "gained" ? html`<span class="green">+ ${say("新增", "gained")}</span>` : html`<span class="orange">− ${say("减少", "lost")}</span>`) },
      { name: "channel", title: { zh: "通道", en: "Channel" }, cell: ({ channel }) => html`<a href=${link("sensors", [channel.split(".")[0]])}>${channel}</a>` },
      { name: "zone", title: { zh: "片区", en: "Zone" }, narrow: true, cell: ({ zone }) => zone || "–" },
      { name: "severity", title: { zh: "等级", en: "Severity" }, cell: ({ severity }) => html`<span class="tag ${severity}">${word(SEVERITIES, severity)}</span>` },
      { name: "opened", title: { zh: "开案", en: "Opened" }, cell: ({ opened }) => fullTime(opened) },
      { name: "ended", title: { zh: "结束", en: "Ended" }, narrow: true, cell: ({ ended }) => (ended ? fullTime(ended) : "–") },
    ],
  });
}

function rules({ rules: found }) {
  const rows = found.filter(({ channels, events, notes }) => channels || events || notes).map((each) => [html`${named(each.title)}<small>${each.rule}</small>`, number(each.channels, 0), number(each.events, 0), number(each.notes, 0), number(each.cases_opened, 0)]);
  return table([say("规则", "Rule"), say("通道", "Channels"), say("事件", "Events"), say("不立案", "Notes"), say("案件", "Cases")], rows);
}

const SHARES = [["by_class", "类别", "Class"], ["by_department", "部门", "Department"], ["by_zone", "片区", "Zone"], ["by_severity", "等级", "Severity"]];

function shares(cases) {
  const found = SHARES.filter(([name]) => Object.keys(cases[name] ?? {}).length);
  if (!found.length) return html`<p class="quiet">${say("没有案件。", "There are no cases.")}</p>`;
  return found.map(([name, zh, en]) => table([say(zh, en), say("案件", "Cases")], Object.entries(cases[name]).slice(0, 12).map(([key, n]) => [key, number(n, 0)])));
}

function table([first, ...heads], rows) {
  return html`<div class="wide" tabindex="0" role="group" aria-label=${first}><table aria-label=${first}><thead><tr><th scope="col">${first}</th>${heads.map((head) => html`<th scope="col" class="n">${head}</th>`)}</tr></thead>
    <tbody>${rows.map(([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td class="n">${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}
