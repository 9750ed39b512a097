// A list as a file: what is shown, or the whole list by the API's pages.

import { pages } from "./answers.js";
import { say, t } from "./language.js";
import { work } from "./progress.js";

// What a column of list.js says of a row, for sorting and export.
export function valueOf(column, row) {
  return column.value ? column.value(row) : row[column.name];
}

export function exported(kind, columns, rows) {
  if (kind === "json") return JSON.stringify(rows, null, 2);
  const lines = [columns.map(({ title }) => t(title)), ...rows.map((row) => columns.map((column) => valueOf(column, row)))];
  // With a byte order mark: Excel takes a file without one for the code page of the machine.
  return `\ufeff${lines.map((line) => line.map(quoted).join(",")).join("\r\n")}\r\n`;
}

// A cell that begins like a formula is run by spreadsheets; text from outside must not be. As in
// store/spreadsheets.py.
const FORMULA = /^[ \t\r\n]*[=+\-@＝＋－＠]|^[\t\r\n]/;

export function quoted(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

// Every row of the list, with progress; null if it was cancelled.
export function exportedWhole(name, path, query) {
  return work(say(`导出：${name}`, `Export: ${name}`), async ({ signal, report }) => {
    const rows = [];
    for await (const page of pages(path, { ...query, limit: 1000 }, { signal })) {
      rows.push(...page);
      report(rows.length);
    }
    return rows;
  });
}

export function download(name, kind, content) {
  const type = { csv: "text/csv;charset=utf-8", json: "application/json" }[kind] ?? "application/octet-stream";
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  anchor.download = `${name}.${kind}`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60000);
}
