// What stands where nothing can be shown: still loading, nothing there, or refused.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { say, t } from "./language.js";

export function loading(text = null) {
  return html`<div class="state" role="status"><span class="spinner" aria-hidden="true"></span><p>${t(text) || say("正在读取…", "Loading …")}</p></div>`;
}

// text: why there is nothing, and what would change it; action: a template, perhaps a button.
export function empty(text = null, action = nothing) {
  return html`<div class="state empty"><p>${t(text) || say("没有数据。", "Nothing here.")}</p>${action}</div>`;
}

// error: an Error (Refused has .problem); again: what "try again" does, or null; whole: it stands for
// the page, and is its h1.
export function failed(error, again = null, whole = false) {
  const missing = error.status === 404;
  const title = missing ? say("没有找到", "Not found") : error.status === 403 ? say("没有权限", "Not permitted") : say("无法读取", "This could not be read");
  return html`<div class="state failed" role="alert">
    ${whole ? html`<h1>${title}</h1>` : html`<h2>${title}</h2>`}
    <p>${error.message}</p>
    ${again ? html`<button type="button" @click=${again}>${say("重试", "Try again")}</button>` : nothing}
  </div>`;
}

// Draws into `root` while `work` runs: loading, then draw(result), or what failed with "try again".
// Of two calls for the same root only the later one draws. Returns the result, or undefined.
const turns = new WeakMap();
export async function shown(root, render, work, draw) {
  const turn = (turns.get(root) ?? 0) + 1;
  turns.set(root, turn);
  const current = () => turns.get(root) === turn;
  render(loading(), root);
  try {
    const result = await work();
    if (current()) render(draw(result), root);
    return result;
  } catch (why) {
    if (why.name !== "Error") throw why; // a fault of the page, not an answer
    if (current()) render(failed(why, () => shown(root, render, work, draw)), root);
    return undefined;
  }
}
