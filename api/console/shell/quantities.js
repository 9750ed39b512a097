// Values are SI; people read them in the unit that is usual for the quantity.

import { get } from "./answers.js";
import { language, number } from "./language.js";

let known = {};
let asked = null;

// Asked once for all sections: await it before values are shown.
export function learn() {
  asked ??= get("quantities").then(
    ({ items }) => (known = Object.fromEntries(items.map((each) => [each.name, each]))),
    (why) => {
      asked = null;
      throw why;
    },
  );
  return asked;
}

export function nameOf(quantity) {
  const each = known[quantity];
  return language() === "zh" && each ? each.zh : quantity.replaceAll("_", " ");
}

export function shownUnit(quantity) {
  const unit = known[quantity]?.shown ?? "";
  return unit === "1" ? "" : unit;
}

export function shownValue(quantity, value) {
  const each = known[quantity];
  return value === null || value === undefined || !each ? value : (value - each.offset) / each.factor;
}

// A difference of two values: where the zero of the unit is does not matter.
export function shownSpan(quantity, span) {
  const each = known[quantity];
  return span === null || span === undefined || !each ? span : span / each.factor;
}

export function withUnit(quantity, value) {
  return `${number(shownValue(quantity, value))} ${shownUnit(quantity)}`.trim();
}
