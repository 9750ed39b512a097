// A drill as it goes: its clock, cases, what people are told; for its leaders what is coming too.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { OUTCOMES, STATES, word } from "../cases/words.js";
import { get, post } from "../shell/answers.js";
import { confirm } from "../shell/dialog.js";
import { number, percent, say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { learn, nameOf } from "../shell/quantities.js";
import { link } from "../shell/route.js";
import { failed, loading } from "../shell/states.js";
import { onTakingPart, takePart, takingPart } from "../shell/taking_part.js";
import { clockTime, duration, left, now, speed } from "../shell/time.js";
import { curvesOf } from "./curves.js";
import { putIn } from "./fault.js";
import { doing, happeningName, isPlayed, postName, roleName, stateInk, stateName, titleOf } from "./words.js";

const RELOAD = 2000; // [ms] while it goes on

export function watch(root, drillNumber, shell) {
  const state = { detail: null, report: null, error: null, busy: false };
  let timer = null;
  let closed = false;
  const draw = () => closed || render(page(state, acts, load), root);

  async function load() {
    clearTimeout(timer);
    try {
      await learn();
      state.detail = await get(`drills/${drillNumber}`);
      state.error = null;
      const { drill, leads } = state.detail;
      shell.title({ zh: `演练 ${drill.number}`, en: `Drill ${drill.number}` });
      if (leads && isPlayed(drill.state)) state.report = await get(`drills/${drillNumber}/report`);
      if (takingPart()?.number === drill.number && drill.state === "ended") takePart(null);
    } catch (why) {
      state.error = why;
    }
    draw();
    if (!closed && state.detail?.drill.state !== "ended") timer = setTimeout(load, RELOAD);
  }

  async function turn(verb) {
    if (state.busy) return;
    state.busy = true;
    draw();
    try {
      state.detail = await post(`drills/${drillNumber}/${verb}`);
    } finally {
      state.busy = false;
      draw();
    }
  }

  const acts = {
    pause: () => turn("pause"),
    resume: () => turn("resume"),
    fault: async () => {
      if (await putIn(state.detail)) load();
    },
    end: async () => {
      const sure = await confirm(
        { zh: "结束演练？", en: "End the drill?" },
        { note: { zh: "在办的演练案件将作废，虚拟设备停用。不能恢复。", en: "Its open cases are voided as exercises and its devices retired. There is no way back." }, submit: { zh: "结束演练", en: "End the drill" }, danger: true },
      );
      if (sure) turn("end").then(load);
    },
  };
  render(loading(), root);
  load();
  const off = onTakingPart(draw);
  const ticking = setInterval(draw, 1000);
  return {
    redraw: draw,
    close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(ticking);
      off();
    },
  };
}

function page(state, acts, again) {
  if (!state.detail) return state.error ? failed(state.error, again, true) : loading();
  const { drill, leads, cases, findings, devices, injects, happenings, log } = state.detail;
  const ended = drill.state === "ended";
  return html`<div class="page" data-state=${drill.state}>
    <div class="head">
      <h1><a class="back" href=${link("drills")} aria-label=${say("全部演练", "All drills")}>‹</a> ${titleOf(drill)} <small>#${drill.number}</small></h1>
      <span class="tag ${stateInk(drill.state)}" role="status">${stateName(drill.state)}</span>
      ${buttons(drill, leads, state.busy, acts)}
    </div>
    ${state.error ? html`<p class="refused" role="alert">${state.error.message}</p>` : nothing}
    ${drill.state === "interrupted" || drill.state === "failed" ? html`<p class="note trouble">${say("没有进程在播放这次演练，设备已无声；只能结束它。", "Nobody plays this drill any more and its devices are silent: it can only be ended.")}</p>` : nothing}
    <div class="panel clock">${clock(drill)}</div>
    ${leads && state.report?.curves.length && !ended ? html`<section class="panel" aria-labelledby="curves"><h2 id="curves">${say("设备读数与处置", "Readings, with the decisions on them")}</h2>${curvesOf(state.report)}</section>` : nothing}
    <div class="split lopsided">
      <div class="stack">
        <section aria-labelledby="cases"><h2 id="cases">${say("演练案件", "Cases of the drill")}</h2><div class="panel">${caseList(cases)}</div></section>
        <section class="panel" aria-labelledby="findings"><h2 id="findings">${say("规则发现", "What rules found")}</h2>${found(findings)}</section>
        ${leads || ended ? html`<section class="panel" aria-labelledby="truth"><h2 id="truth">${say("实情（仅导调可见）", "What is true, for its leaders")}</h2>${truth(happenings, drill)}</section>` : nothing}
      </div>
      <div class="stack">
        <section class="panel" aria-labelledby="injects"><h2 id="injects">${say("通报", "What people are told")}</h2>${told(injects, drill)}</section>
        <section class="panel" aria-labelledby="log"><h2 id="log">${say("导调记录", "What was done")}</h2>${lines(log)}</section>
        <section class="panel" aria-labelledby="devices"><h2 id="devices">${say(`设备 ${devices.length} 台`, `${devices.length} devices`)}</h2>${places(devices)}</section>
      </div>
    </div>
  </div>`;
}

function buttons(drill, leads, busy, acts) {
  const part = takingPart()?.number === drill.number;
  const ended = drill.state === "ended";
  const button = (name, text, run, classes = "") => html`<button type="button" class=${classes} data-act=${name} ?disabled=${busy} @click=${run}>${text}</button>`;
  return html`<div class="acts" role="group" aria-label=${say("导调", "Lead")}>
    ${ended ? nothing : part ? button("leave", say("退出演练视图", "Leave the exercise view"), () => takePart(null)) : button("join", say("参加演练", "Take part"), () => takePart(drill))}
    ${leads && ["running", "over"].includes(drill.state) ? button("fault", say("注入故障", "Put a fault in"), acts.fault) : nothing}
    ${leads && drill.state === "running" ? button("pause", say("暂停", "Pause"), acts.pause) : nothing}
    ${leads && drill.state === "paused" ? button("resume", say("继续", "Go on"), acts.resume, "main") : nothing}
    ${leads || ended ? html`<a class="button" data-act="report" href=${link("drills", [String(drill.number), "report"])}>${ended ? say("评估报告", "After-action report") : say("阶段报告", "Report so far")}</a>` : nothing}
    ${leads && !ended ? button("end", say("结束演练", "End"), acts.end, "danger") : nothing}
  </div>`;
}

function clock(drill) {
  const [from, to] = [Date.parse(drill.began), Date.parse(drill.until)];
  const at = drill.ended ? Date.parse(drill.ended) : now();
  const gone = (at - from) / 1000;
  const share = Math.min(1, Math.max(0, (at - from) / (to - from)));
  return html`<dl class="facts">
      <div><dt>${say("开始", "Began")}</dt><dd>${clockTime(from)}</dd></div>
      <div><dt>${drill.ended ? say("结束", "Ended") : say("剧情至", "Story until")}</dt><dd>${clockTime(drill.ended ?? to)}</dd></div>
      <div><dt>${gone < 0 ? say("距开始", "Begins in") : say("已进行", "For")}</dt><dd>${duration(Math.abs(gone))}${!drill.ended && speed() > 1.5 ? html` <small>${say("系统时钟", "system clock")} ×${number(speed(), 0)}</small>` : nothing}</dd></div>
      <div><dt>${say("设备", "Devices")}</dt><dd>${number(drill.devices)}</dd></div>
      <div><dt>${say("案件（在办）", "Cases (open)")}</dt><dd>${number(drill.cases)} <small>${number(drill.open_cases)}</small></dd></div>
      <div><dt>${say("地点", "Place")}</dt><dd>${drill.grid_cell ?? `${number(drill.lon, 4)}, ${number(drill.lat, 4)}`}</dd></div>
      <div><dt>${say("导调", "Led by")}</dt><dd>${drill.started_by || say("访客", "a guest")}</dd></div>
    </dl>
    ${drill.ended ? nothing : html`<progress max="1" .value=${share} aria-label=${say("剧情进度", "How far the story is")}>${percent(share)}</progress>`}`;
}

function caseList(cases) {
  return list({
    name: { zh: "演练案件", en: "Cases of the drill" },
    rows: cases,
    key: (row) => row.number,
    href: (row) => link("cases", [row.number]),
    nothing: { zh: "还没有案件。", en: "No case yet." },
    columns: [
      { name: "number", title: { zh: "案件", en: "Case" }, cell: (row) => html`<span class="exercise-mark">${say("演练", "EX")}</span> ${row.number}` },
      { name: "title", title: { zh: "内容", en: "What" }, cell: (row) => titleOf(row), value: (row) => titleOf(row), sort: false },
      { name: "state", title: { zh: "状态", en: "State" }, cell: (row) => word(STATES, row.state) },
      { name: "found", title: { zh: "发现", en: "Found" }, cell: (row) => clockTime(row.found) },
      { name: "stage_due", title: { zh: "剩余", en: "Time left" }, cell: (row) => (row.stage_due ? (({ text, overdue }) => html`<span class=${overdue ? "red" : ""}>${text}</span>`)(left(row.stage_due)) : row.outcome ? word(OUTCOMES, row.outcome) : "–") },
    ],
  });
}

function found(findings) {
  if (!findings.length) return html`<p class="quiet">${say("规则还没有发现什么。", "The rules have found nothing yet.")}</p>`;
  return html`<ul class="lines">${findings.map((one) => html`<li><time>${clockTime(one.found)}</time> <span>${one.title ? titleOf(one.title) : one.rule}<small>${one.devices.map((name) => name.replace(/^drill-\d+\./, "")).join(", ")}${one.ended ? say(" · 已结束", " · over") : ""}</small></span></li>`)}</ul>`;
}

function truth(happenings, drill) {
  const at = drill.ended ? Date.parse(drill.ended) : now();
  return html`<ul class="lines">${happenings.map((one) => {
    const [began, ended] = [Date.parse(one.began), Date.parse(one.ended)];
    const when = began > at ? say("将发生", "to come") : ended > at ? say("进行中", "on") : say("已过", "over");
    return html`<li class=${began > at ? "ahead" : ""}><time>${clockTime(began)}</time> <span>${happeningName(one)} <span class="tag quiet">${roleName(one.role)}</span> <small>${when} · ${one.devices.join(", ")}</small></span></li>`;
  })}</ul>`;
}

function told(injects) {
  if (!injects.length) return html`<p class="quiet">${say("现在没有通报。", "Nothing so far.")}</p>`;
  return html`<ul class="lines">${injects.map((one) => html`<li class=${one.due ? "" : "ahead"}><time>${clockTime(one.at)}</time> <span><b>${postName(one.to)}</b> ${one.due ? nothing : html`<span class="tag quiet">${say("未到", "to come")}</span>`} ${titleOf(one.say)}</span></li>`)}</ul>`;
}

function lines(log) {
  return html`<ul class="lines">${[...log].reverse().map((one) => html`<li><time>${clockTime(one.at)}</time> <span>${doing(one, duration)}<small>${one.who || say("访客", "a guest")}</small></span></li>`)}</ul>`;
}

function places(devices) {
  return html`<ul class="places">${devices.map((one) => html`<li><a href=${link("sensors", [one.id])}>${one.device}</a><small>${nameOf(one.quantity)}${one.gateway ? ` · ${one.gateway}` : ""}</small></li>`)}</ul>`;
}
