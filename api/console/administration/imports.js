// The city's tables by upload: first what would be done, with every mistake by its row, then done.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get, newKey, part, post, remove } from "../shell/answers.js";
import { control, read } from "../shell/dialog.js";
import { number, say, t } from "../shell/language.js";
import { list } from "../shell/list.js";
import { networkName, NETWORKS } from "../shell/networks.js";
import { may } from "../shell/person.js";
import { replace } from "../shell/route.js";
import { inWords } from "../shell/sentences.js";
import { progress } from "../shell/progress.js";
import { asInput, fromInput, now } from "../shell/time.js";
import { knownPipes, pipesKnown } from "./pipes_known.js";

const WHAT = {
  catalogue: { title: { zh: "立案标准", en: "Filing conditions" }, accept: ".csv,.xlsx", fields: ["code_list", "version", "in_force_from"] },
  departments: { title: { zh: "部门与责任矩阵", en: "Departments and matrix" }, accept: ".csv,.xlsx", fields: ["version", "in_force_from"] },
  calendars: { title: { zh: "节假日", en: "Public holidays" }, accept: ".csv,.xlsx", fields: ["source"] },
  areas: { title: { zh: "区域与单元网格", en: "Areas and grid cells" }, accept: ".geojson,.json", fields: [] },
  assets: { title: { zh: "设备台账", en: "Devices and channels" }, accept: ".csv", fields: [] },
  pipes: { title: { zh: "管线走向", en: "Courses of pipes" }, accept: ".geojson,.json", fields: ["network"] },
};
const FIELDS = {
  code_list: { label: { zh: "标准名称", en: "Code list" }, required: true, hint: { zh: "如 GB/T 30428.2-2013", en: "As GB/T 30428.2-2013" } },
  version: { label: { zh: "版本", en: "Version" }, required: true, hint: { zh: "如 2026.2", en: "As 2026.2" } },
  in_force_from: { label: { zh: "生效时间", en: "In force from" }, kind: "time", required: true },
  source: { label: { zh: "来源", en: "Source" }, required: true, hint: { zh: "谁在何时发布", en: "Who published it, and when" } },
  // Read when it is asked for: the reader's language may have changed.
  network: { label: { zh: "管网", en: "Network" }, kind: "select", hint: { zh: "文件自身没有写明时", en: "Where the file itself does not say" }, get options() { return NETWORKS.map((name) => [name, networkName(name)]); } },
};
const LOOK = 500; // [ms] between two looks at how far it is
const OUTCOMES = { added: ["新增", "added"], replaced: ["替换", "replaced"], unchanged: ["未变化", "as it was"] };

export function imports(place, route) {
  const state = { what: null, told: null, error: null, busy: false, given: null };
  const read_ = () => {
    const asked = route.query.get("what");
    const what = asked in WHAT ? asked : "catalogue";
    if (what === state.what) return;
    Object.assign(state, { what, told: null, error: null, given: null });
    learn();
  };
  // What is there already, of pipes: a map shows it, no list does.
  const learn = async () => {
    state.known = null;
    if (state.what !== "pipes" || !may("telemetry.read")) return;
    state.known = await knownPipes().catch(() => null);
    draw();
  };
  const fields = () => [
    { name: "file", label: { zh: "文件", en: "File" }, kind: "file", required: true, accept: WHAT[state.what].accept },
    ...WHAT[state.what].fields.map((name) => ({ name, ...FIELDS[name], value: state.given?.[name] ?? (name === "in_force_from" ? asInput(now()) : undefined) })),
  ];

  // The file that was looked at is the file that is imported, whatever is chosen since.
  async function send(given, dryRun) {
    const ticket = newKey();
    Object.assign(state, { busy: true, error: null, given, dryRun, far: {}, cancel: () => cancel(ticket) });
    draw();
    const timer = setInterval(() => look(ticket), LOOK);
    const { file, in_force_from: from, ...rest } = given;
    const query = { name: file.name, dry_run: dryRun, ticket, ...rest, ...(from ? { in_force_from: fromInput(from) } : {}) };
    try {
      state.told = await post(`imports/${state.what}`, file, { query });
    } catch (why) {
      Object.assign(state, { error: why, told: null });
    }
    clearInterval(timer);
    state.busy = false;
    if (!dryRun) await learn();
    draw();
    place.querySelector(".told, .refused")?.scrollIntoView({ block: "nearest" });
  }

  const look = async (ticket) => {
    const { going, done, total } = await get(`imports/going/${part(ticket)}`).catch(() => ({}));
    if (!going || !state.busy) return;
    Object.assign(state.far, { done, total });
    draw();
  };
  // What came of it, the answer to the import says: until that is there, it may still be done.
  const cancel = async (ticket) => {
    state.far.cancelled = true;
    draw();
    await remove(`imports/going/${part(ticket)}`).catch(() => null);
  };

  const check = (event) => {
    event.preventDefault();
    send(read(event.target, fields()), true);
  };
  const draw = () => render(html`<div class="columns">
      <form class="panel" @submit=${check} @input=${() => state.told && (Object.assign(state, { told: null }), draw())}>
        <h2>${say("导入", "Import")}</h2>
        <div class="field"><label for="what">${say("内容", "What")}</label><select id="what" @change=${(event) => replace("administration", ["imports"], { what: event.target.value })}>
          ${Object.entries(WHAT).map(([name, { title }]) => html`<option value=${name} ?selected=${name === state.what}>${t(title)}</option>`)}</select></div>
        ${fields().map((field) => control(field, state.error))}
        <p class="note">${say("先检查：说明将有什么变化、哪些行有错，不作任何改动。", "Checked first: what would change and which rows are wrong is said, nothing is changed.")}</p>
        <p><button class="main" ?disabled=${state.busy}>${say("检查", "Check")}</button></p>
      </form>
      <div>${state.error ? html`<p class="refused" role="alert">${state.error.message}</p>` : nothing}
        ${state.busy ? underWay(state) : state.told ? summary(state, () => send(state.given, false)) : nothing}
        ${state.what === "pipes" ? pipesKnown(state.known) : nothing}</div>
    </div>
    ${state.told && !state.busy ? tables(state.told) : nothing}`, place);

  read_();
  draw();
  return {
    update(next) {
      route = next;
      read_();
      draw();
    },
    redraw: draw,
  };
}

function underWay({ dryRun, far, cancel }) {
  const label = far.cancelled ? { zh: "正在取消…", en: "Cancelling …" } : dryRun ? { zh: "正在检查（行）", en: "Checking, rows" } : { zh: "正在导入（行）", en: "Importing, rows" };
  return html`<section class="panel" role="status">${progress({ done: far.done ?? 0, total: far.total ?? null, label, cancel: far.cancelled ? null : cancel })}
    <p class="quiet">${dryRun ? say("只检查，不作改动。", "It is only checked; nothing is changed.") : say("全部完成才生效；取消后什么也不导入。", "It holds once all is done; if you cancel it, nothing is imported.")}</p></section>`;
}

function summary({ told }, apply) {
  const { dry_run: dry, taken } = told;
  const heading = !taken ? say("不能导入：请先改正", "Not imported: mend it first") : dry ? say("将会", "This would be done") : say("已导入", "Imported");
  const counts = [[say("行", "rows"), told.rows], [say("新增", "new"), told.added], [say("变更", "changed"), told.changed], [say("删除", "gone"), told.gone], [say("未变", "unchanged"), told.unchanged]];
  const outcomes = Object.entries(told.outcomes).map(([name, outcome]) => `${name}: ${say(...(OUTCOMES[outcome] ?? [outcome, outcome]))}`);
  const leftOut = taken && told.mistakes.length ? say(`有错的 ${told.mistakes.length + told.untold} 行不导入。`, `${told.mistakes.length + told.untold} rows with a mistake are left out.`) : "";
  return html`<section class="panel told" role="status"><h2 class=${taken ? (dry ? "" : "green") : "red"}>${taken ? (dry ? "" : "✓ ") : "✗ "}${heading}</h2>
    <dl class="facts">${counts.filter(([, value]) => value !== null).map(([name, value]) => html`<div><dt>${name}</dt><dd>${number(value, 0)}</dd></div>`)}</dl>
    <p>${outcomes.join(" · ")} ${leftOut}</p>
    ${taken && dry ? html`<p><button type="button" class="main" @click=${apply}>${say("导入", "Import")}</button></p>` : nothing}
  </section>`;
}

function tables(told) {
  const mistakes = [...told.mistakes.map((each) => ({ ...each, kind: "mistake" })), ...told.warnings.map((each) => ({ ...each, kind: "warning" }))];
  const names = Object.entries(told.names).flatMap(([how, given]) => given.map((name) => ({ how, name })));
  const HOW = { added: ["新增", "new"], changed: ["变更", "changed"], gone: ["删除", "gone"] };
  return html`${mistakes.length ? html`<section class="panel flush">${list({
      name: { zh: "错误与提醒", en: "Mistakes and warnings" }, rows: mistakes, key: (row) => JSON.stringify(row), tools: html`<h2>${say("错误与提醒", "Mistakes and warnings")}</h2>`,
      columns: [
        { name: "kind", title: { zh: "类型", en: "Kind" }, cell: (row) => (row.kind === "mistake" ? html`<span class="red">✗ ${say("错误", "mistake")}</span>` : html`<span class="yellow">! ${say("提醒", "warning")}</span>`) },
        { name: "row", number: true, title: { zh: "行", en: "Row" }, cell: (row) => html`${row.row || say("整表", "whole")}${row.sheet ? html`<small>${row.sheet}</small>` : nothing}` },
        { name: "column", title: { zh: "列", en: "Column" } },
        { name: "what", title: { zh: "问题", en: "What is wrong" }, value: (row) => inWords(row.what), cell: (row) => inWords(row.what) },
        { name: "mend", title: { zh: "如何改正", en: "How to mend it" }, value: (row) => inWords(row.mend), cell: (row) => inWords(row.mend) },
      ],
    })}</section>` : nothing}
    ${names.length ? html`<section class="panel flush">${list({
      name: { zh: "变化", en: "Changes" }, rows: names, key: (row) => row.how + row.name, tools: html`<h2>${say("变化", "Changes")}</h2>`,
      columns: [
        { name: "name", title: { zh: "对象", en: "What" } },
        { name: "how", title: { zh: "变化", en: "Change" }, cell: (row) => say(...HOW[row.how]) },
      ],
    })}</section>` : nothing}`;
}
