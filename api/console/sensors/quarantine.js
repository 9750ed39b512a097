// Devices that nobody has adopted: who sends what, since when, by which topic.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { number, say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { link } from "../shell/route.js";
import { ago, clockTime, fullTime } from "../shell/time.js";
import { tabs } from "./tabs.js";

export function openQuarantine(root) {
  const draw = () =>
    render(
      html`<div class="page">
        <div class="head"><h1>${say("待接入的设备", "Quarantine")}</h1></div>
        ${tabs("quarantine")}
        <p class="note">${say("这些设备在上报，但无人接入：读数保留着，不参与研判。接入一步完成，已收到的读数一并转入。", "These devices send, and nobody has adopted them: their readings are kept and not judged. Adoption is one step, and what came so far comes over.")}</p>
        <div class="panel">${list({ name: { zh: "待接入的设备", en: "Quarantine" }, path: "quarantine", columns: columns(), key: (row) => row.device, href: (row) => link("sensors", ["quarantine", row.device]), nothing: { zh: "没有待接入的设备。", en: "Nobody waits: every device that sends is adopted." } })}</div>
      </div>`,
      root,
    );
  draw();
  return { redraw: draw };
}

function columns() {
  return [
    { name: "device", title: { zh: "设备", en: "Device" }, cell: ({ device, known }) => html`${device}${known ? html` <span class="tag">${say("已接入，新字段", "adopted; new fields")}</span>` : nothing}` },
    { name: "names", title: { zh: "字段", en: "Fields" }, value: ({ names }) => names.join(" "), cell: ({ names }) => names.join(say("、", ", ")) },
    { name: "readings", title: { zh: "读数", en: "Readings" }, number: true, cell: ({ readings }) => number(readings, 0) },
    { name: "first_time", title: { zh: "首次", en: "First" }, narrow: true, cell: ({ first_time: at }) => clockTime(at) },
    { name: "last_received", title: { zh: "最近接收", en: "Last received" }, cell: ({ last_received: at }) => html`<span title=${fullTime(at)}>${ago(at)}</span>` },
    { name: "topic", title: { zh: "主题", en: "Topic" }, cell: ({ topic, senders }) => html`<code>${topic || "–"}</code>${senders.length ? html`<small>${say("经由", "by")} ${senders.join(", ")}</small>` : nothing}` },
  ];
}
