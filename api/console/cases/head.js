// The head of a case: what it is and whose clock runs; and its facts: where, whose, since when.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { both, otherLanguage, say, t } from "../shell/language.js";
import { duration, fullTime } from "../shell/time.js";
import { clockOf, departmentOf, hrefOf, marksOf, severityTag } from "./shown.js";
import { ENDS, LEVELS, OUTCOMES, SATISFACTIONS, SOURCES, STAGES, STATES, word } from "./words.js";

export function head({ case: it }) {
  const [title, other] = both(it.title_zh, it.title_en);
  return html`<header class="case-head">
    <div class="what">
      <h1 tabindex="-1">${title} ${severityTag(it.severity)} ${marksOf(it)}</h1>
      <p class="quiet">${other ? html`<span lang=${otherLanguage()}>${other}</span> · ` : nothing}${it.number}</p>
      ${it.description ? html`<p class="description">${it.description}</p>` : nothing}
    </div>
    <div class="now">
      <p class="state">${word(STATES, it.state)}${it.stage ? html` <span class="quiet">${word(STAGES, it.stage)}</span>` : nothing}</p>
      ${ENDS.has(it.state) ? html`<p>${[it.outcome && word(OUTCOMES, it.outcome), it.satisfaction && word(SATISFACTIONS, it.satisfaction), fullTime(it.closed)].filter(Boolean).join(" · ")}</p>` : html`<p class="countdown">${clockOf(it)}</p>`}
      ${it.stage_due ? html`<p class="quiet">${say("时限", "due")} ${fullTime(it.stage_due)}</p>` : nothing}
      ${it.merged_into ? html`<p>${say("已并入", "joined to")} <a href=${hrefOf(it.merged_into)}>${it.merged_into}</a></p>` : nothing}
    </div>
  </header>`;
}

export function facts({ case: it, log }) {
  const condition = log.findLast(({ verb }) => verb === "file")?.details;
  const [, second] = both(it.department_zh, it.department_en);
  const text = condition?.text && both(condition.text.zh, condition.text.en)[0];
  const closed = condition?.closed_when && both(condition.closed_when.zh, condition.closed_when.en)[0];
  return html`<dl class="facts panel">
    ${fact(say("类别", "Class"), it.code, [it.code_list, text].filter(Boolean).join(" · "))}
    ${closed ? fact(say("结案条件", "Closed when"), closed) : nothing}
    ${fact(say("责任部门", "Department"), departmentOf(it), it.handed_to ? say("已移交", "handed over") : second ? html`<span lang=${otherLanguage()}>${second}</span>` : null)}
    ${fact(say("部件", "Component"), it.component_name || it.component || "–", it.component_name ? it.component : null)}
    ${it.address ? fact(say("地址", "Address"), it.address) : nothing}
    ${fact(say("单元网格", "Grid cell"), it.grid_cell ?? "–", it.lon === null ? null : `${it.lon.toFixed(5)}, ${it.lat.toFixed(5)}`)}
    ${fact(say("来源", "Source"), word(SOURCES, it.source), it.exercise ? say("演练", "exercise") : null)}
    ${fact(say("层级", "Level"), t(LEVELS[it.level]))}
    ${fact(say("问题开始", "Began"), fullTime(it.began))}
    ${fact(say("系统发现", "Found"), fullTime(it.found), `+ ${duration((Date.parse(it.found) - Date.parse(it.began)) / 1000)}`)}
    ${fact(say("处置时限", "Handling due"), it.due ? fullTime(it.due) : "–")}
    ${it.suspended_until ? fact(say("挂账至", "Suspended until"), fullTime(it.suspended_until)) : nothing}
  </dl>`;
}

function fact(name, value, small = null) {
  return html`<div><dt>${name}</dt><dd>${value}${small ? html`<small class="quiet">${small}</small>` : nothing}</dd></div>`;
}

