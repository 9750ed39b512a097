// What the devices of a drill measured, with what was true and what was decided.

import { html } from "../vendor/lit-html/lit-html.js";
import { say } from "../shell/language.js";
import { plot } from "../shell/plot.js";
import { nameOf, shownUnit, shownValue } from "../shell/quantities.js";
import { happeningName } from "./words.js";

const MOST = 3; // devices side by side in one plot

export function curvesOf({ curves, happenings, drill, until }) {
  const range = [Date.parse(drill.began), Date.parse(until)];
  const kinds = new Map();
  for (const one of curves) kinds.set(one.quantity, [...(kinds.get(one.quantity) ?? []), one]);
  const spans = happenings
    .filter(({ role }) => role === "problem")
    .map((one) => ({ from: Date.parse(one.began), to: Date.parse(one.ended), label: { zh: happeningName(one), en: happeningName(one) }, ink: "--orange" }));
  return html`${[...kinds].map(([quantity, all]) => html`<h3>${nameOf(quantity)} <small>${shownUnit(quantity)}</small></h3>${one(quantity, all)}`)}
  <p class="quiet">${say("底色：问题真实存在的时段。", "Shaded: while a problem really was there.")}</p>`;

  function one(quantity, all) {
    return plot({
      label: { zh: nameOf(quantity), en: nameOf(quantity) },
      unit: shownUnit(quantity),
      range,
      height: 190,
      spans,
      series: all.slice(0, MOST).map((one) => ({
        name: { zh: short(one.channel), en: short(one.channel) },
        times: one.time.map((when) => Date.parse(when)),
        values: one.value.map((value) => shownValue(quantity, value)),
      })),
    });
  }
}

const short = (channel) => channel.replace(/^drill-\d+\./, "");
