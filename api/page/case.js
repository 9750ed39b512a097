// One case: what and where, its times, the evidence with curve and limit, the rule's reasons, the log.

import { el } from "./element.js";
import { lightOf } from "./list.js";
import { plot } from "./plot.js";
import { nameOf, shownUnit, shownValue } from "./quantities.js";
import { both, clockTime, duration, fullTime, number, word } from "./words.js";

export const CURVES = 4; // shown; the API has all

export function showCase({ case: it, clocks, log, events, evidence, since, reports, alike, verification }, now, close) {
  const [title, other] = both(it.title_zh, it.title_en);
  const [department, otherDepartment] = both(it.department_zh, it.department_en);
  const light = lightOf(it, now);
  const left = (Date.parse(it.stage_due) - now) / 1000;
  const due = it.closed ? word("closedIn") : !it.stage_due ? word("noClock") : left < 0 ? `${word("overdue")} ${duration(left)}` : duration(left);
  return [
    el("button", { type: "button", class: "back", onclick: close }, `← ${word("back")}`),
    el("h2", {}, title, " ", el("span", { class: `tag ${it.severity}` }, word(it.severity))),
    el("p", {}, [other, it.number].filter(Boolean).join(" · ")),
    el(
      "dl",
      { class: "facts" },
      fact("state", word(it.state), it.stage ? word(`stage-${it.stage}`) : null),
      fact("source", word(`source-${it.source}`), it.exercise ? word("exercise") : null),
      fact("level", word(`level-${it.level}`), it.supervised ? word("verb-supervise") : null),
      fact("class", it.code, [it.code_list, conditionOf(log)].filter(Boolean).join(" · ")),
      fact("department", department ?? "–", otherDepartment),
      fact("component", it.component_name || it.component || "–", it.component_name ? it.component : null),
      fact("gridCell", it.grid_cell ?? "–"),
      el("div", {}, el("dt", {}, word("timeLeft")), el("dd", {}, el("span", { class: `light ${light}` }), due)),
    ),
    times(it, events),
    el("h3", {}, word("clocks")),
    clockTable(clocks, now),
    ...sensors(verification),
    ...mayBeSame(alike),
    ...said(reports),
    ...(events.length ? [el("h3", {}, word("evidence")), ...curves(evidence, events, since, now), el("h3", {}, word("why")), ...reasons(events)] : []),
    el("h3", {}, word("log")),
    el("ol", { class: "log" }, log.map(line)),
  ];
}

// The filing condition that was met: one class has several, each with its own time limit.
function conditionOf(log) {
  const text = log.findLast((entry) => entry.verb === "file")?.details?.text;
  return text && both(text.zh, text.en)[0];
}

function fact(name, value, small) {
  return el("div", {}, el("dt", {}, word(name)), el("dd", {}, value, small && el("small", {}, small)));
}

// What the sensors say of a case that is said to be solved: what is still missing, or since when it holds.
function sensors(verification) {
  if (!verification) return [];
  const { holds, since: held, missing, said, looked } = verification;
  const head = holds ? `${word("normalSince")} ${clockTime(held)}` : word("notYetNormal");
  return [
    el("h3", {}, word("verification")),
    el("div", { class: "said" }, el("p", {}, el("b", {}, head)), el("ul", {}, (holds ? said : missing).map((text) => el("li", {}, text))), el("p", {}, el("small", {}, `${word("looked")} ${clockTime(looked)}`))),
  ];
}

// Cases of the same class, near and of the same day: for a person to join or not.
function mayBeSame(alike) {
  if (!alike.length) return [];
  const item = (each) => {
    const [title] = both(each.title_zh, each.title_en);
    const apart = `${Math.round(each.metres)} m · ${word(`source-${each.source}`)} · ${word(each.state)}`;
    return el("li", {}, el("a", { href: `#case=${encodeURIComponent(each.number)}` }, `${title} ${each.number}`), el("small", {}, apart));
  };
  return [el("h3", {}, word("mayBeSame")), el("ul", { class: "plain" }, alike.map(item))];
}

// What people and other systems told, with their pictures; who called is nowhere here.
function said(reports) {
  if (!reports.length) return [];
  const picture = (id) => el("a", { href: `/api/v1/photos/${id}`, target: "_blank", rel: "noopener" }, el("img", { src: `/api/v1/photos/${id}/thumbnail`, alt: word("picture"), loading: "lazy" }));
  const item = (report) =>
    el("li", {}, el("b", {}, word(`source-${report.source}`)), " ", clockTime(report.reported), el("p", {}, report.text || "–"), el("div", { class: "photos" }, report.photos.map(picture)));
  return [el("h3", {}, word("reports")), el("ul", { class: "plain" }, reports.map(item))];
}

// Every run of a stage's clock: whose, how much of its limit was used, and whether in time.
function clockTable(clocks, now) {
  const row = (clock) => {
    const [owner] = clock.owner_zh ? both(clock.owner_zh, clock.owner_en) : [clock.owner || clock.actor];
    const onTheClock = clock.limit_class === "emergency-hours";
    const limit = onTheClock ? duration(clock.limit_amount * 3600) : `${number(clock.limit_amount)} ${word(clock.limit_class)}`;
    const stands = !clock.since && !clock.ended;
    const state = clock.ended ? (clock.in_time === null ? "takenAway" : clock.in_time ? "inTime" : "late") : stands ? "stands" : lightOf({ stage_due: clock.due, stage_yellow: clock.yellow }, now);
    const light = { inTime: "green", late: "red" }[state] ?? clock.light;
    return el(
      "tr",
      { class: clock.since ? "running" : "" },
      el("td", {}, el("span", { class: `light ${light}` }), word(`stage-${clock.stage}`)),
      el("td", {}, owner),
      el("td", {}, limit),
      el("td", {}, clock.due ? clockTime(clock.due) : "–"),
      el("td", {}, clock.ended ? clockTime(clock.ended) : "–"),
      el("td", {}, word(state)),
    );
  };
  const head = ["stage", "whose", "allowed", "due", "done", "state"];
  return el("div", { class: "clocks", tabindex: "0", role: "region", "aria-label": word("clocks") }, el("table", {}, el("thead", {}, el("tr", {}, head.map((name) => el("th", { scope: "col" }, word(name))))), el("tbody", {}, clocks.map(row))));
}

function times(it, events) {
  const ended = events.length && events.every((event) => event.ended) ? events.map((event) => event.ended).sort().at(-1) : null;
  const after = `+ ${duration((Date.parse(it.found) - Date.parse(it.began)) / 1000)}`;
  const points = [["began", it.began, "", "orange"], ["found", it.found, after, "blue"], ["opened", it.opened, "", "blue"]];
  if (ended) points.push(["ended", ended, "", "green"]);
  if (it.due) points.push(["due", it.due, "", "red"]);
  if (it.closed) points.push(["closed", it.closed, "", "green"]);
  points.sort((a, b) => Date.parse(a[1]) - Date.parse(b[1]));
  return el(
    "ol",
    { class: "times" },
    points.map(([name, when, more, colour]) =>
      el("li", { class: colour, title: fullTime(when) }, el("span", {}, word(name)), el("b", {}, clockTime(when)), more && el("span", {}, more)),
    ),
  );
}

function holds(event) {
  return event.standing === "standing" || event.standing === "over";
}

// The curves worth showing: a channel once, those of events that still hold before those withdrawn,
// and of those the one that went on longest: its limit and its peak are those of the whole.
export function curvesOf(evidence, events) {
  const byId = new Map(events.map((event) => [event.id, event]));
  const valid = ({ event_id: id }) => byId.has(id) && holds(byId.get(id));
  const end = ({ event_id: id }) => Date.parse(byId.get(id)?.ended ?? "9999-01-01");
  const sorted = [...evidence].sort((a, b) => valid(b) - valid(a) || end(b) - end(a));
  const found = new Map();
  for (const { event_id: id, body } of sorted) {
    for (const curve of body.curves) {
      if (curve.time.length && !found.has(curve.channel)) found.set(curve.channel, { curve, body, event: byId.get(id) });
    }
  }
  return [...found.values()].slice(0, CURVES);
}

function curves(evidence, events, since, now) {
  const figures = curvesOf(evidence, events).map(({ curve, body, event }) => figure(curve, body, event, since[curve.channel] ?? [], now));
  return figures.length ? figures : [el("p", {}, word("noEvidence"))];
}

// Limits end in high, low or limit; what a detector took for usual is a line too, named as it is.
function levels(expected, quantity) {
  return Object.entries(expected)
    .filter(([name]) => /(high|low|limit)$|^usual_|^stood_still_at$/.test(name))
    .map(([name, value]) => [/(^|_)(high|low|limit)$/.test(name) ? word("limit") : name.replaceAll("_", " "), shownValue(quantity, value)]);
}

function figure(curve, body, event, later, now) {
  const unit = shownUnit(curve.quantity);
  const points = curve.time.map((time, i) => [Date.parse(time), shownValue(curve.quantity, curve.value[i])]);
  const last = points.at(-1)[0];
  const since = later
    .map((each) => [Date.parse(each.time), shownValue(curve.quantity, each.value)])
    .filter(([time]) => time > last);
  // The event as it is known now: its peak may have come after the evidence was frozen.
  const members = [...(event?.why.members ?? []), ...(body.why.members ?? [])];
  const member = members.find((each) => each.channel === curve.channel);
  const span = [Date.parse(member?.began ?? body.event.began), event?.ended ? Date.parse(event.ended) : null];
  return el(
    "figure",
    {},
    el("figcaption", {}, el("b", {}, curve.channel), el("span", {}, [nameOf(curve.quantity), peakOf(curve, member, unit)].filter(Boolean).join(" · "))),
    plot({
      points,
      since,
      unit,
      span,
      // Silence is seen where nothing is drawn: until it ended, or for a while.
      until: silent(member) ? Math.min(span[1] ?? now, span[0] + 2 * (last - points[0][0]) + 3600000) : null,
      steps: curve.quantity in STEPS,
      limits: member ? levels(member.expected, curve.quantity) : [],
      label: `${curve.channel} ${nameOf(curve.quantity)}`,
    }),
    since.length ? el("p", { class: "key" }, el("i", {}), word("frozen"), el("i", { class: "later" }), word("sinceThen")) : null,
  );
}

// Quantities that are one thing or another, with nothing in between.
const STEPS = { last_gasp: true, water_contact: true, status: true };

function silent(member) {
  return member !== undefined && "silent_for_s" in member.expected;
}

function peakOf(curve, member, unit) {
  if (silent(member)) return `${word("silent")} ${duration(member.expected.silent_for_s)}`;
  if (!member || member.peak_value === null || curve.quantity in STEPS) return "";
  const { low, fall, clock_behind_by_s: behind } = member.expected;
  if (behind !== undefined) return `${word("behind")} ${duration(behind)}`;
  const extreme = fall !== undefined || member.peak_value <= low ? "lowest" : "peak";
  return `${word(extreme)} ${number(shownValue(curve.quantity, member.peak_value))} ${unit}`;
}

// Events of one rule have one explanation: it is told once, and first where it still holds.
function reasons(events) {
  const told = new Map([...events.filter(holds), ...events].reverse().map((event) => [event.rule, event]));
  return [...told.values()].sort((a, b) => holds(b) - holds(a)).map((event) => {
    const why = event.why;
    const items = (name, entries, list) =>
      entries?.length ? [el("p", {}, el("b", {}, word(name))), el(list, {}, entries.map((text) => el("li", {}, text)))] : [];
    return el(
      "div",
      { class: "said" },
      el("p", {}, el("b", {}, why.title ? both(why.title.zh, why.title.en).filter(Boolean).join(" · ") : event.rule)),
      why.because && el("p", {}, why.because),
      ...items("quiet", why.quiet_if, "ul"),
      ...items("falseAlarms", why.false_alarms, "ul"),
      ...items("steps", why.steps, "ol"),
      el("p", {}, el("small", {}, `${word("rule")} ${event.rule} · ${word("version")} ${event.version} · ${word(event.standing)}`)),
    );
  });
}

function line(entry) {
  // Most steps are named as the state they lead to.
  const moved = entry.before === entry.after || word(`verb-${entry.verb}`) === word(entry.after) ? "" : ` → ${word(entry.after)}`;
  return el(
    "li",
    {},
    el("time", { datetime: entry.at, title: fullTime(entry.at) }, clockTime(entry.at, true)),
    el("div", {}, el("b", {}, word(`verb-${entry.verb}`)), moved, el("small", {}, [entry.actor, entry.reason].filter(Boolean).join(" · "))),
  );
}
