// Administration: people, keys, the trail, the city's tables, windows, deliveries, the exchange.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { say, t } from "../shell/language.js";
import { may } from "../shell/person.js";
import { link } from "../shell/route.js";
import { failed } from "../shell/states.js";
import { audit } from "./audit.js";
import { catalogue } from "./catalogue.js";
import { deliveries } from "./deliveries.js";
import { departments } from "./departments.js";
import { exchange } from "./exchange.js";
import { imports } from "./imports.js";
import { keys } from "./keys.js";
import { people } from "./people.js";
import { windows } from "./windows.js";

export const title = { zh: "管理", en: "Administration" };

// A view draws into an element of its own and may give back {update(route), redraw(), close()}.
const VIEWS = {
  people: { title: { zh: "人员", en: "People" }, needs: "access.manage", open: people },
  keys: { title: { zh: "密钥", en: "Keys" }, needs: "access.manage", open: keys },
  audit: { title: { zh: "审计", en: "Audit trail" }, needs: "audit.read", open: audit },
  departments: { title: { zh: "部门", en: "Departments" }, needs: "catalogue.read", open: departments },
  catalogue: { title: { zh: "立案标准", en: "Catalogue" }, needs: "catalogue.read", open: catalogue },
  imports: { title: { zh: "导入", en: "Import" }, needs: "catalogue.change", open: imports },
  windows: { title: { zh: "维护窗口", en: "Windows" }, needs: "windows.set", open: windows },
  deliveries: { title: { zh: "推送", en: "Deliveries" }, needs: "deliveries.manage", open: deliveries },
  exchange: { title: { zh: "案件交换", en: "Exchange" }, needs: "deliveries.manage", open: exchange },
};

export function open(root, route, shell) {
  const shown = Object.entries(VIEWS).filter(([, { needs }]) => may(needs));
  let current = null; // {key, view}: of a tab, or of one thing in it
  const nameOf = (asked) => asked.path[0] ?? shown[0]?.[0];

  function draw() {
    render(html`<div class="page">
      <div class="head"><h1>${t(title)}</h1></div>
      <nav class="tabs" aria-label=${say("管理内容", "Parts of the administration")}>
        ${shown.map(([name, { title: words }]) => html`<a href=${link("administration", [name])} aria-current=${name === nameOf(route) ? "page" : nothing}>${t(words)}</a>`)}
      </nav>
      <div class="view"></div>
    </div>`, root);
  }

  function show() {
    draw();
    const name = nameOf(route);
    const [, view] = shown.find(([each]) => each === name) ?? [];
    const key = [name, ...route.path.slice(1, 2)].join("/");
    if (current?.key === key && current.view?.update) return current.view.update(route);
    current?.view?.close?.();
    const place = document.createElement("div");
    place.className = name;
    root.querySelector(".view").replaceChildren(place);
    if (!view) {
      const known = name in VIEWS;
      const text = known ? say("您的岗位不能打开此页。", "Your posts do not open this page.") : say("没有此页面。", "There is no such page.");
      current = null;
      return render(failed(Object.assign(new Error(text), { status: known ? 403 : 404 })), place);
    }
    shell.title(view.title);
    current = { key, view: view.open(place, route, shell) };
    return undefined;
  }

  show();
  return {
    update(next) {
      route = next;
      show();
    },
    redraw() {
      draw();
      if (current?.view?.redraw) current.view.redraw();
    },
    close: () => current?.view?.close?.(),
  };
}
