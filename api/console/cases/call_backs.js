// Callers whose case has ended and who have not heard of it: called from here, and their answer noted.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get, part, post } from "../shell/answers.js";
import { ask } from "../shell/dialog.js";
import { both, say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { follow } from "../shell/live.js";
import { may, roles } from "../shell/person.js";
import { failed } from "../shell/states.js";
import { ago, clockTime, fullTime } from "../shell/time.js";
import { hrefOf, titleOf } from "./shown.js";
import { tabs } from "./tabs.js";
import { FIELDS, OUTCOMES, SATISFACTIONS, STATES, word } from "./words.js";

const CALLER = "intake"; // who says how a call went
const SOON = 700; // [ms] what changed meanwhile is asked for together

export function openCallBacks(root, _route, shell) {
  let timer = 0;
  const reload = () => root.querySelector("lifeline-list")?.reload();
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(reload, SOON);
  };
  const off = [follow("case", soon), follow("reset", soon)];

  // First who it is, which is written down; then the call, and what they say.
  async function call(row) {
    const caller = await who(row);
    if (!caller) return;
    const { text } = await get(`reports/${part(row.report)}`).catch(() => ({ text: "" }));
    const done = await ask({
      title: { zh: `回访：${row.case_number}`, en: `Call back: ${row.case_number}` },
      note: html`<span class="calling"><b>${caller.name || say("来电人", "Caller")}</b> <a class="button" href="tel:${caller.phone}">${caller.phone}</a></span>
        <span class="of-report">${titleOf(row)} · ${endOf(row)}</span>${text ? html`<span class="of-report">“${text}”</span>` : nothing}`,
      fields: [
        { name: "satisfaction", label: FIELDS.satisfaction, kind: "select", required: true, options: Object.entries(SATISFACTIONS) },
        { name: "reason", label: { zh: "来电人所述", en: "What they say" }, kind: "textarea", rows: 3 },
      ],
      submit: { zh: "记录回访", en: "Note it" },
      send: ({ satisfaction, reason }, key) => {
        const body = { verb: "call-back", role: CALLER, reason: reason ?? "", details: { satisfaction, report: row.report } };
        return post(`cases/${part(row.case_number)}/steps`, body, { key, version: row.version });
      },
    });
    if (!done) return;
    await reload();
    const table = root.querySelector("lifeline-list");
    (table?.querySelector("tbody .row") ?? root.querySelector("h1"))?.focus(); // on to the next one
  }

  function who(row) {
    return ask({
      title: { zh: `查看来电人：${row.case_number}`, en: `Show who called: ${row.case_number}` },
      note: html`${titleOf(row)} · ${endOf(row)}`,
      fields: [{ name: "why", label: { zh: "查看理由（将被记录）", en: "Why you look (it is written down)" }, kind: "textarea", rows: 2, required: true, value: say(`回访案件 ${row.case_number}`, `to call back about ${row.case_number}`) }],
      submit: { zh: "查看", en: "Show" },
      send: ({ why }, key) => post(`reports/${part(row.report)}/caller/looks`, { why }, { key }),
    });
  }

  function draw() {
    render(
      html`<div class="page call-backs">
        <div class="head"><h1 tabindex="-1">${say("待回访的来电人", "Callers to call back")}</h1></div>
        ${tabs("call-backs")}
        <p class="note">${roles().includes(CALLER) ? say("案件已了结、尚未回访的来电人。打开一行：说明理由即可看到电话，通话后记下评价。", "Callers whose case has ended and whom nobody has called since. Open a row: say why, and the number is shown; after the call note what they say.") : say("案件已了结、尚未回访的来电人；由受理员回访。", "Callers whose case has ended and whom nobody has called since; intake calls them.")}</p>
        ${may("callers.read")
          ? html`<div class="panel">${list({
              name: { zh: "待回访的来电人", en: "Callers to call back" },
              path: "call-backs",
              ...(roles().includes(CALLER) ? { onOpen: call } : { href: (row) => hrefOf(row.case_number) }),
              key: ({ report }) => report,
              nothing: { zh: "无人待回访：来电人都已得到答复。", en: "Nobody waits: every caller has heard how it ended." },
              columns: columns(),
            })}</div>`
          : failed(Object.assign(new Error(say("您的岗位看不到来电人。", "Your posts do not see who called.")), { status: 403 }))}
      </div>`,
      root,
    );
  }

  shell.title({ zh: "待回访", en: "Callers to call back" });
  draw();
  return {
    redraw: draw,
    close() {
      clearTimeout(timer);
      for (const stop of off) stop();
    },
  };
}

function endOf({ outcome, case_state: state }) {
  return outcome ? word(OUTCOMES, outcome) : word(STATES, state);
}

function columns() {
  return [
    { name: "title", title: { zh: "问题", en: "Problem" }, value: (row) => both(row.title_zh, row.title_en)[0], cell: (row) => titleOf(row) },
    { name: "case_number", title: { zh: "案件", en: "Case" }, cell: ({ case_number: number }) => html`<a href=${hrefOf(number)}>${number}</a>` },
    { name: "outcome", title: { zh: "结果", en: "How it ended" }, value: endOf, cell: endOf },
    { name: "closed", title: { zh: "结束于", en: "Ended" }, cell: ({ closed }) => (closed ? html`<span title=${fullTime(closed)}>${clockTime(closed)} <small class="quiet">${ago(closed)}</small></span>` : "–") },
    { name: "reported", title: { zh: "来电于", en: "Called" }, narrow: true, cell: ({ reported }) => html`<span title=${fullTime(reported)}>${clockTime(reported)}</span>` },
  ];
}
