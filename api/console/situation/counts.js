// How much there is of what: sensors by state, cases by light and class, blind spots; each a filter.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { number, say, t } from "../shell/language.js";
import { lightName, mark, stateName } from "../shell/marks.js";
import { LIGHTS, STATES } from "./city.js";

const MOST = 8; // classes that are shown

// filters: {kind, class, light, state}; choose(name, value): the filter, or again for none.
export function counts(city, filters, choose) {
  // Once for all chips: twenty thousand sensors are looked through a few times a second.
  const lights = lit(city, filters);
  const states = inState(city, filters);
  const sensors = filters.state ? (states[filters.state] ?? 0) : Object.values(states).reduce((sum, each) => sum + each, 0);
  return html`
    ${city.loaded.cases ? html`<section class="counts" aria-labelledby="by-light"><h2 id="by-light">${say("未结案件", "Open cases")} <b data-count="cases">${number(shownCases(city, filters).length, 0)}</b></h2>
      <div class="chips lights">${LIGHTS.map((light) => chip("light", light, mark(light), lightName(light), lights[light], filters, choose))}</div></section>` : nothing}
    ${city.loaded.sensors ? html`<section class="counts" aria-labelledby="by-state"><h2 id="by-state">${say("传感器", "Sensors")} <b data-count="sensors">${number(sensors, 0)}</b></h2>
      <div class="chips states">${STATES.map((state) => chip("state", state, mark(state), stateName(state), states[state], filters, choose))}</div></section>` : nothing}
    ${city.loaded.cases ? byClass(city, filters, choose) : nothing}`;
}

function chip(name, value, sign, words, count, filters, choose) {
  return html`<button type="button" aria-pressed=${String(filters[name] === value)} data-chip=${value} ?data-none=${!count} @click=${() => choose(name, filters[name] === value ? "" : value)}>${sign}<b>${number(count ?? 0, 0)}</b><span>${words}</span></button>`;
}

// What a filter leaves: each is counted by all others, so that a count says what choosing it gives.
export function fits(each, filters) {
  return (!filters.class || each.code === filters.class) && (!filters.light || each.light === filters.light);
}

export function shownCases(city, filters) {
  return [...city.cases.values()].filter((each) => fits(each, filters));
}

function lit(city, filters) {
  const found = {};
  for (const each of city.cases.values()) if (fits(each, { ...filters, light: "" })) found[each.light] = (found[each.light] ?? 0) + 1;
  return found;
}

// Only those that are not normal are looked up: they are few.
function inState(city, { kind }) {
  const found = { normal: kind ? city.columns.kind.reduce((sum, each) => sum + (each === kind), 0) : city.columns.device.length };
  for (const [device, { state }] of city.known) {
    if (!city.kindOf.has(device) || (kind && city.kindOf.get(device) !== kind)) continue;
    found[state] = (found[state] ?? 0) + 1;
    found.normal -= 1;
  }
  return found;
}

function byClass(city, filters, choose) {
  const found = new Map();
  for (const each of city.cases.values()) {
    if (!fits(each, { ...filters, class: "" })) continue;
    const row = found.get(each.code) ?? { code: each.code, name: city.className(each), all: 0, red: 0, yellow: 0, green: 0, standing: 0 };
    row.all += 1;
    row[each.light] += 1;
    found.set(each.code, row);
  }
  const rows = [...found.values()].sort((a, b) => b.all - a.all);
  const most = rows[0]?.all ?? 1;
  return html`<section class="counts" aria-labelledby="by-class"><h2 id="by-class">${say("按类别", "By class")}</h2>
    ${rows.length ? html`<ul class="classes">${rows.slice(0, MOST).map((row) => html`<li><button type="button" aria-pressed=${String(filters.class === row.code)} data-class=${row.code} @click=${() => choose("class", filters.class === row.code ? "" : row.code)}>
        <span class="name">${t(row.name)}</span><b>${number(row.all, 0)}</b>
        <span class="bar" aria-hidden="true" .style=${`width: ${(100 * row.all) / most}%`}>${LIGHTS.map((light) => (row[light] ? html`<i class=${light} .style=${`flex: ${row[light]}`}></i>` : nothing))}</span>
        <small class="hidden">${LIGHTS.filter((light) => row[light]).map((light) => `${lightName(light)} ${row[light]}`).join(", ")}</small>
      </button></li>`)}</ul>` : html`<p class="quiet">${say("没有未结案件。", "No open cases.")}</p>`}
    ${rows.length > MOST ? html`<p class="quiet">${say(`另有 ${rows.length - MOST} 类`, `${rows.length - MOST} more classes`)}</p>` : nothing}</section>`;
}
