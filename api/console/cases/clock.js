// The clock of a stage, counting down in event time; the light goes with it.

import { html, render } from "../vendor/lit-html/lit-html.js";
import { language, onLanguage, say } from "../shell/language.js";
import { lightAt, mark } from "../shell/marks.js";
import { duration, fullTime, now } from "../shell/time.js";
import { LIGHTS, word } from "./words.js";

const running = new Set();
const tick = () => {
  for (const clock of running) clock.draw();
};
setInterval(tick, 1000);
onLanguage(tick);

// <case-clock due yellow ended>: a mark, and how long is left or over; `ended` is told instead.
class Clock extends HTMLElement {
  static observedAttributes = ["due", "yellow", "ended"];
  #told = "";

  connectedCallback() {
    running.add(this);
    this.draw();
  }

  disconnectedCallback() {
    running.delete(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.draw();
  }

  draw() {
    const [due, ended] = [this.getAttribute("due"), this.getAttribute("ended")];
    const light = ended ? "standing" : lightAt({ stage_due: due, stage_yellow: this.getAttribute("yellow") }, now());
    const text = ended || words(due);
    const told = `${light}|${text}|${language()}`;
    if (told === this.#told) return;
    this.#told = told;
    this.className = `clock ${light}`;
    this.title = due ? `${word(LIGHTS, light)} · ${say("时限", "due")} ${fullTime(due)}` : word(LIGHTS, light);
    render(html`${ended ? "" : mark(light)}<span class="hidden">${ended ? "" : word(LIGHTS, light)}</span> ${text}`, this);
  }
}

function words(due) {
  if (!due) return say("不计时", "no clock");
  const left = (Date.parse(due) - now()) / 1000;
  return left < 0 ? say(`超时 ${duration(left)}`, `${duration(left)} over`) : say(`剩 ${duration(left)}`, `${duration(left)} left`);
}

customElements.define("case-clock", Clock);
