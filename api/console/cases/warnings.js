// Warnings: those in force, and those that have ended; each by its last message.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { both, say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { follow } from "../shell/live.js";
import { may } from "../shell/person.js";
import { go, link, replace } from "../shell/route.js";
import { clockTime, fullTime } from "../shell/time.js";
import { hrefOf } from "./shown.js";
import { tabs } from "./tabs.js";
import { STATUSES } from "./warning_words.js";
import { colourTag, headlineOf, stateOf, statusTag, warningHref } from "./warned.js";
import { ROLES, SEVERITIES, word } from "./words.js";

const AGAIN = 20000; // [ms] between two looks: a warning without a case is announced by nothing

export function openWarnings(root, route, shell) {
  let { query } = route;
  const reload = () => root.querySelector("lifeline-list")?.reload();
  const off = [follow("case", soon), follow("reset", reload)];
  const looks = setInterval(reload, AGAIN);
  let timer = 0;

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(reload, 700);
  }

  function change(changes) {
    replace("cases", ["warnings"], { ...Object.fromEntries(query), ...changes });
  }

  function draw() {
    const ended = query.get("state") === "ended";
    const status = query.get("status") ?? "";
    const way = (state, text) => html`<a class="button" href=${link("cases", ["warnings"], { status, state })} aria-current=${(state === "ended") === ended ? "true" : nothing}>${text}</a>`;
    render(
      html`<div class="page warnings">
        <div class="head"><h1>${say("预警", "Warnings")}</h1>
          ${may("warnings.issue") ? html`<a class="button main" href=${link("cases", ["warnings", "new"])}>${say("发布预警", "Issue a warning")}</a>` : nothing}</div>
        ${tabs("warnings")}
        <div class="panel">${list({
          name: ended ? { zh: "已结束的预警", en: "Warnings that have ended" } : { zh: "生效中的预警", en: "Warnings in force" },
          path: "warnings",
          query: { state: ended ? "ended" : "in-force", status },
          href: (it) => warningHref(it.identifier),
          key: (it) => it.identifier,
          nothing: ended ? { zh: "没有已结束的预警。", en: "No warning has ended." } : { zh: "没有生效中的预警。", en: "No warning is in force." },
          tools: html`<span class="choose" role="group" aria-label=${say("状态", "State")}>${way("", say("生效中", "In force"))}${way("ended", say("已结束", "Ended"))}</span>
            <label>${say("性质", "Status")} <select data-filter="status" @change=${(event) => change({ status: event.target.value })}><option value="" ?selected=${!status}>${say("全部", "all")}</option>
              ${Object.keys(STATUSES).map((name) => html`<option value=${name} ?selected=${status === name}>${word(STATUSES, name)}</option>`)}</select></label>`,
          columns: columns(),
        })}</div>
      </div>`,
      root,
    );
  }

  shell.keys({ n: { zh: "发布预警", en: "Issue a warning", run: () => may("warnings.issue") && go("cases", ["warnings", "new"]) } });
  shell.title({ zh: "预警", en: "Warnings" });
  draw();
  return {
    update(next) {
      query = next.query;
      draw();
    },
    redraw: draw,
    close() {
      clearInterval(looks);
      clearTimeout(timer);
      for (const stop of off) stop();
    },
  };
}

function columns() {
  const place = ({ content: { area } }) => both(area.name.zh, area.name.en)[0];
  return [
    { name: "headline", title: { zh: "预警", en: "Warning" }, value: headlineOf, cell: (it) => html`<span>${headlineOf(it)}</span> ${statusTag(it.status)}<small class="quiet">${it.identifier}</small>` },
    { name: "colour", title: { zh: "等级", en: "Severity" }, value: ({ colour }) => Object.keys(SEVERITIES).indexOf(colour), cell: ({ colour }) => colourTag(colour) },
    { name: "state", title: { zh: "状态", en: "State" }, value: ({ expires }) => expires, cell: stateOf },
    { name: "place", title: { zh: "地点", en: "Place" }, value: place, cell: place },
    { name: "sent", title: { zh: "发布于", en: "Sent" }, cell: ({ sent }) => html`<span title=${fullTime(sent)}>${clockTime(sent)}</span>` },
    { name: "case_number", title: { zh: "案件", en: "Case" }, cell: ({ case_number: number }) => (number ? html`<a href=${hrefOf(number)}>${number}</a>` : "–") },
    { name: "actor", title: { zh: "决定人", en: "Decided by" }, narrow: true, cell: ({ actor, role }) => (actor ? html`${actor}<small class="quiet">${word(ROLES, role)}</small>` : "–") },
  ];
}
