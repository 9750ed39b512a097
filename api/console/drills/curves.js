// What the devices of a drill measured, with what was true and what was decided.

import { html } from "../vendor/lit-html/lit-html.js";
import { DONE } from "../cases/words.js";
import { say } from "../shell/language.js";
import { plot } from "../shell/plot.js";
import { nameOf, shownUnit, shownValue } from "../shell/quantities.js";
import { happeningName } from "./words.js";

const MOST = 3; // devices side by side in one plot

// Decisions that move a case on, as far as a curve has room for them.
const SHOWN = ["file", "dispatch", "hand-over", "handle", "feed-back", "inspect", "close", "rework"];

export function curvesOf({ curves, happenings, drill, until, decisions }) {
  const range = [Date.parse(drill.began), Date.parse(until)];
  const kinds = new Map();
  for (const one of curves) kinds.set(one.quantity, [...(kinds.get(one.quantity) ?? []), one]);
  const spans = happenings
    .filter(({ role }) => role === "problem")
    .map((one) => ({ from: Date.parse(one.began), to: Date.parse(one.ended), label: { zh: happeningName(one), en: happeningName(one) }, ink: "--orange" }));
  const marks = [
    ...happenings.filter(({ at }) => at?.found).map(({ at }) => ({ at: Date.parse(at.found), label: { zh: "发现", en: "found" }, ink: "--green" })),
    ...together(decisions.filter(({ verb }) => SHOWN.includes(verb))).map(({ at, verbs }) => ({ at, label: { zh: verbs.map((verb) => DONE[verb].zh).join("、"), en: verbs.map((verb) => DONE[verb].en).join(", ") } })),
  ];
  return html`${[...kinds].map(([quantity, all]) => html`<h3>${nameOf(quantity)} <small>${shownUnit(quantity)}</small></h3>${one(quantity, all)}`)}
  <p class="quiet">${say("底色：问题真实存在的时段；竖线：发现与各项决定。", "Shaded: while a problem really was there. Lines: when it was found, and what was decided.")}</p>`;

  function one(quantity, all) {
    return plot({
      label: { zh: nameOf(quantity), en: nameOf(quantity) },
      unit: shownUnit(quantity),
      range,
      height: 200,
      marks,
      spans,
      series: all.slice(0, MOST).map((one) => ({
        name: { zh: short(one.channel), en: short(one.channel) },
        times: one.time.map((when) => Date.parse(when)),
        values: one.value.map((value) => shownValue(quantity, value)),
      })),
    });
  }
}

// What was decided at the same moment is one mark.
function together(decisions) {
  const found = new Map();
  for (const { at, verb } of decisions) {
    const when = Date.parse(at);
    found.set(when, [...new Set([...(found.get(when) ?? []), verb])]);
  }
  return [...found].map(([at, verbs]) => ({ at, verbs }));
}

const short = (channel) => channel.replace(/^drill-\d+\./, "");
