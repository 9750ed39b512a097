// What is filed, how fast it is handled: versions of the code lists, and their conditions.

import { html } from "../vendor/lit-html/lit-html.js";
import { say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { may } from "../shell/person.js";
import { link, replace } from "../shell/route.js";
import { inWords } from "../shell/sentences.js";
import { fullTime } from "../shell/time.js";
import { tab } from "./tab.js";

const CLASSES = { "emergency-hours": ["紧急工作时", "emergency h"], "working-hours": ["工作时", "working h"], "working-days": ["工作日", "working days"] };

export const catalogue = tab("catalogue", { all: view });

function view(route) {
  const query = { code_list: route.query.get("code_list") ?? "", code: route.query.get("code") ?? "" };
  const change = (event) => replace("administration", ["catalogue"], { ...query, code: event.target.value });
  return html`<section class="panel flush">${list({
      name: { zh: "标准版本", en: "Versions" }, path: "catalogue/versions", key: (row) => row.code_list + row.version,
      tools: html`<h2>${say("标准版本", "Versions")}</h2>${may("catalogue.change") ? html`<a class="button" href=${link("administration", ["imports"], { what: "catalogue" })}>${say("导入新版本", "Import a version")}</a>` : ""}`,
      href: (row) => link("administration", ["catalogue"], { code_list: row.code_list }),
      columns: [
        { name: "code_list", title: { zh: "标准", en: "Code list" } },
        { name: "version", title: { zh: "版本", en: "Version" } },
        { name: "from", title: { zh: "生效", en: "In force from" }, value: (row) => row.in_force_from, cell: (row) => (row.in_force_from ? fullTime(row.in_force_from) : say("一直", "since ever")) },
        { name: "until", title: { zh: "失效", en: "Until" }, value: (row) => row.in_force_until, cell: (row) => fullTime(row.in_force_until) },
        { name: "classes", number: true, title: { zh: "小类", en: "Classes" } },
        { name: "conditions", number: true, title: { zh: "立案条件", en: "Conditions" } },
        { name: "source", title: { zh: "来源", en: "Source" }, value: (row) => inWords(row.source), cell: (row) => inWords(row.source) },
      ],
    })}</section>
    <section class="panel flush">${list({
      name: { zh: "立案条件", en: "Filing conditions" }, path: "catalogue", query, key: (row) => row.code_list + row.kind + row.code + row.condition.slug,
      tools: html`<h2>${say("立案条件", "Filing conditions")} ${query.code_list}</h2><label>${say("小类代码", "Class")} <input type="search" data-search size="6" .value=${query.code} @change=${change}></label>`,
      nothing: { zh: "没有这样的小类。", en: "No class is like that." },
      columns: [
        { name: "code", title: { zh: "代码", en: "Class" }, cell: (row) => html`<b>${row.code}</b><small>${row.kind === "event" ? say("事件", "event") : say("部件", "component")}${row.local ? say(" · 本市扩展", " · local") : ""}</small>` },
        { name: "name", title: { zh: "名称", en: "Name" }, cell: (row) => say(row.name.zh, row.name.en), value: (row) => say(row.name.zh, row.name.en) },
        { name: "text", title: { zh: "立案条件", en: "Filed when" }, cell: (row) => say(row.condition.text.zh, row.condition.text.en || row.condition.text.zh), value: (row) => row.condition.text.zh },
        { name: "limit", title: { zh: "时限", en: "Limit" }, value: (row) => row.condition.limit.amount, cell: (row) => `${row.condition.limit.amount} ${say(...CLASSES[row.condition.limit.class])}` },
        { name: "closed", title: { zh: "结案标准", en: "Closed when" }, cell: (row) => say(row.condition.closed_when.zh, row.condition.closed_when.en || row.condition.closed_when.zh), value: (row) => row.condition.closed_when.zh },
        { name: "responsible", title: { zh: "职责", en: "Role" } },
      ],
    })}</section>`;
}
