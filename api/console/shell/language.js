// Two languages, and every text in both beside where it is used: say("案件", "Cases").

import { keep, kept } from "./kept.js";

const told = new Set();
let current = kept("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
document.documentElement.lang = current;

export function language() {
  return current;
}

export function say(zh, en) {
  return current === "zh" ? zh : en;
}

// A text kept as data: {zh, en}. A plain string is the same in both.
export function t(text) {
  if (text === null || text === undefined) return "";
  return typeof text === "string" ? text : (text[current] ?? text.en ?? text.zh ?? "");
}

// Names of a thing, the reader's language first: [first, second]; the second is "" if it is the same.
export function both(zh, en) {
  const [first, second] = current === "zh" ? [zh, en] : [en, zh];
  return first ? [first, second === first ? "" : (second ?? "")] : [second ?? "", ""];
}

// For `lang` of a second name, so that it is read out as what it is.
export const otherLanguage = () => (current === "zh" ? "en" : "zh");

export function speak(code) {
  if (code === current) return;
  current = code;
  keep("language", code);
  document.documentElement.lang = code;
  for (const fn of [...told]) fn(code);
}

// Call `fn` when the language has changed; returns how to stop that.
export function onLanguage(fn) {
  told.add(fn);
  return () => told.delete(fn);
}

export function number(value, digits = null) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  const shown = digits ?? (size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
  return value.toLocaleString(current, { maximumFractionDigits: shown });
}

export function percent(share) {
  return share === null || share === undefined ? "–" : `${(share * 100).toFixed(1)}%`;
}
