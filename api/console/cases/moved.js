// Says in an open dialog that the case has moved on meanwhile, and touches nothing else in it.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { say } from "../shell/language.js";
import { follow } from "../shell/live.js";
import { STATES, word } from "./words.js";

// `seen.version` goes with the step: it grows only when the person says that they have seen it.
class Moved extends HTMLElement {
  #off = () => {};
  #news = null;

  connectedCallback() {
    this.setAttribute("role", "status");
    this.#off = follow("case", (it) => {
      if (it.number !== this.of.number || it.version <= this.of.seen.version) return;
      this.#news = it;
      this.#draw();
    });
  }

  disconnectedCallback() {
    this.#off();
  }

  #draw() {
    const it = this.#news;
    render(
      it
        ? html`<span class="caution">${say(`案件已有变动，现为${word(STATES, it.state)}。`, `The case has moved on meanwhile: it is ${word(STATES, it.state)} now.`)}
            <button type="button" @click=${this.#go}>${say("已知悉，按现状办理", "Seen: go on from there")}</button></span>`
        : nothing,
      this,
    );
  }

  #go = () => {
    this.of.seen.version = this.#news.version;
    this.#news = null;
    this.#draw();
    this.closest("form")?.querySelector("footer .main")?.focus();
  };
}

customElements.define("case-moved", Moved);

export function movedNotice(number, seen) {
  return html`<case-moved .of=${{ number, seen }}></case-moved>`;
}
