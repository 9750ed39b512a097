// A table of a list of the API, or of given rows: sorted, by pages, by keyboard, exported.

import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get } from "./answers.js";
import { download, exported, exportedWhole, valueOf } from "./export.js";
import { number, onLanguage, say, t } from "./language.js";
import { empty, failed, loading } from "./states.js";

const AT_A_TIME = 100;

// list({...}) is a template: put it where the table is to stand, and render again when the query
// changes; it loads by itself. Options:
//   name     of the list, for the file of an export and the table's label: {zh, en}
//   path     of the API with `query`, in pages {items, next} or whole; or rows: an array (then no path)
//   columns  [{name, title: {zh, en}, cell(row) -> template or text (row[name] without it),
//             value(row) for sorting and export (row[name] without it), number: true (right),
//             sort: false | "word of the API's sort parameter", narrow: true (not on a phone)}]
//   href(row)   -> address of the row: its first cell is a link; Enter, click, j and k go by it
//   onOpen(row) -> instead of href
//   key(row)    -> what stays the same of a row between two loads (row.id ?? row.number)
//   marked(row) -> a class for the row: "red", "chosen"
//   tools    template beside the export buttons: filters, buttons
//   nothing  {zh, en} why the list may be empty
//   order    {column, down} at first
// The element: document.querySelector("lifeline-list").reload() loads again without blanking.
export function list(options) {
  return html`<lifeline-list .options=${options}></lifeline-list>`;
}

class List extends HTMLElement {
  #options = null;
  #asked = null;
  #rows = [];
  #next = null;
  #state = "loading";
  #error = null;
  #order = null;
  #turn = 0;
  #off = () => {};

  set options(options) {
    this.#options = options;
    this.#order ??= options.order ?? null;
    const asked = options.path ? `${options.path}?${new URLSearchParams(clean(options.query))}` : null;
    if (asked && asked !== this.#asked) {
      this.#asked = asked;
      this.#state = "loading";
      this.#load();
    } else if (!asked) {
      this.#rows = options.rows ?? [];
      this.#state = "there";
    }
    if (this.isConnected) this.#draw();
  }

  connectedCallback() {
    this.#off = onLanguage(() => this.#draw());
    this.addEventListener("keydown", this.#step);
    this.#draw();
  }

  disconnectedCallback() {
    this.#off();
    this.removeEventListener("keydown", this.#step);
  }

  get rows() {
    return this.#sorted();
  }

  // Load again, as many rows as are there, and show the old ones until the new have come.
  reload() {
    return this.#options?.path ? this.#load(Math.max(AT_A_TIME, this.#rows.length)) : undefined;
  }

  // As the API takes it: its own sorting goes before the pages, so that the first page is the right one.
  #query() {
    const { columns, query } = this.#options;
    const column = columns.find(({ name }) => name === this.#order?.column);
    const sort = typeof column?.sort === "string" ? { sort: (this.#order.down ? "-" : "") + column.sort } : {};
    return { ...clean(query), ...sort };
  }

  async #load(count = AT_A_TIME) {
    const turn = ++this.#turn;
    try {
      const page = await get(this.#options.path, { ...this.#query(), limit: Math.min(count, 1000) });
      if (turn !== this.#turn) return;
      // Short lists of the API come whole, as an array.
      [this.#rows, this.#next, this.#state, this.#error] = [page.items ?? page, page.next ?? null, "there", null];
      this.#options.onRows?.(this.#rows);
    } catch (why) {
      if (turn !== this.#turn) return;
      [this.#state, this.#error] = ["failed", why];
    }
    this.#draw();
  }

  async #more() {
    const turn = this.#turn;
    const page = await get(this.#options.path, { ...this.#query(), limit: AT_A_TIME, cursor: this.#next }).catch((why) => ({ why }));
    if (turn !== this.#turn) return;
    if (page.why) [this.#state, this.#error] = ["failed", page.why];
    else [this.#rows, this.#next] = [[...this.#rows, ...page.items], page.next];
    this.#draw();
  }

  #order_by(name) {
    const down = this.#order?.column === name ? !this.#order.down : false;
    this.#order = { column: name, down };
    const column = this.#options.columns.find((each) => each.name === name);
    if (typeof column.sort === "string" && this.#next) this.#load();
    this.#draw();
  }

  #sorted() {
    const column = this.#options.columns.find(({ name }) => name === this.#order?.column);
    if (!column) return this.#rows;
    const sign = this.#order.down ? -1 : 1;
    return [...this.#rows].sort((a, b) => sign * compare(valueOf(column, a), valueOf(column, b)));
  }

  // j and k (and the arrows) go down and up the rows; Enter follows the link as everywhere.
  #step = (event) => {
    const by = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.step(by);
  };

  step(by) {
    const rows = [...this.querySelectorAll("tbody .row")];
    const at = rows.findIndex((row) => row.closest("tr").contains(document.activeElement));
    rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
  }

  #draw() {
    if (!this.#options || !this.isConnected) return;
    const { name, tools = nothing } = this.#options;
    render(
      html`<div class="list">
        <div class="toolbar">
          ${tools}
          <span class="count" role="status">${this.#state === "there" ? this.#count() : ""}</span>
          <span class="export" role="group" aria-label=${say("导出", "Export")}>
            <button type="button" ?disabled=${!this.#rows.length} @click=${() => this.#export("csv")}>CSV</button>
            <button type="button" ?disabled=${!this.#rows.length} @click=${() => this.#export("json")}>JSON</button>
          </span>
        </div>
        ${this.#state === "failed" ? failed(this.#error, () => this.#again()) : nothing}
        ${this.#state === "loading" ? loading() : nothing}
        ${this.#state === "there" && !this.#rows.length ? empty(this.#options.nothing) : nothing}
        ${this.#state === "there" && this.#rows.length ? this.#table(t(name)) : nothing}
      </div>`,
      this,
    );
  }

  #again() {
    this.#state = "loading";
    this.#draw();
    return this.#load();
  }

  #count() {
    const shown = number(this.#rows.length, 0);
    return this.#next ? say(`已显示前 ${shown} 条`, `the first ${shown}`) : say(`${shown} 条`, `${shown} in all`);
  }

  #table(label) {
    const { columns, marked = () => "" } = this.#options;
    return html`<div class="wide" tabindex="-1"><table aria-label=${label}>
        <thead><tr>${columns.map((column) => this.#head(column))}</tr></thead>
        <tbody>${this.#each((row) => html`<tr class=${marked(row) || nothing} data-key=${this.#key(row)}>${columns.map((column, n) => this.#cell(column, row, n))}</tr>`)}</tbody>
      </table></div>
      ${this.#next ? html`<p class="more"><button type="button" @click=${() => this.#more()}>${say("显示更多", "Show more")}</button></p>` : nothing}`;
  }

  // A row stays the same element as long as its key is there: new rows take nobody the focus.
  #each(template) {
    const rows = this.#sorted();
    const keys = new Set(rows.map((row) => this.#key(row)));
    return keys.size === rows.length ? repeat(rows, (row) => this.#key(row), template) : rows.map(template);
  }

  #key(row) {
    return this.#options.key ? this.#options.key(row) : (row.id ?? row.number ?? row.name ?? nothing);
  }

  #head(column) {
    const mine = this.#order?.column === column.name;
    const way = mine ? (this.#order.down ? "descending" : "ascending") : nothing;
    const classes = [column.number && "n", column.narrow && "narrow"].filter(Boolean).join(" ") || nothing;
    if (column.sort === false) return html`<th scope="col" class=${classes}>${t(column.title)}</th>`;
    return html`<th scope="col" class=${classes} aria-sort=${way}><button type="button" @click=${() => this.#order_by(column.name)}>${t(column.title)}<span class="way" aria-hidden="true">${mine ? (this.#order.down ? "▾" : "▴") : ""}</span></button></th>`;
  }

  #cell(column, row, n) {
    const { href, onOpen } = this.#options;
    const inside = column.cell ? column.cell(row) : (row[column.name] ?? "–");
    const classes = [column.number && "n", column.narrow && "narrow"].filter(Boolean).join(" ") || nothing;
    let shown = inside;
    if (n === 0 && href) shown = html`<a class="row" href=${href(row)}>${inside}</a>`;
    else if (n === 0 && onOpen) shown = html`<button type="button" class="row" @click=${() => onOpen(row)}>${inside}</button>`;
    return html`<td class=${classes} data-label=${t(column.title)} @click=${n ? (event) => this.#pressed(event) : nothing}>${shown}</td>`;
  }

  // A press anywhere in a row is one on its link, unless it was on something else that acts.
  #pressed(event) {
    if (event.target.closest("a, button, input, label, summary") || getSelection().toString()) return;
    event.currentTarget.closest("tr").querySelector(".row")?.click();
  }

  async #export(kind) {
    const { name, columns, path } = this.#options;
    const rows = this.#next ? await exportedWhole(t(name), path, this.#query()) : this.#sorted();
    if (rows) download(t(name), kind, exported(kind, columns, rows));
  }
}

function clean(query = {}) {
  const given = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  return Object.fromEntries(given.filter(([, value]) => value !== "" && value !== null && value !== undefined));
}

function compare(a, b) {
  const [none, other] = [a ?? null, b ?? null];
  if (none === null || other === null) return (none === null) - (other === null);
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
}

customElements.define("lifeline-list", List);
