// Parts of a case: the clocks of its stages, what its sensors say, its log, warnings.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { both, number, say } from "../shell/language.js";
import { lightAt, mark } from "../shell/marks.js";
import { may } from "../shell/person.js";
import { link } from "../shell/route.js";
import { clockTime, duration, fullTime, now } from "../shell/time.js";
import { holds } from "./evidence.js";
import { inWords } from "../shell/sentences.js";
import { hrefOf } from "./shown.js";
import { colourTag, headlineOf, stateOf, statusTag, warningHref } from "./warned.js";
import { DONE, ENDS, LIGHTS, LIMITS, OUTCOMES, ROLES, SATISFACTIONS, STAGES, STATES, word } from "./words.js";
import { thumbnails } from "./photos.js";

// Every run of a stage's clock: whose, how much of its limit was used, and whether in time.
export function clocksOf(clocks) {
  const row = (clock) => {
    const owner = both(clock.owner_zh, clock.owner_en)[0] || clock.owner || clock.actor || "–";
    const onTheClock = clock.limit_class === "emergency-hours";
    const limit = onTheClock ? duration(clock.limit_amount * 3600) : `${number(clock.limit_amount)} ${word(LIMITS, clock.limit_class)}`;
    const light = clock.ended ? (clock.in_time === false ? "red" : clock.in_time ? "green" : "standing") : lightAt({ stage_due: clock.since && clock.due, stage_yellow: clock.yellow }, now());
    const state = clock.ended ? (clock.in_time === null ? say("未评", "not judged") : clock.in_time ? say("按时", "in time") : say("超时", "late")) : clock.since ? word(LIGHTS, light) : say("停表", "stands");
    return html`<tr class=${clock.since ? "running" : nothing}><td>${word(STAGES, clock.stage)}<small class="quiet">${owner}</small></td><td>${limit}</td><td>${clock.due ? clockTime(clock.due) : "–"}</td><td>${clock.ended ? clockTime(clock.ended) : "–"}</td><td class="nowrap">${mark(light)} ${state}</td></tr>`;
  };
  return html`<section class="panel" aria-labelledby="clocks"><h2 id="clocks">${say("各环节计时", "Clocks")}</h2>
    <div class="wide clocks" tabindex="0" role="region" aria-labelledby="clocks"><table>
      <thead><tr>${[say("环节与责任方", "Stage, whose"), say("时限", "Limit"), say("到期", "Due"), say("完成", "Done"), say("状态", "State")].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${clocks.map(row)}</tbody></table></div></section>`;
}

// What the sensors say of a case that is said to be solved, and what is still missing to close it.
export function verificationOf({ verification, missing = [], confirmations }) {
  if (!verification && !missing.length && !confirmations.length) return nothing;
  return html`<section class="panel" aria-labelledby="verification"><h2 id="verification">${say("结案前", "Before it closes")}</h2>
    ${missing.length ? html`<p>${say("还需要：", "Still to come:")}</p><ol class="missing">${missing.map((text) => html`<li>${inWords(text)}</li>`)}</ol>` : nothing}
    ${verification ? sensorsSay(verification) : nothing}
    ${confirmations.map(confirmed)}</section>`;
}

function sensorsSay({ holds: normal, since, said, missing, looked, next_look: next }) {
  return html`<h3>${normal ? say("传感器恢复正常", "Its sensors are normal") : say("传感器尚未恢复正常", "Its sensors are not normal yet")}</h3>
    ${normal && since ? html`<p>${say("自", "since")} ${fullTime(since)}</p>` : nothing}
    <ul>${(normal ? said : missing).map((text) => html`<li>${inWords(text)}</li>`)}</ul>
    <p class="quiet">${say("核对于", "looked at")} ${clockTime(looked)}${next ? ` · ${say("下次", "again")} ${clockTime(next)}` : ""}</p>`;
}

function confirmed({ frozen_at: at, body }) {
  const said = Array.isArray(body.said) ? body.said : [];
  return html`<details><summary>${say("传感器确认", "Confirmed by its sensors")} ${clockTime(at)}</summary>${said.length ? html`<ul>${said.map((text) => html`<li>${inWords(text)}</li>`)}</ul>` : nothing}</details>`;
}

// Of each warning about the case its last message; and the way to another one, for who may.
export function warningsOf(messages, it) {
  const warnings = messages.filter((each, n) => messages.findIndex(({ identifier }) => warningOf(identifier) === warningOf(each.identifier)) === n);
  const mayWarn = may("warnings.issue") && !ENDS.has(it.state) && (it.lon !== null || it.grid_cell);
  if (!warnings.length && !mayWarn) return nothing;
  return html`<section class="panel" aria-labelledby="warnings"><h2 id="warnings">${say("相关预警", "Warnings")}</h2>
    ${warnings.length ? html`<ul class="plain">${warnings.map((each) => html`<li><a href=${warningHref(each.identifier)}>${headlineOf(each)}</a> ${colourTag(each.colour)} ${statusTag(each.status)}
      <p>${stateOf(each)}</p><small class="quiet">${clockTime(each.sent)} → ${clockTime(each.expires)} · ${each.actor}</small></li>`)}</ul>` : html`<p class="quiet">${say("没有就此案件发布过预警。", "Nobody has warned of this case.")}</p>`}
    ${mayWarn ? html`<p><a class="button" data-warn href=${link("cases", ["warnings", "new"], { case: it.number })}>${say("发布预警", "Issue a warning")}</a></p>` : nothing}</section>`;
}

// warning-000001-2 is the second message of warning-000001.
const warningOf = (identifier) => identifier.replace(/-\d+$/, "");

// The log as a timeline: who did what, when, and why.
export function logOf(log, events, larger) {
  const line = (entry) => {
    const moved = entry.before !== entry.after && entry.before;
    return html`<li class=${entry.role === "system" ? "system" : nothing}>
      <time datetime=${entry.at} title=${fullTime(entry.at)}>${clockTime(entry.at, true)}</time>
      <div><b>${word(DONE, entry.verb)}</b>${moved ? html` <span class="quiet">→ ${word(STATES, entry.after)}</span>` : nothing}
        <small class="quiet">${entry.actor} · ${word(ROLES, entry.role)}</small>
        ${entry.reason ? html`<p>${reasonOf(entry)}</p>` : nothing}
        ${told(entry.details)}
        ${entry.details.photos?.length ? thumbnails(entry.details.photos, larger) : nothing}</div></li>`;
  };
  const over = events.filter((event) => holds(event) && event.ended);
  const ended = events.length && over.length === events.filter(holds).length ? over.map((event) => event.ended).sort().at(-1) : null;
  return html`<section class="panel" aria-labelledby="log"><h2 id="log">${say("案件日志", "Log")}</h2>
    ${ended ? html`<p class="quiet">${say(`传感器信号已于 ${fullTime(ended)} 结束`, `Its signals ended at ${fullTime(ended)}`)}</p>` : nothing}
    <ol class="log">${[...log].reverse().map(line)}</ol></section>`;
}

// What people wrote stays as they wrote it.
const reasonOf = ({ role, reason }) => (role === "system" || role === "partner" ? inWords(reason) : reason);

// What a line says beside its reason, as far as people read it.
function told(details) {
  const said = [
    details.outcome && `${say("结果", "outcome")}: ${word(OUTCOMES, details.outcome)}`,
    details.passed !== undefined && (details.passed ? say("达到结案条件", "the closing condition holds") : say("未达到结案条件", "the closing condition does not hold")),
    details.found !== undefined && (details.found ? say("问题属实", "there is such a problem") : say("未发现问题", "no such problem was found")),
    details.satisfaction && word(SATISFACTIONS, details.satisfaction),
    details.until && `${say("至", "until")} ${fullTime(details.until)}`,
    details.amount && `${say("延长", "by")} ${details.amount}`,
    details.text && both(details.text.zh, details.text.en)[0],
    details.to && `→ ${details.to}`,
  ].filter(Boolean);
  const other = details.into ?? details.case;
  return html`${said.length ? html`<p class="details">${said.join(" · ")}</p>` : nothing}${typeof other === "string" ? html`<p class="details"><a href=${hrefOf(other)}>${other}</a></p>` : nothing}`;
}
