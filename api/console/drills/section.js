// Drills: choose a scenario and begin, watch and lead, read the report.

import { choose } from "./choose.js";
import { report } from "./report.js";
import { watch } from "./watch.js";

export const title = { zh: "演练", en: "Drills" };

export function open(root, route, shell) {
  const [number, page] = route.path;
  if (!number) return choose(root, shell);
  return page === "report" ? report(root, number, shell) : watch(root, number, shell);
}
