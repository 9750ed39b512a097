// The header's counts, the table of open cases, and the latest events.

import { el, fill } from "./element.js";
import { kindOf, stateOf } from "./map.js";
import { both, clockTime, duration, word } from "./words.js";

export function counts({ devices, strangers }, cases, now) {
  const of = (state) => devices.filter((device) => stateOf(device) === state).length;
  const overdue = cases.filter((each) => lightOf(each, now) === "red").length;
  const pairs = [
    ["openCases", cases.length, ""],
    ["overdueCases", overdue, overdue ? "bad" : ""],
    ["devices", devices.filter((device) => device.status === "active").length, ""],
    ["alarming", of("alarming"), ""],
    ["unwell", of("unwell"), ""],
    ["quarantined", strangers, ""],
  ];
  fill("counts", pairs.map(([name, count, mark]) => el("div", { class: mark }, el("dt", {}, word(name)), el("dd", {}, String(count)))));
}

export function kinds(devices, chosen, choose, shape) {
  const count = {};
  for (const device of devices) count[kindOf(device)] = (count[kindOf(device)] ?? 0) + 1;
  const button = (kind, ...inside) =>
    el("button", { type: "button", "aria-pressed": String(chosen === kind), onclick: () => choose(chosen === kind ? null : kind) }, ...inside);
  const sorted = Object.keys(count).sort();
  fill("kinds", sorted.map((kind) => button(kind, shape(kind), word(kind), el("small", {}, String(count[kind])))));
}

export function table(cases, now) {
  document.getElementById("number").textContent = cases.length || "";
  document.getElementById("none").hidden = cases.length > 0;
  document.querySelector("#list table").hidden = cases.length === 0;
  fill("cases", cases.map((each) => row(each, now)));
}

function row(each, now) {
  const [title, other] = both(each.title_zh, each.title_en);
  const [department, otherDepartment] = both(each.department_zh, each.department_en);
  const link = el("a", { href: `#case=${encodeURIComponent(each.number)}` }, title);
  const place = each.component_name || each.component || "–";
  return el(
    "tr",
    { "data-case": each.number, class: each.fresh ? "fresh" : "" },
    el("td", { class: `problem ${each.severity}` }, el("div", {}, link), other && el("small", {}, other), el("small", { class: "code" }, `${each.number} · ${word(each.state)}`)),
    el("td", { class: "where" }, place, el("small", { class: "code" }, each.grid_cell ?? "")),
    el("td", { class: "department" }, department ?? "–", otherDepartment && el("small", {}, otherDepartment)),
    timeLeft(each, now),
    el("td", { class: "time after", "data-label": word("foundAfter") }, duration((Date.parse(each.found) - Date.parse(each.began)) / 1000)),
  );
}

// The light is that of the stage whose clock runs, as the API gives it, at this moment.
export function lightOf(each, now) {
  if (!each.stage_due) return "none";
  if (now > Date.parse(each.stage_due)) return "red";
  return now > Date.parse(each.stage_yellow) ? "yellow" : "green";
}

function timeLeft(each, now) {
  const stage = each.stage && el("small", {}, word(`stage-${each.stage}`));
  if (!each.stage_due) return el("td", { class: "time" }, word("noClock"), stage);
  const light = lightOf(each, now);
  const left = (Date.parse(each.stage_due) - now) / 1000;
  return el(
    "td",
    { class: "time" },
    el("span", { class: `light ${light}`, title: word(light) }),
    duration(left),
    el("small", {}, [word(`stage-${each.stage}`), left < 0 && word("overdue"), each.level > 1 && word(`level-${each.level}`)].filter(Boolean).join(" · ")),
  );
}

function linked({ case_number: numbered }, title) {
  return numbered ? el("a", { href: `#case=${encodeURIComponent(numbered)}` }, title) : title;
}

export function eventList(events) {
  const lines = events.slice(0, 12).map((event) => {
    const title = event.why.title ? both(event.why.title.zh, event.why.title.en)[0] : event.rule;
    return el(
      "li",
      {},
      el("time", { datetime: event.began }, clockTime(event.began)),
      el("span", { class: event.severity }, "●"),
      el("span", {}, linked(event, title), " ", el("span", { class: "place" }, event.subject)),
      el("span", { class: "standing" }, word(event.standing)),
    );
  });
  fill("events", lines.length ? lines : el("li", {}, word("noEvents")));
}
