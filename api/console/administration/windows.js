// Windows: maintenance, planned work, calibration, shelving. Findings in them open no case.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get, post } from "../shell/answers.js";
import { ask } from "../shell/dialog.js";
import { say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { learn, nameOf } from "../shell/quantities.js";
import { replace } from "../shell/route.js";
import { kindName } from "../sensors/words.js";
import { asInput, fromInput, fullTime, now } from "../shell/time.js";

const REASONS = { maintenance: ["维护", "maintenance"], planned_work: ["计划作业", "planned work"], calibration: ["标定", "calibration"], shelved: ["搁置", "shelved"] };
const SCOPES = { device: ["设备", "device"], channel: ["通道", "channel"], component: ["部件", "component"], zone: ["片区", "zone"], city: ["全市", "the city"] };
const options = (words) => Object.entries(words).map(([name, [zh, en]]) => [name, { zh, en }]);
const WHY = { name: "why", label: { zh: "说明", en: "Why" }, kind: "textarea", required: true };

export function windows(place, route) {
  // To the minute: a list is asked for again only when what is asked has changed.
  let at = new Date(Math.floor(now() / 60000) * 60000).toISOString();
  const again = () => place.querySelector("lifeline-list").reload();
  const draw = () => render(view(route, at, again), place);
  draw();
  // From a sensor's own page: for that.
  const [scope, subject] = ["scope", "subject"].map((name) => route.query.get(name));
  if (scope && subject) set(again, { scope, subject }).then(() => replace("administration", ["windows"]));
  return {
    update(next) {
      at = new Date(Math.floor(now() / 60000) * 60000).toISOString();
      route = next;
      draw();
    },
    redraw: draw,
  };
}

function stateOf(row) {
  const time = now();
  return row.ended_by ? "ended" : Date.parse(row.until) <= time ? "over" : Date.parse(row.began) > time ? "planned" : "lasting";
}

function state(row) {
  const [zh, en, light] = { ended: ["■ 提前结束", "■ ended early", "quiet"], over: ["■ 已结束", "■ over", "quiet"], planned: ["◷ 未开始", "◷ planned", "blue"], lasting: ["▶ 进行中", "▶ lasting", "green"] }[stateOf(row)];
  return html`<span class=${light}>${say(zh, en)}</span>${row.ended_by ? html`<small>${row.ended_by}: ${row.ended_why}</small>` : nothing}`;
}

function view(route, at, again) {
  const only = route.query.get("lasting") === "yes";
  return html`<section class="panel flush">${list({
    name: { zh: "维护窗口", en: "Windows" }, path: "windows", query: only ? { at } : {}, key: (row) => row.id,
    nothing: only ? { zh: "目前没有进行中的窗口。", en: "No window lasts now." } : { zh: "还没有维护窗口。", en: "No window yet." },
    tools: html`<label><input type="checkbox" .checked=${only} @change=${(event) => replace("administration", ["windows"], { lasting: event.target.checked ? "yes" : "" })}> ${say("只看进行中", "Only those that last")}</label>
      <button type="button" class="main" @click=${() => set(again)}>${say("设置窗口", "Set a window")}</button>`,
    columns: [
      { name: "subject", title: { zh: "对象", en: "Subject" }, cell: (row) => html`<b>${row.subject}</b><small>${say(...(SCOPES[row.scope] ?? [row.scope, row.scope]))}${row.rules.length ? ` · ${row.rules.join(", ")}` : ""}</small>` },
      { name: "reason", title: { zh: "原因", en: "Reason" }, cell: (row) => html`${say(...REASONS[row.reason])}<small>${row.why}</small>` },
      { name: "state", title: { zh: "状态", en: "State" }, cell: state, value: stateOf },
      { name: "began", title: { zh: "开始", en: "Began" }, cell: (row) => fullTime(row.began) },
      { name: "until", title: { zh: "结束", en: "Until" }, cell: (row) => fullTime(row.until) },
      { name: "held_back", number: true, title: { zh: "扣下", en: "Held back" } },
      { name: "actor", title: { zh: "设置人", en: "Set by" } },
      { name: "act", title: { zh: "操作", en: "Act" }, sort: false, value: () => "", cell: (row) => (["lasting", "planned"].includes(stateOf(row)) ? html`<button type="button" aria-label=${say(`提前结束 ${row.subject}`, `End early: ${row.subject}`)} @click=${() => end(row, again)}>${say("提前结束", "End early")}</button>` : nothing) },
    ],
  })}</section>`;
}

// What of the scope chosen is called so: [[what the API takes, what people call it]].
async function subjects(text, scope, most = 30) {
  if (scope === "channel") await learn();
  if (scope === "city") return [["city", say("全市", "The whole city")]];
  const { items } = await get(scope === "channel" ? "channels" : "devices", { search: text, limit: scope === "zone" ? 500 : most });
  const kind = ({ tags }) => tags.kind && kindName(tags.kind);
  const words = (...all) => all.filter(Boolean).join(" · ");
  if (scope === "device") return items.map((one) => [one.id, words(one.component_name ?? one.component, kind(one), one.tags.zone)]);
  if (scope === "channel") return items.map((one) => [one.id, words(nameOf(one.quantity), one.component_name ?? one.component, one.tags.zone)]);
  const of = scope === "zone" ? (one) => [one.tags.zone, say("片区", "zone")] : (one) => [one.component, words(one.component_name, one.tags.zone)];
  return [...new Map(items.map(of).filter(([value]) => value && (scope !== "zone" || value.includes(text))))];
}

// What is meant: as it is called, or the only one that is found so. A window over nothing would hold nothing back.
async function known({ scope, subject }) {
  const found = await subjects(subject, scope, 500);
  if (found.some(([value]) => value === subject)) return subject;
  if (found.length === 1) return found[0][0];
  throw new Error(found.length ? say(`「${subject}」有 ${found.length} 个，请从列表中选择一个`, `${found.length} are called ${subject}: choose one of the list`) : say(`没有「${subject}」`, `Nothing is called ${subject}`));
}

async function set(again, given = { scope: "device" }) {
  const made = await ask({
    title: { zh: "设置窗口", en: "Set a window" },
    note: { zh: "期间仍会判断，但不立案；到时自动结束。", en: "Judging goes on in it, but opens no case; it ends by itself." },
    fields: [
      { name: "reason", label: { zh: "原因", en: "Reason" }, kind: "select", required: true, options: options(REASONS), value: "maintenance" },
      { name: "scope", label: { zh: "范围", en: "Scope" }, kind: "select", required: true, options: options(SCOPES), value: given.scope },
      { name: "subject", label: { zh: "对象", en: "Subject" }, required: true, value: given.subject, suggest: (text, form) => subjects(text, form.elements.scope.value), hint: { zh: "按名称、位置、部件、片区搜索", en: "Searched by name, place, component, zone" } },
      { name: "began", label: { zh: "开始", en: "From" }, kind: "time", hint: { zh: "空：现在", en: "Empty: now" } },
      { name: "until", label: { zh: "结束", en: "Until" }, kind: "time", required: true, value: asInput(now() + 4 * 3600000) },
      WHY,
    ],
    submit: { zh: "设置", en: "Set" },
    send: async ({ began, until, ...rest }, key) => post("windows", { ...rest, subject: await known(rest), until: fromInput(until), ...(began ? { began: fromInput(began) } : {}) }, { key }),
  });
  if (made) again();
}

async function end(row, again) {
  const ended = await ask({ title: { zh: `提前结束：${row.subject}`, en: `End early: ${row.subject}` }, note: { zh: "仍在持续的问题将立即立案。", en: "What still stands there opens its case now." }, fields: [WHY], submit: { zh: "结束", en: "End" }, send: (values, key) => post(`windows/${row.id}/end`, values, { key }) });
  if (ended) again();
}
