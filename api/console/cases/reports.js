// What people and other systems told of the problem; who called only for who may, and says why.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { part, post } from "../shell/answers.js";
import { ask } from "../shell/dialog.js";
import { say } from "../shell/language.js";
import { may } from "../shell/person.js";
import { clockTime } from "../shell/time.js";
import { thumbnails } from "./photos.js";
import { SOURCES, word } from "./words.js";

// callers: Map of report -> {name, phone} that were looked at on this page.
export function reportsOf(reports, callers, looked, larger) {
  if (!reports.length) return nothing;
  const item = (report) => html`<li>
    <p><b>${word(SOURCES, report.source)}</b> <span class="quiet">${report.system}${report.external_id && report.external_id !== report.id ? ` ${report.external_id}` : ""} · ${report.actor} · ${clockTime(report.reported)}</span></p>
    <p>${report.text || "–"}</p>
    ${report.address ? html`<p class="quiet">${report.address}</p>` : nothing}
    ${report.photos.length ? thumbnails(report.photos, larger) : nothing}
    ${report.has_caller ? caller(report, callers, looked) : nothing}</li>`;
  return html`<section class="panel" aria-labelledby="reports"><h2 id="reports">${say("上报", "Reports")}</h2><ul class="plain">${reports.map(item)}</ul></section>`;
}

function caller(report, callers, looked) {
  const known = callers.get(report.id);
  const called = report.called_back ? html`<span class="quiet">${say("已回访", "called back")} ${clockTime(report.called_back)}</span>` : nothing;
  if (known) return html`<p class="caller"><b>${known.name || say("来电人", "Caller")}</b> <a href="tel:${known.phone}">${known.phone}</a> ${called}</p>`;
  if (!may("callers.read")) return html`<p class="quiet">${say("有来电人", "Somebody called")} ${called}</p>`;
  return html`<p><button type="button" @click=${() => look(report, looked)}>${say("查看来电人", "Show who called")}</button> ${called}</p>`;
}

// Each look is written down with its reason; without one there is none.
async function look(report, looked) {
  const fields = [{ name: "why", label: { zh: "查看理由（将被记录）", en: "Why you look (it is written down)" }, kind: "textarea", rows: 2, required: true }];
  const found = await ask({
    title: { zh: "查看来电人", en: "Show who called" },
    fields,
    submit: { zh: "查看", en: "Show" },
    send: ({ why }, key) => post(`reports/${part(report.id)}/caller/looks`, { why }, { key }),
  });
  if (found) looked(report.id, found);
}
