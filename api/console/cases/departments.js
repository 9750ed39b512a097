// The departments in force and the classes of the catalogue, asked for once a visit.

import { all, get } from "../shell/answers.js";
import { both } from "../shell/language.js";

const kept = new Map();

function once(name, ask) {
  if (!kept.has(name)) {
    kept.set(name, ask().catch((why) => {
      kept.delete(name);
      throw why;
    }));
  }
  return kept.get(name);
}

// [{code, name: {zh, en}, ...}]
export const departments = () => once("departments", () => get("departments").then(({ items }) => items));

// Filing conditions: [{code_list, code, kind, name: {zh, en}, condition: {slug, text, limit, closed_when}}]
export const conditions = () => once("conditions", () => all("catalogue", { limit: 1000 }));

export function nameOf(department) {
  return both(department.name.zh, department.name.en).filter(Boolean).join(" · ");
}

// Who answers for a class where it is: the codes of departments, the responsible first, and why.
export async function suggested(it) {
  if (!it.code) return [];
  const area = it.grid_cell ?? (it.component ?? "").slice(0, 6);
  const { items } = await get("departments/who", { code: it.code, code_list: it.code_list, area }).catch(() => ({ items: [] }));
  const found = new Map();
  for (const each of items) {
    for (const side of ["responsible", "owning", "maintaining"]) {
      if (each[side] && !found.has(each[side].code)) found.set(each[side].code, { ...each[side], side });
    }
  }
  return [...found.values()];
}
