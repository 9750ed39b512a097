// How a warning looks wherever it is listed: its colour, what it says, whether it is in force.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { both, say } from "../shell/language.js";
import { link } from "../shell/route.js";
import { clockTime, fullTime, left, now } from "../shell/time.js";
import { GRAVITY, STATUSES } from "./warning_words.js";
import { SEVERITIES, word } from "./words.js";

export const warningHref = (identifier) => link("cases", ["warnings", identifier]);

export function headlineOf({ content: { headline, event } }) {
  return both(headline.zh, headline.en)[0] || both(event.zh, event.en)[0];
}

export const inForce = (it) => it.standing && Date.parse(it.expires) > now();

export function colourTag(colour) {
  return html`<span class="tag ${colour}">${word(SEVERITIES, colour)} · ${word(GRAVITY, colour)}</span>`;
}

// An exercise or a test says so: nothing of it is real.
export function statusTag(status) {
  return status === "Actual" ? nothing : html`<span class="tag orange">${word(STATUSES, status)}</span>`;
}

export function stateOf(it) {
  if (it.kind === "Cancel") return html`<span class="quiet">${say("已解除", "called off")} ${clockTime(it.sent)}</span>`;
  if (inForce(it)) return html`<b>${say("生效中", "in force")}</b> <small class="quiet" title=${fullTime(it.expires)}>${say(`还有 ${left(it.expires).text}`, `${left(it.expires).text} left`)}</small>`;
  return Date.parse(it.expires) <= now() ? html`<span class="quiet">${say("已到期", "expired")} ${clockTime(it.expires)}</span>` : html`<span class="quiet">${say("已被后续消息取代", "replaced by a later message")}</span>`;
}
