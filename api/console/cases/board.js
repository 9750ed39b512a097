// Cases as cards in columns: the lists of a post, or the states of all.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { both, number, say } from "../shell/language.js";
import { mark } from "../shell/marks.js";
import { empty } from "../shell/states.js";
import { clockOf, departmentOf, hrefOf, marksOf, placeOf, severityTag, titleOf } from "./shown.js";
import { LIGHTS, STATES, word } from "./words.js";

// columns: [{name, title, counts: {red, yellow, green, standing} or null, items, next, more}]
export function board(columns) {
  return html`<div class="board">
    ${columns.map(
      (column) => html`<section class="column" aria-label=${column.title}>
        <h2>${column.more ? html`<a href=${column.more}>${column.title}</a>` : column.title} ${column.counts ? tally(column.counts) : html`<span class="quiet">${number(column.items.length, 0)}</span>`}</h2>
        ${column.items.length
          ? html`<ol>${column.items.map((it) => html`<li>${card(it, column.withState)}</li>`)}</ol>`
          : empty({ zh: "没有案件。", en: "No cases." })}
        ${column.next ? html`<p class="more"><a href=${column.more}>${say("在表格中查看全部", "All of them in the table")}</a></p>` : nothing}
      </section>`,
    )}
  </div>`;
}

function card(it, withState) {
  return html`<a class="card ${it.severity}" href=${hrefOf(it.number)} data-case=${it.number}>
    <span class="top"><b>${titleOf(it)}</b> ${clockOf(it)}</span>
    <span class="where">${placeOf(it)}</span>
    <span class="foot"><span class="quiet">${it.number}</span> ${severityTag(it.severity)} ${marksOf(it)}</span>
    <span class="quiet">${[withState && word(STATES, it.state), departmentOf(it)].filter((part) => part && part !== "–").join(" · ")}</span>
  </a>`;
}

// How many cases of each light: the number beside the mark, so that colour is not the only sign.
export function tally(counts) {
  const most = counts.most ?? Infinity;
  return html`<span class="tally">${Object.keys(LIGHTS).map((light) =>
    counts[light]
      ? html`<span title=${word(LIGHTS, light)}>${mark(light)}<span class="hidden">${word(LIGHTS, light)}</span>${number(counts[light], 0)}${counts[light] >= most ? "+" : ""}</span>`
      : nothing,
  )}</span>`;
}

// j and k go down and up a column, h and l to the column beside; arrows likewise.
export function stepCards(event, root) {
  const way = { j: [0, 1], k: [0, -1], l: [1, 0], h: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] }[event.key];
  if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, select, textarea, dialog")) return;
  const columns = [...root.querySelectorAll(".board .column")].map((each) => [...each.querySelectorAll(".card")]).filter((cards) => cards.length);
  if (!columns.length) return;
  if (event.key.startsWith("Arrow") && !event.target.closest?.(".board")) return;
  const at = columns.findIndex((cards) => cards.includes(document.activeElement));
  event.preventDefault();
  if (at < 0) return void columns[0][0].focus();
  const column = Math.min(columns.length - 1, Math.max(0, at + way[0]));
  const row = columns[at].indexOf(document.activeElement) + way[1];
  columns[column][Math.min(columns[column].length - 1, Math.max(0, row))].focus();
}

export function titleOfList(list) {
  const [first] = both(list.zh, list.en);
  return first.charAt(0).toUpperCase() + first.slice(1);
}
