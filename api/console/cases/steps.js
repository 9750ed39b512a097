// The steps a person may take with a case: buttons, and the dialog that asks what a step must say.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { part, post } from "../shell/answers.js";
import { ask } from "../shell/dialog.js";
import { number, say, t } from "../shell/language.js";
import { asInput, fromInput } from "../shell/time.js";
import { classField } from "./class_field.js";
import { departments, nameOf, suggested } from "./departments.js";
import { movedNotice } from "./moved.js";
import { photoField } from "./photo_field.js";
import { inWords } from "../shell/sentences.js";
import { titleOf } from "./shown.js";
import { ASIDE, FIELDS, LIMITS, OUTCOMES, ROLES, SATISFACTIONS, SEVERITIES, STATES, VERBS, word } from "./words.js";

const WORDS_OF = { outcome: OUTCOMES, satisfaction: SATISFACTIONS, severity: SEVERITIES };
// What usually comes next where a case stands: it is offered first.
const USUAL = { reported: "accept", verifying: "verify", accepted: "file", filed: "dispatch", dispatched: "handle", handling: "feed-back", "handed-over": "feed-back", suspended: "resume", "fed-back": "ask-inspect", inspecting: "inspect", inspected: "close", closed: "call-back", rejected: "call-back", void: "call-back" };
// Joining is done by merging one case into the other, or by a report that names the case.
const ELSEWHERE = new Set(["join"]);
const DANGER = new Set(["reject", "void", "merge"]);
const CLASS = ["code_list", "code", "condition"];

// Buttons of what moves the case on, then of what may be said beside it. What a guard refuses is
// shown with its reason; `take(choice)` opens the dialog.
export function stepButtons(it, choices, take) {
  const mine = choices.filter(({ verb }) => !ELSEWHERE.has(verb)).sort((a, b) => (b.verb === USUAL[it.state]) - (a.verb === USUAL[it.state]));
  if (!mine.length) return html`<p class="quiet">${say("您在此案件上没有可做的操作。", "There is nothing for you to do with this case.")}</p>`;
  const open = (choice) => !choice.why_not || choice.reason_helps;
  const on = mine.filter((choice) => open(choice) && !ASIDE.has(choice.verb));
  const aside = mine.filter((choice) => open(choice) && ASIDE.has(choice.verb));
  const refused = mine.filter((choice) => !open(choice));
  const button = (choice, main) => html`<li><button type="button" class=${main ? "main" : ""} data-verb=${choice.verb} @click=${() => take(choice)}>${word(VERBS, choice.verb)}</button></li>`;
  const not = (choice) => html`<li><button type="button" data-verb=${choice.verb} aria-disabled="true" aria-describedby="why-${choice.verb}">${word(VERBS, choice.verb)}</button> <small id="why-${choice.verb}" class="why">${inWords(choice.why_not)}</small></li>`;
  // A refusal of what comes next is worth reading; the others are there for who asks.
  const next = refused.find(({ verb }) => verb === USUAL[it.state]);
  return html`${next ? html`<ul class="steps refused-now">${not(next)}</ul>` : nothing}
    ${on.length ? html`<ul class="steps">${on.map((choice) => button(choice, choice.verb === USUAL[it.state]))}</ul>` : nothing}
    ${aside.length ? html`<ul class="steps aside">${aside.map((choice) => button(choice, false))}</ul>` : nothing}
    ${refused.length > (next ? 1 : 0) ? html`<details class="not-now"><summary>${say("目前不能办理", "Not possible now")} <span class="quiet">${refused.length - (next ? 1 : 0)}</span></summary><ul class="steps refused-now">${refused.filter((choice) => choice !== next).map(not)}</ul></details>` : nothing}`;
}

// Asks what the step must say and takes it. Resolves with the case as it is then, or null.
export async function takeStep(detail, choice, { alike = [], reports = [] } = {}) {
  const it = detail.case;
  const fields = await fieldsFor(detail, choice, alike, reports);
  const seen = { version: it.version };
  const cautious = choice.reason_helps ? html`<span class="caution">${inWords(choice.why_not)}</span>` : nothing;
  return ask({
    title: { zh: `${VERBS[choice.verb].zh}：${it.number}`, en: `${VERBS[choice.verb].en}: ${it.number}` },
    note: html`<span>${titleOf(it)}${choice.after === it.state ? nothing : html` · ${word(STATES, it.state)} → <b>${word(STATES, choice.after)}</b>`}</span>${cautious}${movedNotice(it.number, seen)}`,
    fields,
    submit: VERBS[choice.verb],
    danger: DANGER.has(choice.verb),
    send: (values, key) => {
      const body = { verb: choice.verb, role: values.role ?? choice.roles[0], reason: values.reason ?? "", details: detailsOf(values, choice, it) };
      return post(`cases/${part(it.number)}/steps`, body, { key, version: seen.version });
    },
  });
}

async function fieldsFor({ case: it, clocks }, choice, alike, reports) {
  const { properties, required = [] } = choice.details;
  const fields = [];
  if (choice.roles.length > 1) fields.push({ name: "role", label: FIELDS.role, kind: "select", required: true, options: choice.roles.map((role) => [role, ROLES[role]]) });
  if (properties.condition) {
    fields.push({ name: "class", own: classField({ code_list: it.code_list, code: it.code, condition: it.condition, required: choice.verb === "file" }) });
  }
  for (const [name, given] of Object.entries(properties)) {
    if (name === "photos" || CLASS.includes(name)) continue;
    fields.push(await fieldFor(name, given, required.includes(name), { it, choice, alike, reports, clocks }));
  }
  const needed = choice.needs_reason || choice.reason_helps;
  fields.push({ name: "reason", label: FIELDS.reason, kind: "textarea", required: needed, rows: 3 });
  fields.push({ name: "photos", own: photoField() });
  return fields.filter(Boolean);
}

async function fieldFor(name, given, required, { it, choice, alike, reports, clocks }) {
  const kinds = (given.anyOf ?? [given]).map((each) => (each.$ref ? choice.details.$defs[each.$ref.split("/").at(-1)] : each)).filter(({ type }) => type !== "null");
  const [kind] = kinds;
  const field = { name, label: FIELDS[name] ?? name, required, value: choice.verb === "amend" ? it[name] : undefined };
  if (name === "department") return { ...field, ...(await departmentOptions(it, choice)) };
  if (name === "into") return { ...field, required: true, ...(alike.length ? { kind: "select", options: alike.map((each) => [each.number, `${each.number} · ${titleOf(each)} · ${number(each.metres, 0)} m`]) } : {}) };
  if (name === "report") {
    const called = reports.filter(({ has_caller: has, called_back: done }) => has && !done);
    return called.length > 1 ? { ...field, kind: "select", required: true, options: called.map((each) => [each.id, each.text.slice(0, 60)]) } : null;
  }
  if (kind.type === "boolean") return { ...field, own: yesOrNo(name) };
  if (kind.enum) return { ...field, kind: "select", options: kind.enum.map((each) => [each, t(WORDS_OF[name]?.[each]) || each]) };
  if (kind.format === "date-time") return { ...field, kind: "time", min: asInput(Date.parse(it.opened)) };
  if (kind.type === "number") {
    const limit = clocks.findLast(({ stage }) => stage === "handling");
    const hint = name === "amount" && limit ? { zh: `单位：${LIMITS[limit.limit_class].zh}；原时限 ${limit.limit_amount}`, en: `in ${LIMITS[limit.limit_class].en}; the limit is ${limit.limit_amount}` } : undefined;
    return { ...field, kind: "number", hint, min: name === "amount" ? 0 : undefined };
  }
  if (name === "to") return { ...field, hint: { zh: "110，或其他实例的名称", en: "110, or the name of another instance" } };
  return { ...field, kind: name === "description" ? "textarea" : "text" };
}

// Whoever the matrix names comes first, and why; all others follow.
async function departmentOptions(it, choice) {
  const other = choice.verb === "redirect";
  const fits = ({ code }) => !other || code !== it.department;
  const [all, named] = await Promise.all([departments(), suggested(it)]);
  const first = named.filter(fits);
  const why = new Map(first.map((each) => [each.code, each.why]));
  const sorted = [...all].sort((a, b) => why.has(b.code) - why.has(a.code)).filter(fits);
  const options = sorted.map((each) => [each.code, why.has(each.code) ? say(`${nameOf(each)}（建议）`, `${nameOf(each)} (suggested)`) : nameOf(each)]);
  const best = it.department && !other ? it.department : first[0]?.code;
  const hint = first.length ? { zh: `建议依据：${inWords(first[0].why)}`, en: `suggested because: ${inWords(first[0].why)}` } : undefined;
  return { kind: "select", required: true, options, value: best, hint };
}

const yesOrNo = (name) => html`<fieldset class="field yes-no"><legend>${word(FIELDS, name)}</legend>
  <label><input type="radio" name=${name} value="true" required> ${say("是", "Yes")}</label>
  <label><input type="radio" name=${name} value="false" required> ${say("否", "No")}</label></fieldset>`;

// What the form says, as the API takes it; of a correction only what is corrected.
function detailsOf(values, choice, it) {
  const details = {};
  for (const [name, given] of Object.entries(choice.details.properties)) {
    const value = CLASS.includes(name) ? values.class?.[name] : values[name];
    if (value === undefined || value === "" || (choice.verb === "amend" && value === it[name])) continue;
    const dated = JSON.stringify(given).includes('"date-time"');
    details[name] = given.type === "boolean" ? value === "true" : dated ? fromInput(value) : value;
  }
  if (choice.verb === "amend" && CLASS.every((name) => !details[name] || details[name] === it[name])) for (const name of CLASS) delete details[name];
  return details;
}

