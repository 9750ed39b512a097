// What a page of one thing has in common: loaded, drawn again after each act, with a way back.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { say, t } from "../shell/language.js";
import { link } from "../shell/route.js";
import { shown } from "../shell/states.js";

// back: name of the tab; load() -> the thing; view(thing, again) -> template.
export function detail(place, back, load, view) {
  let thing = null;
  const draw = (found) => {
    thing = found;
    return html`<p><a href=${link("administration", [back])}>← ${say("返回列表", "Back to the list")}</a></p>${view(found, again)}`;
  };
  const again = () => shown(place, render, load, draw);
  again();
  return { redraw: () => thing && render(draw(thing), place) };
}

// Label and value pairs; what is null is left out.
export function facts(pairs) {
  return html`<dl class="facts">${pairs.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([label, value]) => html`<div><dt>${t(label)}</dt><dd>${value}</dd></div>`)}</dl>`;
}

// A button that acts; `null` hides it.
export function button(label, press, more = "") {
  return press ? html`<button type="button" class=${more || nothing} @click=${press}>${t(label)}</button>` : nothing;
}
