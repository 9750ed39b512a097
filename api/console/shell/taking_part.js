// The drill that this person takes part in, in this tab: while it lasts, lists and the live stream
// are those of the drill, and everything stands under its mark. What is live is elsewhere then.

import { both, say } from "./language.js";

const KEPT = "lifeline.drill";
const followers = new Set();
let drill = read();

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

// {number, title_zh, title_en, began} or null
export function takingPart() {
  return drill;
}

export function takePart(chosen) {
  drill = chosen && { number: chosen.number, title_zh: chosen.title_zh, title_en: chosen.title_en, began: chosen.began };
  try {
    if (drill) sessionStorage.setItem(KEPT, JSON.stringify(drill));
    else sessionStorage.removeItem(KEPT);
  } catch {
    // then it lasts as long as the page
  }
  for (const fn of [...followers]) fn(drill);
}

// Call `fn(drill or null)` when somebody begins or stops to take part. Returns how to stop.
export function onTakingPart(fn) {
  followers.add(fn);
  return () => followers.delete(fn);
}

export function mark() {
  if (!drill) return null;
  return `${say("演练", "EXERCISE")} ${drill.number} · ${both(drill.title_zh, drill.title_en)[0]}`;
}

// Lists that are of the one world or of the other; below /api/v1/.
const OF_WORLDS = /^(cases|events|devices|channels|worklists\/[^/]+(\/[^/]+)?|map\/(sensors|sensors\/states|cases))$/;

export function inItsWorld(path, query) {
  const named = query instanceof URLSearchParams ? query.has("drill") : "drill" in query;
  if (!drill || named || !OF_WORLDS.test(path)) return query;
  const given = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const { exercise, ...rest } = Object.fromEntries(given);
  return { ...rest, drill: drill.number };
}
