// A secret or link that is shown once: to copy now, or never.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { say, t } from "../shell/language.js";

export function reveal({ title, note, value }) {
  const dialog = document.createElement("dialog");
  dialog.className = "ask";
  document.body.append(dialog);
  let copied = false;
  const copy = async () => {
    dialog.querySelector("textarea").select();
    // Over plain http there is no clipboard; what is selected can still be copied by hand.
    await navigator.clipboard?.writeText(value);
    copied = Boolean(navigator.clipboard);
    draw();
  };
  const draw = () => render(html`<form method="dialog" aria-labelledby="reveal-title">
      <h2 id="reveal-title">${t(title)}</h2>
      <p class="note">${t(note)}</p>
      <textarea readonly rows="3" aria-label=${t(title)} class="secret" .value=${value}></textarea>
      <footer>${copied ? html`<span role="status">${say("已复制", "Copied")}</span>` : nothing}
        <button type="button" @click=${copy}>${say("复制", "Copy")}</button>
        <button class="main">${say("完成", "Done")}</button></footer>
    </form>`, dialog);
  draw();
  dialog.showModal();
  dialog.querySelector("textarea").select();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    dialog.remove();
    resolve();
  }));
}
