// Texts being written, kept in this browser, so that a reload loses nothing.

import { keep, kept } from "../shell/kept.js";

const place = (rule) => `rules.draft.${rule}`;

// {pack, tests, base: version it began from, at: [ms] of the reader's watch}, or null.
export function draftOf(rule) {
  try {
    const found = JSON.parse(kept(place(rule)) ?? "null");
    return typeof found?.pack === "string" ? found : null;
  } catch {
    return null; // not ours, or cut off
  }
}

export function keepDraft(rule, draft) {
  keep(place(rule), JSON.stringify({ ...draft, at: Date.now() }));
}

export function dropDraft(rule) {
  keep(place(rule), null);
}
