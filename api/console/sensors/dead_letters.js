// What could not be used: by reason with counts, and all of one reason sent again or put aside.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get, post } from "../shell/answers.js";
import { ask } from "../shell/dialog.js";
import { number, say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { may } from "../shell/person.js";
import { work } from "../shell/progress.js";
import { link, replace } from "../shell/route.js";
import { inWords } from "../shell/sentences.js";
import { empty, failed, loading } from "../shell/states.js";
import { ago, fullTime } from "../shell/time.js";
import { tabs } from "./tabs.js";

const PART = 50; // letters sent again with one question

export async function openLetters(root, route) {
  const state = { reasons: null, error: null, told: null };
  const alike = () => route.query.get("alike");
  const draw = () => render(page(state, route.query, { again, aside, choose }), root);
  const choose = (query) => replace("sensors", ["dead-letters"], query);

  async function load() {
    try {
      state.reasons = (await get("dead-letters/reasons")).items;
      state.error = null;
    } catch (why) {
      state.error = why;
    }
    draw();
    root.querySelector("lifeline-list")?.reload();
  }
  state.again = load;

  // All of a reason, a part at a time: what was done stays done when the reader cancels.
  async function again({ alike: reason, letters }) {
    const count = { replayed: 0, unusable: 0, outcome: "" };
    state.told = null;
    await work(say("重放死信", "Replaying dead letters"), async ({ signal, report }) => {
      let after = 0;
      while (after !== null) {
        const part = await post("dead-letters/replay", { alike: reason, after, most: PART }, { signal });
        count.replayed += part.replayed;
        count.unusable += part.unusable;
        count.outcome = part.outcome;
        after = part.next;
        report(count.replayed + count.unusable, letters);
      }
    });
    state.told = say(`${number(count.replayed, 0)} 封已重放，${number(count.unusable, 0)} 封仍不可用。${inWords(count.outcome)}`, `${number(count.replayed, 0)} replayed, ${number(count.unusable, 0)} still unusable. ${count.outcome}`);
    await load();
  }

  async function aside({ alike: reason, letters }) {
    const done = await ask({
      title: { zh: `搁置 ${letters} 封死信`, en: `Put ${letters} letters aside` },
      note: { zh: "死信会保留并做标记，以后仍可重放。", en: "They are kept and marked, and can be replayed later." },
      fields: [{ name: "reason", label: { zh: "为什么不需要", en: "Why nobody needs them" }, required: true }],
      submit: { zh: "搁置", en: "Put aside" },
      send: ({ reason: why }, key) => post("dead-letters/discard", { alike: reason, reason: why }, { key }),
    });
    if (!done) return;
    state.told = say(`${done.discarded} 封已搁置。`, `${done.discarded} put aside.`);
    if (alike() === reason) choose({});
    await load();
  }

  draw();
  await load();
  return {
    update(next) {
      route = next;
      draw();
    },
    redraw: draw,
  };
}

function page({ reasons, error, told, again: load }, query, { again, aside, choose }) {
  const alike = query.get("alike") ?? "";
  const open = query.get("open") ?? "true";
  const tools = html`<label>${say("状态", "State")} <select name="open" @change=${({ target }) => choose({ alike, open: target.value === "true" ? "" : target.value })}>
      <option value="true" ?selected=${open === "true"}>${say("待处理", "waiting")}</option><option value="false" ?selected=${open === "false"}>${say("已处理", "done with")}</option></select></label>
    ${alike ? html`<button type="button" @click=${() => choose({})}>${say("全部原因", "All reasons")} ✕</button>` : nothing}`;
  return html`<div class="page">
    <div class="head"><h1>${say("死信", "Dead letters")}</h1></div>
    ${tabs("letters")}
    ${told ? html`<p class="note told-of" role="status">${told}</p>` : nothing}
    <section class="panel" aria-labelledby="reasons-title"><h2 id="reasons-title">${say("按原因", "By reason")}</h2>
      ${error ? failed(error, load) : reasons === null ? loading() : reasons.length ? html`<div class="wide" tabindex="0" role="region" aria-label=${say("按原因", "By reason")}><table class="reasons"><thead><tr><th scope="col">${say("原因", "Reason")}</th><th scope="col" class="n">${say("死信", "Letters")}</th><th scope="col" class="n">${say("设备", "Devices")}</th><th scope="col">${say("最近", "Last")}</th><th scope="col"><span class="hidden">${say("操作", "What to do")}</span></th></tr></thead>
        <tbody>${reasons.map((each) => html`<tr class=${each.alike === alike ? "chosen" : nothing}><td><a href=${link("sensors", ["dead-letters"], { alike: each.alike })}>${inWords(each.reason)}</a></td><td class="n">${number(each.letters, 0)}</td><td class="n">${number(each.devices, 0)}</td><td><span title=${fullTime(each.last_received)}>${ago(each.last_received)}</span></td>
          <td class="do">${may("devices.adopt") ? html`<button type="button" @click=${() => again(each)}>${say("全部重放", "Replay all")}</button><button type="button" @click=${() => aside(each)}>${say("全部搁置", "Put all aside")}</button>` : nothing}</td></tr>`)}</tbody></table></div>` : empty({ zh: "没有待处理的死信：收到的都用上了。", en: "None wait: all that came could be used." })}
    </section>
    <div class="panel">${list({ name: { zh: "死信", en: "Dead letters" }, path: "dead-letters", query: { alike, open }, columns: columns(), tools, href: ({ id }) => link("sensors", ["dead-letters", id]), nothing: { zh: "没有。", en: "None." } })}</div>
  </div>`;
}

function columns() {
  return [
    { name: "id", title: { zh: "编号", en: "Number" }, sort: false },
    { name: "received", title: { zh: "接收", en: "Received" }, sort: false, cell: ({ received }) => html`<span class="at" title=${fullTime(received)}>${ago(received)}</span>` },
    { name: "device", title: { zh: "设备或主题", en: "Device or topic" }, sort: false, value: ({ device, topic }) => device || topic, cell: ({ device, topic }) => html`${device || "–"}<small><code>${topic}</code></small>` },
    { name: "format", title: { zh: "格式", en: "Format" }, sort: false },
    { name: "reason", title: { zh: "原因", en: "Reason" }, sort: false, value: ({ reason }) => inWords(reason), cell: ({ reason }) => inWords(reason) },
    { name: "payload", title: { zh: "报文", en: "Payload" }, sort: false, narrow: true, cell: ({ payload, payload_base64: raw }) => html`<code class="excerpt">${(payload ?? `base64 ${raw}`).slice(0, 60)}</code>` },
    { name: "state", title: { zh: "处理", en: "Done" }, sort: false, value: stateText, cell: (row) => html`<span class=${row.replayed_at ? nothing : "at"}>${stateText(row)}</span>` },
  ];
}

function stateText({ replayed_at: replayed, discarded_at: discarded, outcome }) {
  if (replayed) return say(`已重放：${outcome}`, `replayed: ${outcome}`);
  return discarded ? say("已搁置", "put aside") : say("待处理", "waiting");
}
