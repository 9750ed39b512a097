// Numbers of the evaluation, and how a number opens its cases.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { number, say } from "../shell/language.js";
import { ROLES } from "../cases/words.js";

export const named = (one) => say(one.zh, one.en);

export function percents(value) {
  return value === null || value === undefined ? "–" : `${value.toFixed(1)}%`;
}

export function shown(value, unit) {
  if (value === null) return "–";
  return unit === "%" ? percents(value) : `${number(value)} ${unit}`;
}

// What a row of an evaluation is called: an area, a department, a post, a person.
export function rowName(page, by, row) {
  if (row.key === "") return by === "total" ? say("合计", "Total") : say("不详", "Not known");
  const post = (role) => say(page.known.roles[role]?.zh ?? role, ROLES[role]?.en ?? role);
  if (by === "role") return post(row.key);
  if (by === "person") {
    const [role, ...rest] = row.key.split(" ");
    return `${rest.join(" ")} (${post(role)})`;
  }
  return say(row.name.zh, row.name.en);
}

// A number that opens its cases. A nought has none.
export function opener(page, text, count, given) {
  if (!count) return text;
  const { opened } = page;
  const pressed = Boolean(opened && opened.by === given.by && opened.key === given.key && opened.title === given.title && opened.measure === given.measure);
  return html`<button type="button" class="open" aria-pressed=${String(pressed)} @click=${() => page.open(given)}>${text}</button>`;
}

// The cases behind an indicator of a row; `measure`: its numerator if not said otherwise.
export function behindOf(page, by, row, name, measure = null) {
  const one = page.one(name);
  const { top, bottom } = row.indicators[name];
  return {
    by, key: row.key, counts: { [one.top]: top, [one.bottom]: bottom }, measure: measure ?? one.top,
    title: by === "total" ? named(one) : `${rowName(page, by, row)} · ${named(one)}`,
    exempt: one.overtime && row.exempt ? false : null,
  };
}

export function rate(page, by, row, name) {
  const { value, bottom, with_exempt: all } = row.indicators[name];
  const one = page.one(name);
  return html`${opener(page, shown(value, one.unit), bottom, behindOf(page, by, row, name))}
    ${one.overtime && row.exempt ? html`<small title=${say("计入豁免", "with exempt")}>(${shown(all, one.unit)})</small>` : nothing}`;
}
