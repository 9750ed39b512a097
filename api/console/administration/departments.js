// Departments, and who answers for what where.

import { html, render } from "../vendor/lit-html/lit-html.js";
import { get } from "../shell/answers.js";
import { say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { may } from "../shell/person.js";
import { link } from "../shell/route.js";
import { inWords } from "../shell/sentences.js";
import { dutyName } from "../shell/sentences/names.js";
import { shown } from "../shell/states.js";
import { fullTime } from "../shell/time.js";

export function departments(place) {
  let found = null;
  const draw = (given) => {
    found = given;
    return view(found);
  };
  shown(place, render, () => get("departments"), draw);
  return { update: () => {}, redraw: () => found && render(view(found), place) };
}

function view(found) {
  const called = (code) => {
    const one = found.items.find((each) => each.code === code);
    return one ? say(one.name.zh, one.name.en) : code || "–";
  };
  const side = (name, zh, en) => ({ name, title: { zh, en }, cell: (row) => called(row[name]), value: (row) => called(row[name]) });
  return html`<p class="quiet">${say("版本", "Version")} ${found.version} · ${inWords(found.source)}${found.in_force_from ? ` · ${say("生效于", "in force from")} ${fullTime(found.in_force_from)}` : ""} ·
      ${say("兜底部门", "What nobody else owns goes to")} ${called(found.fallback)}
      ${may("catalogue.change") ? html` · <a href=${link("administration", ["imports"], { what: "departments" })}>${say("导入新版本", "Import a version")}</a>` : ""}</p>
    <section class="panel flush">${list({
      name: { zh: "部门", en: "Departments" }, rows: found.items, key: ({ code }) => code, tools: html`<h2>${say("部门", "Departments")}</h2>`,
      columns: [
        { name: "name", title: { zh: "名称", en: "Name" }, cell: (row) => html`<b>${say(row.name.zh, row.name.en)}</b>`, value: (row) => say(row.name.zh, row.name.en) },
        { name: "code", title: { zh: "统一社会信用代码", en: "Credit code" } },
        { name: "roles", title: { zh: "职责", en: "Answers for" }, cell: (row) => row.roles.map(dutyName).join(say("、", ", ")) || "–", value: (row) => row.roles.map(dutyName).join(" ") },
        { name: "areas", title: { zh: "区域", en: "Areas" }, cell: (row) => row.areas.map((area) => area || say("全市", "the city")).join(", "), value: (row) => row.areas.join(" ") },
      ],
    })}</section>
    <section class="panel flush">${list({
      name: { zh: "责任矩阵", en: "Responsibility matrix" }, rows: found.matrix, tools: html`<h2>${say("责任矩阵", "Responsibility matrix")}</h2>`, key: (row) => JSON.stringify(row),
      nothing: { zh: "矩阵为空：按立案标准的职责分派。", en: "No row: the catalogue's roles decide." },
      columns: [
        { name: "area", title: { zh: "区域", en: "Area" }, cell: (row) => row.area || say("全市", "the city") },
        { name: "class", title: { zh: "类别", en: "Class" }, cell: (row) => row.class || say("任何", "any") },
        { name: "code_list", title: { zh: "标准", en: "Code list" }, cell: (row) => row.code_list || say("任何", "any") },
        side("responsible", "主管", "Responsible"), side("owning", "权属", "Owning"), side("maintaining", "养护", "Maintaining"),
      ],
    })}</section>`;
}
