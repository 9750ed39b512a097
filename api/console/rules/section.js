// Rules: the list with caseload and precision, one rule with its versions and findings, the editor,
// trials beside what is in force, and backtests.

import { render } from "../vendor/lit-html/lit-html.js";
import { get, part } from "../shell/answers.js";
import { say, t } from "../shell/language.js";
import { follow } from "../shell/live.js";
import { learn } from "../shell/quantities.js";
import { failed, loading } from "../shell/states.js";
import { backtestsList } from "./backtests.js";
import { openResult } from "./result.js";
import { openRule } from "./rule.js";
import { openEditor } from "./editing.js";
import { rulesList, titleOf } from "./rules_list.js";

export const title = { zh: "规则", en: "Rules" };

// Of each address: what is loaded, and the view that is made of it: {draw() -> template, close?, follow?}.
async function viewOf({ path, query }, page) {
  const [first, second] = path;
  if (!first) {
    const states = await get("rules");
    return { title, draw: () => rulesList(states, page.route.query), keeps: ({ path: next }) => next.length === 0 };
  }
  if (first === "backtests" && second) return openResult(Number(second), page);
  if (first === "backtests") return { title: { zh: "回测", en: "Backtests" }, draw: () => backtestsList(page), keeps: ({ path: next }) => next.length === 1 && next[0] === "backtests" };
  if (first === "new") return openEditor(null, page);
  const detail = await get(`rules/${part(first)}`);
  const [name] = titleOf(detail.state);
  const view = second === "edit" ? await openEditor(detail, page) : await openRule(detail, page);
  return { title: `${name} ${second === "edit" ? say("编辑", "edit") : ""}`.trim(), ...view, query };
}

export async function open(root, route, shell) {
  let view = null;
  let turn = 0;
  const page = { root, route, shell, draw, again: () => load(page.route) };

  function draw() {
    if (view) render(view.draw(), root);
  }

  async function load(next) {
    const mine = ++turn;
    page.route = next;
    view?.close?.();
    view = null;
    render(loading(), root);
    try {
      const found = await viewOf(next, page);
      if (mine !== turn) return void found.close?.();
      view = found;
      shell.title(t(view.title));
      draw();
      view.shown?.();
    } catch (why) {
      if (why.name !== "Error") throw why; // a fault of the page, not an answer
      if (mine === turn) render(failed(why, () => load(next), true), root);
    }
  }

  await learn();
  await load(route);
  const off = follow("reset", () => view?.reload?.());
  return {
    update(next) {
      if (!view?.keeps?.(next)) return load(next);
      page.route = next;
      return draw();
    },
    redraw: () => (view?.redraw ?? draw)(),
    close() {
      off();
      turn += 1;
      view?.close?.();
    },
  };
}
