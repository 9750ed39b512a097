// The month's ranking, every indicator, and the cases behind each number.

import { el, fill } from "./element.js";
import { draw } from "./plot.js";
import { both, fullTime, language, number, preferred, speak, useZone, word } from "./words.js";

const LEVELS = ["district", "street", "community"];
const DIMENSIONS = ["total", "department", "district", "street", "community", "cell", "role", "person"];
const RANKED = ["closing_rate", "on_time_handling_rate", "rework_rate"];
const AT_A_TIME = 50;

const asked = { month: "", area: "", level: "street", by: "total", indicator: "closing_rate" };
const seen = { indicators: [], measures: {}, roles: {}, grading: null, districts: [], ranking: null, months: null, rows: null, sensors: null };
let open = null; // the number whose cases are shown: {by, key, title, measures, measure, exempt, items, next}

const byId = (id) => document.getElementById(id);
const query = (given) => new URLSearchParams(Object.entries(given).filter(([, value]) => value !== "" && value !== null)).toString();
const one = (name) => seen.indicators.find((each) => each.name === name);
const said = (zh, en) => both(zh, en)[0];

async function get(path, given = {}) {
  const answer = await fetch(`/api/v1/${path}?${query(given)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.detail || `${answer.status} ${answer.statusText}`);
  }
  return answer.json();
}

async function attempt(work) {
  try {
    await work();
    byId("trouble").hidden = true;
  } catch (why) {
    byId("trouble").hidden = false;
    byId("trouble").textContent = word("cannotRead") + why.message;
  }
  paint();
}

// Each part comes when it comes: the ranking does not wait for the year's months.
function load() {
  const { month, area, level } = asked;
  const still = () => month === asked.month && area === asked.area && level === asked.level;
  const part = (name, path, given) => attempt(async () => {
    const found = await get(path, given);
    if (still()) seen[name] = found;
  });
  Object.assign(seen, { ranking: null, months: null, sensors: null });
  return Promise.all([
    part("ranking", "evaluation/ranking", { month, area, level }),
    part("months", "evaluation", { period: month.slice(0, 4), area, by: "month", cohort: "due" }),
    part("sensors", "evaluation/sensors", { period: month, area }),
    loadRows(),
  ]);
}

function loadRows() {
  const { month, area, by } = asked;
  seen.rows = null;
  return attempt(async () => {
    const found = await get("evaluation", { period: month, area, by });
    if (month === asked.month && area === asked.area && by === asked.by) seen.rows = found;
  });
}

async function show(given) {
  open = { exempt: null, ...given, items: [], next: null };
  paint();
  await attempt(more);
  byId("behind").focus({ preventScroll: innerWidth > 800 });
}

async function more() {
  const mine = open;
  const { by, key, measure, exempt, next } = mine;
  const found = await get("evaluation/cases", { period: asked.month, area: asked.area, by, key, measure, exempt, limit: AT_A_TIME, cursor: next });
  mine.items.push(...found.items);
  mine.next = found.next;
  mine.loaded = true;
}

function paint() {
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
  document.title = `Lifeline ${word("evaluation")}`;
  choices();
  const made = seen.ranking;
  if (made) {
    const [zh, en] = [made.place.zh, made.place.en];
    byId("title").textContent = language() === "zh" ? `${zh}城市管理综合评价（${made.period.zh}）` : `${en}: evaluation of urban management, ${made.period.name}`;
    byId("made").textContent = `${word("asOf")} ${fullTime(made.period.at)}`;
    const row = made.total;
    fill("sums", [
      sum(word("dueCases"), number(row.indicators.closing_rate.bottom)),
      ...RANKED.map((name) => sum(said(one(name).zh, one(name).en), percent(row.indicators[name].value))),
      sum(word("exempt"), number(row.exempt)),
    ]);
    byId("areasTitle").textContent = word(`${made.level}Ranking`);
  } else {
    for (const id of ["title", "made", "areasTitle"]) byId(id).textContent = id === "title" ? word("counting") : "";
    fill("sums");
  }
  ranked("departments", "department", made?.departments);
  ranked("areas", asked.level, made?.areas);
  months();
  indicatorTable();
  sensorFacts();
  definitions();
  behind();
}

function sum(name, value) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, value));
}

function percent(value) {
  return value === null ? "–" : `${value.toFixed(1)}%`;
}

function shown(value, unit) {
  if (value === null) return "–";
  return unit === "%" ? percent(value) : `${number(value)} ${unit}`;
}

function choices() {
  const form = byId("asked");
  const places = [["", word("wholeCity")], ...seen.districts.map((each) => [each.key, said(each.name.zh, each.name.en)])];
  options(form.area, places, asked.area);
  options(form.level, LEVELS.map((name) => [name, word(name)]), asked.level);
  options(byId("dimension").by, DIMENSIONS.map((name) => [name, word(name)]), asked.by);
  options(byId("dimension").indicator, seen.indicators.map((each) => [each.name, said(each.zh, each.en)]), asked.indicator);
  byId("dimension").indicator.parentNode.hidden = asked.by === "total";
  if (form.month.value !== asked.month) form.month.value = asked.month;
  const given = query({ month: asked.month, area: asked.area, level: asked.level });
  fill("files", ["pdf", "csv"].map((kind) => el("a", { href: `/api/v1/evaluation/ranking.${kind}?${given}` }, kind.toUpperCase())));
}

function options(select, pairs, chosen) {
  const next = pairs.map(([value, name]) => el("option", { value }, name));
  const same = (node) => `${node.value} ${node.textContent}`;
  if ([...select.options].map(same).join() !== next.map(same).join()) select.replaceChildren(...next);
  select.value = chosen;
}

// A number that opens its cases. A nought has none.
function opener(text, count, given) {
  if (!count) return text;
  const pressed = open && open.by === given.by && open.key === given.key && open.measure === given.measure;
  return el("button", { type: "button", class: "open", "aria-pressed": String(Boolean(pressed)), onclick: () => show(given) }, text);
}

function of(by, row, name, measure) {
  const indicator = one(name);
  const counts = { [indicator.top]: row.indicators[name].top, [indicator.bottom]: row.indicators[name].bottom };
  const exempt = indicator.overtime && row.exempt ? false : null;
  return { by, key: row.key, title: by === "total" ? said(indicator.zh, indicator.en) : `${named(by, row)} · ${said(indicator.zh, indicator.en)}`, counts, measure: measure ?? indicator.top, exempt, official: exempt };
}

function named(by, row) {
  if (row.key === "") return by === "total" ? word("total") : word("unknown");
  const post = (role) => said(seen.roles[role]?.zh ?? role, seen.roles[role]?.en ?? role);
  if (by === "role") return post(row.key);
  if (by === "person") {
    const [role, ...name] = row.key.split(" ");
    return `${name.join(" ")} (${post(role)})`;
  }
  return said(row.name.zh, row.name.en);
}

function rate(by, row, name) {
  const { value, top, bottom, with_exempt } = row.indicators[name];
  const indicator = one(name);
  const differs = indicator.overtime && row.exempt > 0;
  return el("td", { class: "n" }, opener(shown(value, indicator.unit), bottom, of(by, row, name)), differs && el("small", { title: word("withExempt") }, `(${shown(with_exempt, indicator.unit)})`));
}

function ranked(id, by, rows) {
  const heads = ["rankWord", "nameWord", "scoreWord", "gradeWord", "dueCases", ...RANKED, "reworkCount", "exempt"];
  const head = el("tr", {}, heads.map((name, n) => el("th", { class: n === 0 || n > 3 ? "n" : "" }, one(name) ? said(one(name).zh, one(name).en) : word(name))));
  const body = (rows ?? []).map((row) => {
    const due = row.indicators.closing_rate.bottom;
    const reworked = row.indicators.rework_rate.top;
    const [first, second] = both(row.name.zh, row.name.en);
    return el("tr", { "data-key": row.key },
      el("td", { class: "rank" }, row.rank ?? "–"),
      el("td", {}, el("span", { class: "name" }, first), second && el("small", {}, second)),
      score(row),
      el("td", {}, row.grade ? el("span", { class: `grade ${row.grade}` }, row.grade) : "–"),
      el("td", { class: "n" }, opener(number(due), due, of(by, row, "closing_rate", "due"))),
      RANKED.map((name) => rate(by, row, name)),
      el("td", { class: "n" }, opener(number(reworked), reworked, of(by, row, "rework_rate"))),
      el("td", { class: "n" }, opener(number(row.exempt), row.exempt, { ...of(by, row, "closing_rate", "due"), title: `${named(by, row)} · ${word("exempt")}`, counts: { due: row.exempt }, exempt: true, official: true })),
    );
  });
  const none = el("tr", {}, el("td", { class: "none", colspan: heads.length }, word(rows ? "noDue" : "counting")));
  fill(id, el("thead", {}, head), el("tbody", {}, body.length ? body : none));
}

function score(row) {
  if (row.score === null) return el("td", { class: "score none" }, word("noDue"));
  const length = el("i", {});
  length.style.width = `${row.score}%`;
  return el("td", { class: "score" },
    el("div", { class: "scored" }, el("span", { "aria-hidden": "true" }, length), el("b", {}, row.score.toFixed(1))),
    row.exempt > 0 && el("small", {}, `${word("withExempt")} ${row.score_with_exempt.toFixed(1)}`),
  );
}

function months() {
  const rows = (seen.months?.rows ?? []).filter((row) => row.score !== null);
  const [width, height, foot] = [860, 170, 34];
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": rows.map((row) => `${row.key}: ${row.score.toFixed(1)} ${row.grade}`).join("; ") });
  const y = (value) => height - foot - (value / 100) * (height - foot - 26);
  const year = asked.month.slice(0, 4);
  for (const { name, least } of seen.grading?.grades ?? []) {
    if (least === 0) continue;
    svg.append(draw("line", { x1: 44, x2: width - 8, y1: y(least), y2: y(least) }));
    svg.append(draw("text", { class: "mark", x: 6, y: y(least) + 4 }, `${name} ${least}`));
  }
  for (let n = 1; n <= 12; n++) {
    const key = `${year}-${String(n).padStart(2, "0")}`;
    const x = 44 + ((n - 0.5) * (width - 56)) / 12;
    const row = rows.find((each) => each.key === key);
    svg.append(draw("text", { x, y: height - 14 }, key));
    if (!row) continue;
    svg.append(draw("rect", { class: key === asked.month ? "now" : "bar", x: x - 15, width: 30, y: y(row.score), height: height - foot - y(row.score), rx: 2 }));
    svg.append(draw("text", { class: "value", x, y: y(row.score) - 5 }, `${row.score.toFixed(1)} ${row.grade}`));
  }
  byId("months").replaceChildren(seen.months ? svg : el("p", { class: "none" }, word("counting")));
}

function indicatorTable() {
  const rows = seen.rows?.rows ?? [];
  const { by } = asked;
  const cells = (row, name) => {
    const { top, bottom } = row.indicators[name];
    const { top: upper, bottom: lower } = one(name);
    return [rate(by, row, name), ...[[top, upper], [bottom, lower]].map(([count, measure]) => el("td", { class: "n" }, opener(number(count), count, of(by, row, name, measure))))];
  };
  const total = by === "total";
  const heads = [total ? "indicator" : by, "valueWord", "topWord", "bottomWord"];
  const body = total
    ? rows.slice(0, 1).flatMap((row) => seen.indicators.map((each) => el("tr", {}, el("td", {}, el("span", { class: "name" }, said(each.zh, each.en)), el("small", {}, said(each.formula_zh, each.formula_en))), cells(row, each.name))))
    : rows.filter((row) => row.indicators[asked.indicator]?.bottom).sort((a, b) => b.indicators[asked.indicator].value - a.indicators[asked.indicator].value)
        .map((row) => el("tr", {}, el("td", {}, el("span", { class: "name" }, named(by, row))), cells(row, asked.indicator)));
  const none = el("tr", {}, el("td", { class: "none", colspan: 4 }, word(seen.rows ? "noneCounted" : "counting")));
  fill("indicators", el("thead", {}, el("tr", {}, heads.map((name, n) => el("th", { class: n ? "n" : "" }, word(name))))), el("tbody", {}, body.length ? body : none));
}

function sensorFacts() {
  const told = seen.sensors;
  if (!told) return fill("sensors", el("p", { class: "none" }, word("counting")));
  const fact = (name, value, measures) => {
    const counts = measures && Object.fromEntries(measures);
    const count = measures?.[0][1];
    const given = measures && { by: "total", key: "", title: word(name), counts, measure: measures[0][0] };
    return el("div", {}, el("dt", {}, word(name)), el("dd", {}, measures ? opener(value, count || measures[1]?.[1], given) : value));
  };
  fill("sensors", [
    fact("sensorCount", number(told.sensors)),
    fact("precision", percent(told.precision), [["sensor_real", told.real], ["sensor_judged", told.judged]]),
    fact("missedBySensors", number(told.missed), [["missed", told.missed]]),
    fact("leadTime", told.lead_hours === null ? "–" : `${number(told.lead_hours)} h`, [["told_and_sensed", told.told_and_sensed], ["sensed_first", told.sensed_first]]),
    fact("falsePer1000", number(told.false_per_1000), [["sensor_false", told.false]]),
    fact("availability", percent(told.availability)),
  ]);
}

function definitions() {
  const grading = seen.grading;
  if (!grading) return;
  const list = seen.indicators.flatMap((each) => [
    el("dt", {}, said(each.zh, each.en)),
    el("dd", {}, said(each.formula_zh, each.formula_en), el("small", {}, ` · ${said(each.cohort_zh, word(`cohort-${each.cohort}`))}${each.overtime ? ` · ${word("exemptLeftOut")}` : ""}`)),
  ]);
  const { weights } = grading;
  const formula = `${weights.rework_count} × ${word("reworkPoints")} + ${weights.closing_rate} × ${said(one("closing_rate").zh, one("closing_rate").en)} + ${weights.on_time_handling_rate} × ${said(one("on_time_handling_rate").zh, one("on_time_handling_rate").en)} + ${weights.rework_rate} × (100 − ${said(one("rework_rate").zh, one("rework_rate").en)})`;
  list.push(el("dt", {}, word("scoreWord")), el("dd", {}, `(${formula}) ÷ 100`));
  list.push(el("dt", {}, word("reworkPoints")), el("dd", {}, grading.rework_points.map((band) => `≤ ${band.up_to}: ${band.points}`).join("; ")));
  list.push(el("dt", {}, word("gradeWord")), el("dd", {}, grading.grades.map((each) => `${each.name} ≥ ${each.least}`).join(", ")));
  fill("definitions", list);
}

function behind() {
  byId("behind").hidden = open === null;
  document.querySelector("main").classList.toggle("two", open !== null);
  if (!open) return;
  const tab = ([measure, count]) => el("button", { type: "button", "aria-pressed": String(measure === open.measure), onclick: () => show({ ...open, measure, exempt: open.official ?? null }) }, `${said(seen.measures[measure].zh, measure.replaceAll("_", " "))}: ${number(count)}`);
  fill("behind",
    el("button", { type: "button", class: "x", "aria-label": word("close"), onclick: shut }, "×"),
    el("h3", {}, open.title),
    el("div", { class: "tabs" }, Object.entries(open.counts).map(tab)),
    open.official === false && el("small", {}, word("exemptLeftOut")),
    el("ol", {}, open.items.map(item)),
    !open.items.length && el("p", { class: "none" }, word(open.loaded ? "noneCounted" : "counting")),
    open.next && el("button", { type: "button", class: "more", onclick: () => attempt(more) }, word("more")),
  );
}

function item(each) {
  const marks = [
    word(each.state),
    each.handled_in_time === false ? word("handledLate") : each.handled_in_time ? word("handledInTime") : "",
    each.reworks ? `${word("reworkCount")} ${each.reworks}` : "",
    each.exempt ? word("exempt") : "",
  ];
  return el("li", {},
    el("a", { href: `./#case=${encodeURIComponent(each.number)}` }, said(each.title_zh, each.title_en)),
    el("small", {}, `${each.number} · ${each.grid_cell ?? "–"}`),
    el("small", {}, marks.filter(Boolean).join(" · ")),
  );
}

function shut() {
  open = null;
  paint();
}

function remember() {
  const { month, area, level } = asked;
  history.replaceState(null, "", `#${query({ month, area, level })}`);
}

byId("asked").addEventListener("change", () => {
  const form = byId("asked");
  if (!form.month.value) return;
  Object.assign(asked, { month: form.month.value, area: form.area.value, level: form.level.value });
  open = null;
  remember();
  load();
});
byId("asked").addEventListener("submit", (event) => event.preventDefault());
byId("dimension").addEventListener("change", () => {
  const form = byId("dimension");
  const again = form.by.value !== asked.by;
  Object.assign(asked, { by: form.by.value, indicator: form.indicator.value || asked.indicator });
  if (again) loadRows();
  paint();
});
document.addEventListener("keydown", (event) => event.key === "Escape" && open && shut());

function choose(code) {
  speak(code);
  for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === code));
  paint();
}
for (const button of document.querySelectorAll("[data-language]")) button.addEventListener("click", () => choose(button.dataset.language));

const given = new URLSearchParams(location.hash.slice(1));
choose(preferred());
await attempt(async () => {
  const { time_zone: zone, last_month: last, ...told } = await get("evaluation/indicators");
  Object.assign(seen, told);
  useZone(zone);
  const month = given.get("month") ?? "";
  Object.assign(asked, { month: /^\d{4}-\d{2}$/.test(month) ? month : last, area: given.get("area") ?? "", level: LEVELS.includes(given.get("level")) ? given.get("level") : "street" });
  const found = await get("evaluation", { period: asked.month, by: "district", cohort: "due" });
  seen.districts = found.rows.filter((row) => row.key).sort((a, b) => a.key.localeCompare(b.key));
});
if (asked.month) await load();
