// Warnings in force: what people are told now, above all lists, and where on the map.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { all } from "../shell/answers.js";
import { both, number, say } from "../shell/language.js";
import { link } from "../shell/route.js";
import { takingPart } from "../shell/taking_part.js";
import { clockTime, left, now } from "../shell/time.js";
import { drawWarned } from "../shell/warned_area.js";

const SEVERITIES = { red: () => say("红色", "red"), orange: () => say("橙色", "orange"), yellow: () => say("黄色", "yellow"), blue: () => say("蓝色", "blue") };
const GRAVEST = Object.keys(SEVERITIES);
const SHOWN = 4; // the others are in the list of warnings

export class Warned {
  #items = [];
  #drawn = "";

  // An exercise's warnings are of the exercise alone. What cannot be loaded is told by the next look.
  async load() {
    const found = await all("warnings", { state: "in-force", status: takingPart() ? "Exercise" : "Actual" }).catch(() => null);
    if (found) this.#items = found.sort((a, b) => GRAVEST.indexOf(a.colour) - GRAVEST.indexOf(b.colour) || b.sent.localeCompare(a.sent));
  }

  get inForce() {
    return this.#items.filter(({ expires }) => Date.parse(expires) > now());
  }

  // On the map, when it is not what is drawn already; `anew` after another theme.
  draw(map, anew = false) {
    const shown = this.inForce.map(({ colour, content: { area } }) => ({ colour, area }));
    const stamp = this.inForce.map(({ identifier }) => identifier).join();
    if (!map || (stamp === this.#drawn && !anew)) return;
    this.#drawn = stamp;
    drawWarned(map, shown);
  }

  panel() {
    const items = this.inForce;
    if (!items.length) return nothing;
    return html`<section class="warned" aria-labelledby="warned"><h2 id="warned"><a href=${link("cases", ["warnings"])}>${say("生效中的预警", "Warnings in force")}</a> <b>${number(items.length, 0)}</b></h2>
      <ul>${items.slice(0, SHOWN).map(({ identifier, colour, expires, content: { headline, area } }) => html`<li class=${colour}><a href=${link("cases", ["warnings", identifier])}>${both(headline.zh, headline.en)[0]}</a>
        <small><span class="tag ${colour}">${SEVERITIES[colour]()}</span> ${both(area.name.zh, area.name.en)[0]} · <span title=${clockTime(expires)}>${say(`还有 ${left(expires).text}`, `${left(expires).text} left`)}</span></small></li>`)}</ul>
      ${items.length > SHOWN ? html`<p class="quiet">${say(`另有 ${items.length - SHOWN} 条`, `${items.length - SHOWN} more`)}</p>` : nothing}</section>`;
  }
}
