// The after-action report: what was found, missed and false, how fast, and what was decided when.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { DONE, STATES, word } from "../cases/words.js";
import { get } from "../shell/answers.js";
import { download } from "../shell/export.js";
import { number, say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { learn } from "../shell/quantities.js";
import { link } from "../shell/route.js";
import { failed, loading } from "../shell/states.js";
import { clockTime, duration, fullTime, isoDuration, seconds } from "../shell/time.js";
import { curvesOf } from "./curves.js";
import { STEP_NAMES, doing, fate, happeningName, met, postName, roleName, stateInk, stateName, stepName, titleOf } from "./words.js";

export function report(root, drillNumber, shell) {
  const state = { found: null, error: null };
  const draw = () => render(page(state, load), root);
  async function load() {
    Object.assign(state, { found: null, error: null });
    draw();
    try {
      await learn();
      state.found = await get(`drills/${drillNumber}/report`);
      shell.title({ zh: `演练 ${drillNumber} 报告`, en: `Report of drill ${drillNumber}` });
    } catch (why) {
      state.error = why;
    }
    draw();
  }
  load();
  return { redraw: draw };
}

function page({ found, error }, again) {
  if (!found) return error ? failed(error, again, true) : loading();
  const { drill } = found;
  return html`<div class="page report" data-final=${String(found.final)}>
    <div class="head">
      <h1><a class="back" href=${link("drills", [String(drill.number)])} aria-label=${say("回到演练", "Back to the drill")}>‹</a> ${say("演练评估报告", "After-action report")} <small>#${drill.number}</small></h1>
      <span class="acts"><button type="button" @click=${() => print()}>${say("打印", "Print")}</button>
      <button type="button" @click=${() => download(`drill-${drill.number}`, "json", JSON.stringify(found, null, 2))}>JSON</button></span>
    </div>
    <p class="exercise-line"><span class="exercise-mark">${say("演练", "EXERCISE")}</span> ${titleOf(drill)} · ${fullTime(drill.began)} – ${fullTime(found.until)} · ${say("种子", "seed")} ${drill.seed} · ${drill.started_by} <span class="tag ${stateInk(drill.state)}">${found.final ? stateName(drill.state) : say("阶段报告", "so far")}</span></p>
    ${summary(found)}
    <section class="panel" aria-labelledby="happened"><h2 id="happened">${say("发生了什么，何时发现与处置", "What happened, and when it was found and handled")}</h2>${happened(found)}</section>
    <section aria-labelledby="expected"><h2 id="expected">${say("对照要求", "Against what was expected")}</h2><div class="panel">${expected(found)}</div></section>
    ${found.curves.length ? html`<section class="panel" aria-labelledby="curves"><h2 id="curves">${say("过程曲线", "Curves")}</h2>${curvesOf(found)}</section>` : nothing}
    <section class="panel" aria-labelledby="timeline"><h2 id="timeline">${say("时间线", "Time line")}</h2>${timeline(found)}</section>
  </div>`;
}

function summary({ happenings, expectations, false: wrong, withdrawn, cases }) {
  const problems = happenings.filter(({ role, fate: what }) => role === "problem" && what !== "ahead");
  const caught = problems.filter(({ fate: what }) => what === "found");
  const missed = problems.filter(({ fate: what }) => what === "missed");
  const inTime = expectations.filter((one) => one.met === "met");
  const decided = expectations.filter((one) => one.met !== "waiting");
  const firsts = caught.map((one) => (Date.parse(one.at.found) - Date.parse(one.began)) / 1000).sort((a, b) => a - b);
  const middle = firsts.length ? (firsts[(firsts.length - 1) >> 1] + firsts[firsts.length >> 1]) / 2 : null;
  const tile = (label, value, note, ink = "") => html`<div class="tile"><dt>${label}</dt><dd class=${ink}>${value}<small>${note}</small></dd></div>`;
  return html`<dl class="tiles">
    ${tile(say("发现问题", "Problems found"), html`${number(caught.length)} / ${number(problems.length)}`, missed.length ? say(`漏报 ${missed.length}`, `${missed.length} missed`) : say("无漏报", "none missed"), missed.length ? "red" : "")}
    ${tile(say("发现用时（中位）", "Time to find, median"), middle === null ? "–" : `${middle < 0 ? "−" : ""}${duration(middle)}`, say("自问题开始", "after it began"))}
    ${tile(say("按时完成", "Done in time"), html`${number(inTime.length)} / ${number(decided.length)}`, expectations.length > decided.length ? say(`另有 ${expectations.length - decided.length} 项未到时限`, `${expectations.length - decided.length} still open`) : say("项要求", "of what was expected"), inTime.length < decided.length ? "orange" : "")}
    ${tile(say("误报案件", "False cases"), number(wrong.length), wrong.length ? wrong.join(", ") : say("无", "none"), wrong.length ? "orange" : "")}
    ${tile(say("系统撤回", "Withdrawn"), number(withdrawn.length), withdrawn.length ? withdrawn.join(", ") : say("无", "none"))}
    ${tile(say("案件", "Cases"), number(cases.length), say("全部为演练", "all of them exercises"))}
  </dl>`;
}

function happened({ happenings }) {
  return html`<div class="wide" tabindex="0" role="region" aria-label=${say("事件与用时", "Happenings and times")}><table>
    <thead><tr><th scope="col">${say("实情", "What was true")}</th><th scope="col">${say("类别", "Kind")}</th><th scope="col">${say("开始", "Began")}</th><th scope="col">${say("结果", "Outcome")}</th>${STEP_NAMES.map((step) => html`<th scope="col" class="n">${stepName(step)}</th>`)}<th scope="col">${say("案件", "Cases")}</th></tr></thead>
    <tbody>${happenings.map((one) => {
      const [zh, en, ink, sign] = fate(one.fate);
      return html`<tr data-fate=${one.fate}><td>${happeningName(one)}<small>${one.devices.slice(0, 4).join(", ")}${one.devices.length > 4 ? " …" : ""}</small></td><td>${roleName(one.role)}</td><td>${clockTime(one.began)}</td>
        <td><span class=${ink}><span aria-hidden="true">${sign}</span> ${say(zh, en)}</span></td>
        ${STEP_NAMES.map((step) => html`<td class="n">${after(one, one.at[step])}</td>`)}
        <td>${one.cases.map((each) => html`<a href=${link("cases", [each])}>${each}</a> `)}</td></tr>`;
    })}</tbody></table></div>`;
}

function after(one, at) {
  if (!at) return html`<span class="quiet">–</span>`;
  const gone = (Date.parse(at) - Date.parse(one.began)) / 1000;
  return html`${gone < 0 ? "−" : "+"}${duration(gone)}<small>${clockTime(at)}</small>`;
}

function expected({ expectations, happenings }) {
  return list({
    name: { zh: "对照要求", en: "Against what was expected" },
    rows: expectations.map((one, n) => ({ ...one, n })),
    key: (row) => row.n,
    nothing: { zh: "此剧本没有要求。", en: "This scenario expects nothing." },
    columns: [
      { name: "of", title: { zh: "问题", en: "Of" }, cell: (row) => happeningName(happenings[row.of]), value: (row) => happeningName(happenings[row.of]) },
      { name: "step", title: { zh: "环节", en: "Step" }, cell: (row) => stepName(row.step) },
      { name: "whom", title: { zh: "责任", en: "Of whom" }, cell: (row) => postName(row.whom) },
      { name: "within", title: { zh: "时限", en: "Within" }, number: true, cell: (row) => isoDuration(row.within), value: (row) => seconds(row.within) },
      { name: "at", title: { zh: "实际", en: "Was" }, number: true, cell: (row) => after(happenings[row.of], row.at) },
      { name: "met", title: { zh: "结果", en: "Outcome" }, cell: (row) => (([zh, en, ink, sign]) => html`<span class=${ink}><span aria-hidden="true">${sign}</span> ${say(zh, en)}</span>`)(met(row.met)) },
    ],
  });
}

// What was true, what was led and what was decided, in one order.
function timeline({ happenings, log, decisions }) {
  const all = [
    ...happenings.map((one) => ({ at: one.began, ink: "orange", who: say("实情", "truth"), text: say(`${happeningName(one)} 开始`, `${happeningName(one)} begins`) })),
    ...log.map((one) => ({ at: one.at, ink: "blue", who: say("导调", "led"), text: `${doing(one, duration)}${one.who ? ` · ${one.who}` : ""}` })),
    ...decisions.map((one) => ({ at: one.at, ink: one.role === "system" ? "" : "green", who: postName(one.role), text: html`<a href=${link("cases", [one.case_number])}>${one.case_number}</a> ${word(DONE, one.verb)} → ${word(STATES, one.after)} <small>${one.actor}${one.reason ? ` · ${one.reason}` : ""}</small>` })),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return html`<ol class="lines timeline">${all.map((one) => html`<li><time>${clockTime(one.at, true)}</time> <span><b class=${one.ink}>${one.who}</b> ${one.text}</span></li>`)}</ol>`;
}
