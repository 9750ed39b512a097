// Cases: what each post has to do, one case with all that is known of it, and a report by hand.

import { openCallBacks } from "./call_backs.js";
import { openIntake } from "./intake.js";
import { openCase } from "./page.js";
import { openWarning } from "./warning.js";
import { openWarningForm } from "./warning_form.js";
import { openWarnings } from "./warnings.js";
import { openWork } from "./work.js";

export const title = { zh: "案件", en: "Cases" };

// #/cases, #/cases/new, #/cases/<number>, #/cases/call-backs, #/cases/warnings, .../new,
// .../<identifier>, .../<identifier>/update, .../<identifier>/cancel
const warnings = (fits, open) => ({ fits: (path) => path[0] === "warnings" && fits(path.slice(1)), open, name: ({ path, query }) => [...path, path[1] === "new" ? query.get("case") : null].filter(Boolean).join("/") });
const VIEWS = [
  { fits: (path) => path.length === 0, open: openWork, name: () => "work" },
  { fits: (path) => path[0] === "new", open: openIntake, name: () => "new" },
  { fits: (path) => path[0] === "call-backs", open: openCallBacks, name: () => "call-backs" },
  warnings((path) => path.length === 0, openWarnings),
  warnings(([first, way]) => first === "new" || way === "update" || way === "cancel", openWarningForm),
  warnings(() => true, openWarning),
  { fits: () => true, open: openCase, name: ({ path }) => path[0] },
];

export function open(root, route, shell) {
  let at = null;
  let view = null;

  function show(asked) {
    const found = VIEWS.find(({ fits }) => fits(asked.path));
    const name = found.name(asked);
    if (name === at) return view.update?.(asked);
    view?.close?.();
    shell.keys({});
    const place = document.createElement("div");
    root.replaceChildren(place);
    at = name;
    view = found.open(place, asked, shell);
    return undefined;
  }

  show(route);
  return { update: show, redraw: () => view.redraw?.(), close: () => view?.close?.() };
}
