// Light or dark: what the reader chose, else what the system says.

import { keep, kept } from "./kept.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
const told = new Set();

// "light", "dark", or "auto": as the system is.
export function chosenTheme() {
  return kept("theme") ?? "auto";
}

// What is on the screen: "light" or "dark".
export function theme() {
  return document.documentElement.dataset.theme;
}

export function chooseTheme(name) {
  keep("theme", name === "auto" ? null : name);
  apply();
}

// Call `fn` when the theme has changed; returns how to stop that.
export function onTheme(fn) {
  told.add(fn);
  return () => told.delete(fn);
}

// A colour of console.css as it is now, for canvases: colour("--accent").
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function apply() {
  const chosen = chosenTheme();
  const next = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
  if (next === theme()) return;
  document.documentElement.dataset.theme = next;
  for (const fn of [...told]) fn(next);
}

dark.addEventListener("change", apply);
apply();
