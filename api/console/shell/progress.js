// Long work: how far it is, and how to stop it.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { number, onLanguage, say, t } from "./language.js";

// A bar in place. done of total (total null: nobody knows how much); cancel: a function, or null.
export function progress({ done = 0, total = null, label = "", cancel = null }) {
  const told = total ? `${number(done, 0)} / ${number(total, 0)}` : done ? number(done, 0) : "";
  return html`<div class="progress">
    <span class="what">${t(label)}</span>
    <progress max=${total ?? nothing} value=${total ? done : nothing} aria-label=${t(label)}></progress>
    <span class="told">${told}</span>
    ${cancel ? html`<button type="button" @click=${cancel}>${say("取消", "Cancel")}</button>` : nothing}
  </div>`;
}

const tray = document.createElement("div");
const running = new Set();

// Work that outlasts the page it was begun on: a tray at the foot shows it, with "cancel".
// run({signal, report(done, total)}) -> result. Resolves with the result; null if it was cancelled.
export async function work(label, run) {
  const control = new AbortController();
  const one = { label, done: 0, total: null, cancel: () => control.abort() };
  const report = (done, total = one.total) => {
    Object.assign(one, { done, total });
    draw();
  };
  running.add(one);
  draw();
  try {
    return await run({ signal: control.signal, report });
  } catch (why) {
    if (control.signal.aborted) return null;
    throw why;
  } finally {
    running.delete(one);
    draw();
  }
}

function draw() {
  if (!tray.isConnected) {
    tray.className = "tray";
    tray.setAttribute("role", "status");
    document.body.append(tray);
  }
  render([...running].map(progress), tray);
}

onLanguage(draw);
