// One dead letter: its bytes and where they failed, corrected and sent again, or put aside.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get, newKey, post } from "../shell/answers.js";
import { ask } from "../shell/dialog.js";
import { number, say } from "../shell/language.js";
import { may } from "../shell/person.js";
import { link } from "../shell/route.js";
import { inWords } from "../shell/sentences.js";
import { failed, loading } from "../shell/states.js";
import { fullTime } from "../shell/time.js";
import { fromBase64, fromHex, hexView, textView, toBase64, toHex } from "./bytes.js";

const FORMATS = ["auto", "json", "senml", "line-protocol", "line-protocol:s", "line-protocol:ms", "thingsboard", "sensorthings", "chirpstack", "ttn"];

export async function openLetter(root, route, shell) {
  const number_ = route.path[1];
  const state = { letter: null, error: null, hex: false, written: null, told: null, refused: null, busy: false };
  let key = newKey();
  shell.title({ zh: `死信 ${number_}`, en: `Dead letter ${number_}` });
  const draw = () => {
    if (state.error) return void render(failed(state.error, load, true), root);
    if (!state.letter) return void render(loading(), root);
    return void render(page(state, { replay, aside, turn, write }), root);
  };

  async function load() {
    try {
      state.letter = await get(`dead-letters/${number_}`);
      state.bytes = fromBase64(state.letter.payload_base64);
      state.hex = state.letter.payload === null;
      state.error = null;
    } catch (why) {
      state.error = why;
    }
    draw();
  }

  const original = () => (state.hex ? toHex(state.bytes) : new TextDecoder().decode(state.bytes));
  const write = ({ target }) => {
    state.written = target.value;
    key = newKey();
  };
  const turn = (hex) => {
    Object.assign(state, { hex, written: null });
    draw();
  };

  // What was written in place of the payload; {} where it was left as it came.
  function mended(form) {
    const fix = {};
    const written = state.written;
    if (written !== null && written !== original()) {
      if (!state.hex) fix.payload = written;
      else {
        const bytes = fromHex(written);
        if (!bytes) throw new Error(say("不是十六进制：每个字节两位 0-9、a-f。", "This is not hexadecimal: two of 0-9 and a-f for each byte."));
        fix.payload_base64 = toBase64(bytes);
      }
    }
    const { format, device, reason } = form.elements;
    if (format.value !== state.letter.format) fix.format = format.value;
    if (device.value.trim() !== state.letter.device) fix.device = device.value.trim();
    if (reason.value.trim()) fix.reason = reason.value.trim();
    return fix;
  }

  async function replay(event) {
    event.preventDefault();
    if (state.busy) return;
    Object.assign(state, { busy: true, refused: null, told: null });
    draw();
    try {
      state.told = await post(`dead-letters/${number_}/replay`, mended(event.target), { key });
      state.letter = await get(`dead-letters/${number_}`);
      if (state.told.done) state.written = null;
    } catch (why) {
      state.refused = why;
    }
    state.busy = false;
    key = newKey();
    draw();
  }

  async function aside() {
    const done = await ask({
      title: { zh: "搁置这封死信", en: "Put this letter aside" },
      note: { zh: "死信会保留并做标记，以后仍可重放。", en: "It is kept and marked, and can be replayed later." },
      fields: [{ name: "reason", label: { zh: "为什么不需要", en: "Why nobody needs it" }, required: true }],
      submit: { zh: "搁置", en: "Put aside" },
      send: (values, of) => post(`dead-letters/${number_}/discard`, values, { key: of }),
    });
    if (done) await load();
  }

  await load();
  return { redraw: draw };
}

function page({ letter, bytes, hex, written, told, refused, busy }, { replay, aside, turn, write }) {
  const { id, received, source, topic, format, device, reason, fault_at: fault, record, replayed_at: replayed, discarded_at: discarded, outcome, log } = letter;
  const waits = !replayed && !discarded;
  const fact = (title, value) => html`<div><dt>${title}</dt><dd>${value}</dd></div>`;
  const shown = hex ? toHex(bytes) : new TextDecoder().decode(bytes);
  return html`<div class="page letter">
    <div class="head"><h1>${say("死信", "Dead letter")} ${id}</h1>
      <span class="tag">${replayed ? say("已重放", "replayed") : discarded ? say("已搁置", "put aside") : say("待处理", "waiting")}</span>
      <a href=${link("sensors", ["dead-letters"], { alike: letter.alike })}>${say("同样原因的", "Of the same reason")}</a> <a href=${link("sensors", ["dead-letters"])}>${say("全部死信", "All dead letters")}</a></div>
    <section class="panel"><h2>${say("哪里不对", "What is wrong")}</h2>
      <p class="refused">${inWords(reason)}</p>
      ${record === null ? nothing : html`<p>${say("不可用的记录", "The record that is bad")}: <code>${JSON.stringify(record)}</code></p>`}
      <dl class="facts">${fact(say("接收", "Received"), fullTime(received))}${fact(say("来源", "Source"), source)}${fact(say("主题", "Topic"), html`<code>${topic || "–"}</code>`)}${fact(say("格式", "Format"), format)}${fact(say("设备", "Device"), device || "–")}${fact(say("长度", "Length"), say(`${number(bytes.length, 0)} 字节`, `${number(bytes.length, 0)} bytes`))}${fault === null ? nothing : fact(say("失败处", "Failed at"), say(`第 ${fault + 1} 字节`, `byte ${fault + 1}`))}${replayed ? fact(say("重放结果", "Outcome"), outcome) : nothing}</dl>
    </section>
    <section class="panel" aria-labelledby="bytes-title"><div class="head"><h2 id="bytes-title">${say("收到的字节", "The bytes that came")}</h2>
      <span role="group" aria-label=${say("显示方式", "How they are shown")}><button type="button" aria-pressed=${!hex} @click=${() => turn(false)}>${say("文本", "Text")}</button> <button type="button" aria-pressed=${hex} @click=${() => turn(true)}>${say("十六进制", "Hex")}</button></span></div>
      ${hex ? hexView(bytes, fault) : textView(bytes, fault)}
    </section>
    ${told ? html`<p class="${told.done ? "note told-of" : "refused"}" role="status">${told.done ? say("已重放", "Replayed") : say("仍不可用", "Still unusable")}: ${inWords(told.outcome)}</p>` : nothing}
    ${may("devices.adopt") ? html`<section class="panel" aria-labelledby="fix-title"><h2 id="fix-title">${say("更正并重放", "Correct and replay")}</h2>
      <p class="note">${say("原件保留不变；更正的内容、人和时间记入日志。读数按信件收到的时间入库，重复重放不会重复入库。", "The original stays as it came; the correction, who made it and when stand in the log. Readings are stored as of when the letter came, and only once however often it is replayed.")}</p>
      <form @submit=${replay}>
        <div class="field"><label for="f-payload">${hex ? say("报文（十六进制）", "Payload (hexadecimal)") : say("报文", "Payload")}</label><textarea id="f-payload" name="payload" rows="6" class="code" spellcheck="false" .value=${written ?? shown} @input=${write}></textarea></div>
        <div class="pairs">
          <div class="field"><label for="f-format">${say("格式", "Format")}</label><select id="f-format" name="format">${(FORMATS.includes(format) ? FORMATS : [format, ...FORMATS]).map((each) => html`<option value=${each} ?selected=${each === format}>${each}</option>`)}</select></div>
          <div class="field"><label for="f-device">${say("设备（报文未写明时）", "Device (where the payload names none)")}</label><input id="f-device" name="device" autocomplete="off" .defaultValue=${device}></div>
          <div class="field"><label for="f-reason">${say("说明（选填）", "Why (optional)")}</label><input id="f-reason" name="reason" autocomplete="off"></div>
        </div>
        ${refused ? html`<p class="refused" role="alert">${refused.message}</p>` : nothing}
        <p class="do"><button class="main" ?disabled=${busy}>${say("重放", "Replay")}</button>${waits ? html`<button type="button" @click=${aside}>${say("搁置…", "Put aside …")}</button>` : nothing}</p>
      </form></section>` : nothing}
    <section class="panel" aria-labelledby="log-title"><h2 id="log-title">${say("日志", "Log")}</h2>
      ${log.length ? html`<ol class="log">${log.map((line) => html`<li><b>${line.verb === "replay" ? say("重放", "replayed") : say("搁置", "put aside")}</b> ${line.actor} <small>${fullTime(line.at)}</small>${line.reason ? html`<p>${line.reason}</p>` : nothing}${line.outcome ? html`<p class="quiet">${inWords(line.outcome)}</p>` : nothing}${line.payload_base64 === null ? nothing : html`<details><summary>${say("更正后的报文", "The payload as corrected")}</summary><pre tabindex="0">${line.payload ?? line.payload_base64}</pre></details>`}${line.format || line.device ? html`<p class="quiet">${[line.format, line.device].filter(Boolean).join(" · ")}</p>` : nothing}</li>`)}</ol>` : html`<p class="quiet">${say("还没有人处理过。", "Nobody has touched it yet.")}</p>`}
    </section>
  </div>`;
}
