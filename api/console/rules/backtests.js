// Every backtest that was asked for, newest first.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { percent, say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { may } from "../shell/person.js";
import { link } from "../shell/route.js";
import { fullTime } from "../shell/time.js";
import { cancel, isAhead } from "./backtesting.js";
import { BACKTEST_STATES, word } from "./words.js";

const LOOK = 2000; // [ms]
let timer = null;

export function backtestsList(page) {
  const again = () => page.root.querySelector("lifeline-list.backtests, lifeline-list")?.reload();
  const watch = (rows) => {
    clearTimeout(timer);
    if (rows.some(isAhead)) timer = setTimeout(() => page.root.isConnected && again(), LOOK);
  };
  const stop = async ({ id }) => {
    await cancel(id);
    await again();
  };
  return html`<div class="page">
    <nav class="trail" aria-label=${say("位置", "Where this is")}><a href=${link("rules")}>${say("规则", "Rules")}</a> / ${say("回测", "backtests")}</nav>
    <div class="head"><h1>${say("回测", "Backtests")}</h1></div>
    <div class="panel">${list({
      name: { zh: "回测", en: "backtests" }, path: "backtests", query: {}, key: ({ id }) => id, onRows: watch,
      href: (row) => (row.state === "done" ? link("rules", ["backtests", row.id]) : link("rules", [row.rules[0], "edit"])),
      nothing: { zh: "还没有回测；在规则的编辑页开始。", en: "There are none yet; they begin in the editor of a rule." },
      columns: [
        { name: "rules", title: { zh: "规则", en: "Rule" }, sort: false, value: ({ rules }) => rules.join(" "), cell: ({ rules }) => rules.join(", ") },
        { name: "state", title: { zh: "状态", en: "State" }, cell: (row) => html`${word(BACKTEST_STATES, row.state)}${row.state === "running" ? ` ${percent(row.progress)}` : ""}${row.trouble ? html`<small class="wrong">${row.trouble}</small>` : nothing}` },
        { name: "since", title: { zh: "读数自", en: "Readings from" }, cell: ({ since }) => fullTime(since) },
        { name: "until", title: { zh: "至", en: "until" }, cell: ({ until }) => fullTime(until) },
        { name: "zone", title: { zh: "范围", en: "Of" }, narrow: true, cell: ({ zone, channels }) => zone ?? (channels ? say(`${channels.length} 个通道`, `${channels.length} channels`) : say("全部", "all")) },
        { name: "actor", title: { zh: "提出", en: "Asked by" }, cell: ({ actor, asked }) => html`${actor}<small>${fullTime(asked)}</small>` },
        { name: "cancel", title: { zh: "操作", en: "Act" }, sort: false, value: () => "", cell: (row) => (isAhead(row) && may("rules.try") ? html`<button type="button" @click=${() => stop(row)}>${say("取消", "Cancel")}</button>` : nothing) },
      ],
    })}</div>
  </div>`;
}
