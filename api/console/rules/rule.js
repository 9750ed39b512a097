// One rule: what it says and why, its versions and who changed them, what it found, its trial.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { get, part } from "../shell/answers.js";
import { number, otherLanguage, percent, say, t } from "../shell/language.js";
import { may } from "../shell/person.js";
import { link } from "../shell/route.js";
import { inWords } from "../shell/sentences.js";
import { scopeName } from "../shell/sentences/names.js";
import { clockTime, fullTime } from "../shell/time.js";
import { discard, promote, rollBack } from "./changes.js";
import { draftOf } from "./drafts.js";
import "./editor.js";
import { foundBy } from "./found.js";
import { tagsOf, titleOf } from "./rules_list.js";
import { sparkline } from "./sparkline.js";
import { trialOf } from "./trial.js";
import { versionsOf } from "./versions.js";
import { VERBS, word } from "./words.js";

const TABS = [
  ["", { zh: "说明", en: "About" }],
  ["found", { zh: "发现", en: "Found" }],
  ["versions", { zh: "版本与差异", en: "Versions" }],
  ["trial", { zh: "试行对比", en: "Trial" }],
];

export async function openRule(detail, page) {
  const { rule } = detail.state;
  const shown = detail.state.version ?? detail.state.trial ?? detail.terms[0]?.version ?? null;
  const text = shown ? (await get(`rules/${part(rule)}/versions/${part(shown)}`)).text : "";
  const parts = { detail, page, text, shown, found: foundBy(detail, page), versions: versionsOf(detail, page), trial: trialOf(detail, page) };
  const tabOf = () => page.route.path[1] ?? "";
  const show = () => parts[tabOf()]?.open?.();
  await show();
  return {
    draw: () => draw(parts, tabOf()),
    shown: () => {},
    keeps: ({ path, query }) => {
      const mine = path[0] === rule && path[1] !== "edit";
      if (mine && (path[1] ?? "") !== tabOf()) queueMicrotask(() => show()?.then?.(page.draw));
      else if (mine && query.toString() !== page.route.query.toString()) queueMicrotask(() => parts[path[1]]?.changed?.());
      return mine;
    },
    reload: page.again,
    close: () => [parts.found, parts.trial].forEach((each) => each.close?.()),
  };
}

function draw(parts, tab) {
  const { state } = parts.detail;
  const { rule } = state;
  const [first, second] = titleOf(state);
  const body = { found: parts.found, versions: parts.versions, trial: parts.trial }[tab];
  return html`<div class="page rule">
    <nav class="trail" aria-label=${say("位置", "Where this is")}><a href=${link("rules")}>${say("规则", "Rules")}</a> / ${rule}</nav>
    <div class="head">
      <h1>${first} <small lang=${otherLanguage()}>${second}</small></h1>
      ${tagsOf(state)}
      ${actions(parts, true)}
    </div>
    <nav class="tabs" aria-label=${say("此规则的内容", "Of this rule")}>${TABS.filter(([name]) => name !== "trial" || state.trial).map(([name, title]) => html`<a href=${link("rules", [rule, ...(name ? [name] : [])])} aria-current=${name === tab ? "page" : nothing}>${t(title)}</a>`)}</nav>
    ${body ? body.draw() : about(parts)}
  </div>`;
}

// What this person may do with a rule; `editing`: the way to the editor too.
export function actions({ detail: { state, terms }, page }, editing) {
  const { rule } = state;
  const done = (change) => async () => (await change()) && page.again();
  const former = terms.some((each) => !each.shadow && each.in_force_until && each.version !== state.version);
  const draft = draftOf(rule);
  return html`<div class="actions">
    ${editing && may("rules.try") ? html`<a class="button ${state.trial ? "" : "main"}" href=${link("rules", [rule, "edit"])}>${draft ? say("继续编辑草稿", "Go on with the draft") : say("编辑", "Edit")}</a>` : nothing}
    ${may("rules.change") && state.trial ? html`<button type="button" class="main" data-act="promote" @click=${done(() => promote(rule, state.trial))}>${say("转正", "Promote")}</button>
      <button type="button" data-act="discard" @click=${done(() => discard(rule))}>${say("结束试行", "End the trial")}</button>` : nothing}
    ${may("rules.change") && former ? html`<button type="button" data-act="rollback" @click=${done(() => rollBack(rule))}>${say("回退", "Roll back")}</button>` : nothing}
  </div>`;
}

function about({ detail: { state, terms, log }, text, shown }) {
  const body = state.body ?? terms.find(({ version }) => version === shown)?.body ?? {};
  const within = (days) => state.caseload.find((each) => each.days === days);
  const last = log[0];
  const list = (title, entries, ordered = false) => {
    if (!entries?.length) return nothing;
    const lines = entries.map((each) => html`<li>${t(each)}</li>`);
    return html`<h3>${title}</h3>${ordered ? html`<ol>${lines}</ol>` : html`<ul>${lines}</ul>`}`;
  };
  return html`<dl class="facts panel">
      ${[7, 30, 90].map((days) => html`<div><dt>${say(`${days} 天案件 / 事件`, `Cases / events, ${days} d`)}</dt><dd>${number(within(days).cases, 0)} / ${number(within(days).events, 0)}</dd></div>`)}
      <div><dt>${say("逐日案件（30 天）", "Cases by day, 30 d")}</dt><dd>${sparkline(state.days)}</dd></div>
      <div><dt>${say("属实率（90 天）", "Precision, 90 d")}</dt><dd>${percent(state.precision.share)}<small>${say(`${state.precision.inspected} 案经核实，${state.precision.real} 案属实`, `${state.precision.real} real of ${state.precision.inspected} inspected`)}</small></dd></div>
      <div><dt>${say("生效版本", "In force")}</dt><dd>${state.version ? html`<code>${state.version.slice(0, 8)}</code><small>${say("自", "from")} ${fullTime(state.in_force_from)}</small>` : say("无", "none")}</dd></div>
      ${state.trial ? html`<div><dt>${say("试行版本", "On trial")}</dt><dd><code>${state.trial.slice(0, 8)}</code><small>${say("自", "from")} ${fullTime(state.trial_since)}</small></dd></div>` : nothing}
      ${last ? html`<div><dt>${say("最近变更", "Last change")}</dt><dd>${word(VERBS, last.verb)} · ${last.actor}<small>${clockTime(last.at)} ${inWords(last.reason)}</small></dd></div>` : nothing}
    </dl>
    <div class="split about">
      <section class="panel" aria-labelledby="as-written"><h2 id="as-written">${say("规则原文", "As written")}</h2>
        ${text ? html`<lifeline-yaml class="whole" .setting=${{ text, label: say("规则原文", "The rule as written") }}></lifeline-yaml>` : html`<p class="quiet">${say("没有可显示的版本。", "There is no version to show.")}</p>`}</section>
      <section class="panel words">
        <h2>${say("为什么", "Why")}</h2><p>${t(body.why)}</p>
        <h3>${say("依据", "Source")}</h3><p>${t(body.source)}</p>
        ${list(say("常见误报", "Known false alarms"), body.false_alarms)}
        ${list(say("处置建议", "What to do"), body.steps, true)}
        ${body.explained_by?.length ? html`<h3>${say("可被解释为", "Explained by")}</h3><ul>${body.explained_by.map(({ rule, same }) => html`<li><a href=${link("rules", [rule])}>${rule}</a> <span class="quiet">${say(`同一${scopeName(same)}`, `same ${scopeName(same)}`)}</span></li>`)}</ul>` : nothing}
      </section>
    </div>`;
}

