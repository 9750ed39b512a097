// Other instances that cases are handed over to and from, and what one side cannot follow.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { part, post } from "../shell/answers.js";
import { ask } from "../shell/dialog.js";
import { say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { link } from "../shell/route.js";
import { inWords } from "../shell/sentences.js";
import { fullTime } from "../shell/time.js";
import { tab } from "./tab.js";

export const exchange = tab("exchange", { all: (route, place) => (route.path[1] ? conflicts(route.path[1], place) : peers()) });

function peers() {
  const trouble = (row) => row.conflicts + row.refused;
  return html`<section class="panel flush">${list({
    name: { zh: "交换单位", en: "Peers" }, path: "exchange", key: (row) => row.name,
    href: (row) => link("administration", ["exchange", row.name]),
    nothing: { zh: "没有设置交换单位。", en: "No other instance is set." },
    columns: [
      { name: "name", title: { zh: "单位", en: "Peer" } },
      { name: "state", title: { zh: "状态", en: "State" }, value: trouble, cell: (row) => html`${trouble(row) ? html`<span class="red">✗ ${say(`${trouble(row)} 条冲突`, `${trouble(row)} conflicts`)}</span>` : html`<span class="green">✓ ${say("正常", "in step")}</span>`}${row.trouble ? html`<small>${row.trouble}</small>` : nothing}` },
      { name: "cases", number: true, title: { zh: "共同案件", en: "Cases" } },
      { name: "sent", number: true, title: { zh: "已发", en: "Sent" }, cell: (row) => html`${row.sent}<small>${say("已确认", "acknowledged")} ${row.acknowledged}</small>` },
      { name: "received", number: true, title: { zh: "已收", en: "Received" } },
      { name: "held", number: true, title: { zh: "等待", en: "Held" } },
      { name: "heard", title: { zh: "最近联系", en: "Last heard" }, cell: (row) => fullTime(row.heard) },
    ],
  })}</section>`;
}

function conflicts(peer, place) {
  const dismiss = async (row) => {
    const done = await ask({
      title: { zh: `放过第 ${row.number} 条`, en: `Dismiss message ${row.number}` },
      note: { zh: "该消息保持原样，同一案件后续等待的消息继续处理。", en: "The message is left as it is, and those of its case that waited for it are followed." },
      fields: [{ name: "why", label: { zh: "理由", en: "Why" }, kind: "textarea", required: true }],
      submit: { zh: "放过", en: "Dismiss" },
      send: (values, key) => post(`exchange/${part(peer)}/conflicts/${row.number}/dismiss`, values, { key }),
    });
    if (done) place.querySelector("lifeline-list").reload();
  };
  return html`<p><a href=${link("administration", ["exchange"])}>← ${say("返回列表", "Back to the list")}</a></p>
    <section class="panel flush">${list({
      name: { zh: `与 ${peer} 的冲突`, en: `Conflicts with ${peer}` }, path: `exchange/${part(peer)}/conflicts`, key: (row) => row.direction + row.number,
      tools: html`<h2>${peer}</h2>`, nothing: { zh: "没有冲突。", en: "No conflict." },
      columns: [
        { name: "number", number: true, title: { zh: "编号", en: "Number" } },
        { name: "direction", title: { zh: "方向", en: "Direction" }, cell: (row) => (row.direction === "in" ? say("← 来自对方", "← theirs") : say("→ 我方发出", "→ ours")) },
        { name: "case", title: { zh: "案件", en: "Case" }, cell: (row) => html`${row.case ? html`<a href=${link("cases", [row.case])}>${row.case}</a>` : "–"}<small>${say("对方", "theirs")} ${row.theirs}</small>` },
        { name: "at", title: { zh: "时间", en: "When" }, cell: (row) => fullTime(row.at) },
        { name: "why", title: { zh: "原因", en: "Why" }, value: (row) => inWords(row.why), cell: (row) => html`${inWords(row.why)}<small>${row.outcome}</small>` },
        { name: "act", title: { zh: "操作", en: "Act" }, sort: false, value: () => "", cell: (row) => (row.direction === "in" && row.outcome === "conflict" ? html`<button type="button" aria-label=${say(`放过 ${row.number}`, `Dismiss ${row.number}`)} @click=${() => dismiss(row)}>${say("放过", "Dismiss")}</button>` : nothing) },
      ],
    })}</section>`;
}
