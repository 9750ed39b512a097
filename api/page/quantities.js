// Values are SI; people read them in the unit that is usual for the quantity.

import { language, number } from "./words.js";

let known = {};

export function learn(items) {
  known = Object.fromEntries(items.map((each) => [each.name, each]));
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
  return value === null || !each ? value : (value - each.offset) / each.factor;
}

export function inWords(reading) {
  if (reading.state !== null) return reading.state;
  return `${number(shownValue(reading.quantity, reading.value))} ${shownUnit(reading.quantity)}`.trim();
}
