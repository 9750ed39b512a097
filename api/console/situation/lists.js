// The lists beside the map: the way in by keyboard, and what is said of each thing on it.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { both, number, say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { lightAt, lightName, mark } from "../shell/marks.js";
import { link } from "../shell/route.js";
import { ago, clockTime, fullTime, left, now } from "../shell/time.js";
import { kindName, reasonName, reasonText, REASONS, scopeName } from "./words.js";

export function cases(filters) {
  return list({
    name: { zh: "未结案件", en: "Open cases" },
    path: "cases",
    query: { open: true, exercise: false, light: filters.light, code: filters.class },
    href: ({ number: name }) => link("cases", [name]),
    key: ({ number: name }) => name,
    nothing: { zh: "没有符合条件的未结案件。", en: "No open case fits." },
    columns: [
      { name: "title", title: { zh: "问题", en: "Problem" }, cell: problem, value: (row) => both(row.title_zh, row.title_en)[0] },
      { name: "stage_due", title: { zh: "时限", en: "Clock" }, cell: clock },
      { name: "number", title: { zh: "编号", en: "Number" } },
    ],
  });
}

function problem({ title_zh: zh, title_en: en, component_name: component, address }) {
  return html`${both(zh, en)[0]}<small>${component || address || both(zh, en)[1]}</small>`;
}

function clock(row) {
  const light = lightAt(row, now());
  const due = row.stage_due ? left(row.stage_due).text : "";
  return html`<span class="due">${mark(light)} ${lightName(light)}<small>${due}</small></span>`;
}

export function events() {
  return list({
    name: { zh: "最近事件", en: "Last events" },
    path: "events",
    href: ({ case_number: name, id }) => (name ? link("cases", [name]) : link("sensors", ["events", id])),
    nothing: { zh: "规则尚未发现任何问题。", en: "Rules have found nothing yet." },
    columns: [
      { name: "rule", title: { zh: "事件", en: "Event" }, cell: ({ why, rule, scope, subject }) => html`<span title=${rule}>${both(why.title?.zh ?? rule, why.title?.en ?? rule)[0]}</span><small>${scopeName(scope)} ${subject}</small>`, value: ({ rule }) => rule },
      { name: "began", title: { zh: "开始", en: "Began" }, cell: ({ began }) => html`<time datetime=${began} title=${fullTime(began)}>${clockTime(began)}<small>${ago(began)}</small></time>` },
      { name: "standing", title: { zh: "状况", en: "Standing" }, cell: ({ standing }) => standingName(standing), value: ({ standing }) => standingName(standing) },
    ],
  });
}

function standingName(standing) {
  return { standing: say("持续中", "standing"), over: say("已结束", "over"), withdrawn: say("已撤回", "withdrawn"), explained: say("有其他原因", "explained") }[standing] ?? standing;
}

// chosen: {reason, kind}; counts: reason -> how many; onOpen(row)
export function blindSpots(chosen, counted, choose, onOpen) {
  return list({
    name: { zh: "监测盲区", en: "Blind spots" },
    path: "blind-spots",
    query: { reason: chosen.reason, kind: chosen.kind },
    onOpen,
    key: ({ reason, subject }) => `${reason} ${subject}`,
    nothing: { zh: "没有盲区：所有应监测的都在监测。", en: "No blind spots: everything that should be watched is watched." },
    tools: html`<label>${say("原因", "Reason")} <select @change=${(event) => choose("reason", event.target.value)}>
        <option value="" ?selected=${!chosen.reason}>${say("全部", "all")}</option>
        ${REASONS.map((reason) => html`<option value=${reason} ?selected=${chosen.reason === reason}>${reasonName(reason)}${counted[reason] === undefined ? nothing : ` (${number(counted[reason], 0)})`}</option>`)}
      </select></label>`,
    columns: [
      { name: "subject", title: { zh: "未监测", en: "Not watched" }, cell: ({ name, subject, scope, devices }) => html`${name || subject}<small>${[scopeName(scope), name ? subject : "", devices > 1 ? say(`${number(devices, 0)} 台设备`, `${number(devices, 0)} devices`) : ""].filter(Boolean).join(" · ")}</small>` },
      { name: "reason", title: { zh: "原因", en: "Why" }, cell: (row) => html`<b class="reason" title=${reasonText(row.reason)}>${reasonName(row.reason)}</b><small>${said(row)}</small>`, value: ({ reason }) => reasonName(reason) },
      { name: "since", title: { zh: "自", en: "Since" }, cell: ({ since, until }) => html`${since ? html`<time datetime=${since} title=${fullTime(since)}>${clockTime(since)}<small>${ago(since)}</small></time>` : "–"}${until ? html`<small>${say("至", "until")} ${clockTime(until)}</small>` : nothing}` },
    ],
  });
}

// What stands behind a reason: rules, words of who decided it, the kinds that are missing.
function said({ reason, kinds, rules, actor, why }) {
  if (reason === "no-sensor") return kinds.map(kindName).join(say("、", ", "));
  if (reason === "stranger") return say(`上报：${why}`, `sends ${why}`);
  const who = [actor, why].filter(Boolean).join(say("：", ": "));
  return [who, rules.join(", ")].filter(Boolean).join(" · ") || reasonText(reason);
}
