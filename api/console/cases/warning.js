// One warning with all its messages: what it says now, where, who decided it, and what was said before.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { all } from "../shell/answers.js";
import { say } from "../shell/language.js";
import { follow } from "../shell/live.js";
import { may } from "../shell/person.js";
import { link } from "../shell/route.js";
import { failed, loading } from "../shell/states.js";
import { clockTime, fullTime } from "../shell/time.js";
import { hrefOf } from "./shown.js";
import { warningMap } from "./warning_map.js";
import { changes, factsOf, placeOf, textsOf } from "./warning_parts.js";
import { KINDS } from "./warning_words.js";
import { colourTag, headlineOf, inForce, stateOf, statusTag } from "./warned.js";
import { ROLES, word } from "./words.js";

const AGAIN = 20000; // [ms] between two looks

export function openWarning(root, route, shell) {
  const [, identifier] = route.path;
  const state = { messages: null, error: null, map: null };
  let closed = false;
  let timer = 0;
  const off = [follow("reset", load), follow("case", (it) => it.number === state.messages?.[0]?.case_number && soon())];
  const looks = setInterval(load, AGAIN);

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(load, 400);
  }

  async function load() {
    const first = state.messages === null;
    try {
      const messages = await all("warnings", { warning: identifier });
      if (!messages.length) throw Object.assign(new Error(say(`没有预警 ${identifier}。`, `There is no warning ${identifier}.`)), { status: 404 });
      Object.assign(state, { messages, error: null });
    } catch (why) {
      state.error = why;
    }
    if (closed) return;
    draw();
    if (first && state.messages) root.querySelector("h1")?.focus({ preventScroll: true });
  }

  function draw() {
    const back = html`<p class="back"><a href=${link("cases", ["warnings"])}>← ${say("预警", "Warnings")}</a></p>`;
    if (!state.messages) return void render(html`<div class="page">${back}<h1 class="hidden">${say("预警", "Warning")} ${identifier}</h1>${state.error ? failed(state.error, load) : loading()}</div>`, root);
    const [last] = state.messages;
    shell.title({ zh: last.content.headline.zh, en: last.content.headline.en });
    shell.watermark?.(last.status === "Actual" ? null : last.status === "Test" ? { zh: "测试", en: "TEST" } : { zh: "演练", en: "EXERCISE" });
    render(
      html`<div class="page warning">${back}
        <header class="case-head"><div class="what"><h1 tabindex="-1">${headlineOf(last)} ${colourTag(last.colour)} ${statusTag(last.status)}</h1>
            <p class="quiet">${last.identifier}${last.case_number ? html` · ${say("案件", "case")} <a href=${hrefOf(last.case_number)}>${last.case_number}</a>` : nothing}</p></div>
          <div class="now"><p class="state">${stateOf(last)}</p><p class="quiet">${say("有效至", "until")} ${fullTime(last.expires)}</p></div></header>
        ${actions(last)}
        ${state.error ? failed(state.error, load) : nothing}
        <div class="two">
          <div><section class="panel" aria-labelledby="says"><h2 id="says">${say("公众看到的内容", "What people read")}</h2>${textsOf(last.content)}</section>
            <section class="panel" aria-labelledby="grave"><h2 id="grave">${say("程度与应对", "How grave, how sure")}</h2>${factsOf(last.content)}</section>
            ${history(state.messages)}</div>
          <div><section class="panel" aria-labelledby="where"><h2 id="where">${say("范围", "Area")}</h2><div class="case-map"></div>${placeOf(last.content)}</section></div>
        </div>
      </div>`,
      root,
    );
    drawMap(last);
  }

  // The map's element stays: lit leaves alone what it did not write.
  async function drawMap({ content }) {
    state.map ??= warningMap(root.querySelector(".case-map"));
    const map = await state.map;
    if (closed) map.close();
    else map.set(content);
  }

  shell.title({ zh: `预警 ${identifier}`, en: `Warning ${identifier}` });
  draw();
  load();
  return {
    redraw() {
      draw();
      state.map?.then((map) => map.redraw());
    },
    close() {
      closed = true;
      clearInterval(looks);
      clearTimeout(timer);
      for (const stop of off) stop();
      shell.watermark?.(null);
      state.map?.then((map) => map.close());
    },
  };
}

// What may be done with it: only the last message, and only while it is in force.
function actions(last) {
  if (!may("warnings.issue") || !inForce(last)) return nothing;
  const way = (what, text, main) => html`<li><a class="button ${main ? "main" : ""}" data-way=${what} href=${link("cases", ["warnings", last.identifier, what])}>${text}</a></li>`;
  return html`<section class="panel actions" aria-labelledby="actions"><h2 id="actions">${say("您可以", "You may")}</h2>
    <ul class="steps">${way("update", say("更新预警", "Update it"), true)}${way("cancel", say("解除预警", "Call it off"), false)}</ul></section>`;
}

function history(messages) {
  const line = (it, n) => {
    const before = messages[n + 1];
    const said = before ? changes(it.content, before.content) : [];
    return html`<li class=${it.role === "system" ? "system" : nothing}><time datetime=${it.sent} title=${fullTime(it.sent)}>${clockTime(it.sent, true)}</time>
      <div><b>${word(KINDS, it.kind)}</b> ${colourTag(it.colour)} ${it.actor ? html`<small class="quiet">${it.actor} · ${word(ROLES, it.role)}</small><p>${it.reason}</p>` : nothing}
        ${said.length ? html`<p class="details">${said.map(([name, value]) => `${name}${say("：", ": ")}${value}`).join(say("；", "; "))}</p>` : nothing}
        <p class="details"><a href="/cap/${it.identifier}.xml" target="_blank" rel="noopener">${it.identifier} (CAP)</a></p></div></li>`;
  };
  return html`<section class="panel" aria-labelledby="history"><h2 id="history">${say("消息经过", "Its messages")}</h2>
    <p class="quiet">${say("理由只在此处与案件日志中，不随预警发出。", "Reasons stand here and in the log of the case; they are not sent.")}</p><ol class="log">${messages.map(line)}</ol></section>`;
}
