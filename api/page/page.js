// Fetches, follows the live stream, and keeps map, lists and the case shown up to date.

import { curvesOf, showCase } from "./case.js";
import { card, tipOf } from "./device.js";
import { fill } from "./element.js";
import { counts, eventList, kinds, table } from "./list.js";
import { CityMap, SHAPES } from "./map.js";
import { draw } from "./plot.js";
import { learn } from "./quantities.js";
import { duration, clockTime, preferred, speak, useZone, word } from "./words.js";

const POLL = 4000; // [ms] between two looks at the newest readings
const STALE = 20000; // [ms] without a new reading until the clock says so, as the reader's watch goes
const ENDED = { closed: true, rejected: true, void: true };

const seen = { devices: [], cases: new Map(), events: [], strangers: 0 };
const chosen = { device: null, case: null, kind: null };
const clock = { now: null, at: 0, speed: null, received: null, open: false };
let opened = null; // the case shown, as the API described it
let histories = {};

const byId = (id) => document.getElementById(id);
const map = new CityMap(byId("map"), { onDevice: chooseDevice, onCase: goToCase, onHover: hover });

async function get(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.detail || `${answer.status} ${answer.statusText}`);
  }
  return answer.json();
}

async function all(path) {
  const items = [];
  let next = null;
  do {
    const page = await get(next ? `${path}&cursor=${encodeURIComponent(next)}` : path);
    items.push(...page.items);
    next = page.next;
  } while (next);
  return items;
}

// Event time between two clock messages: in a demo it runs fast.
function now() {
  if (clock.now === null) return Date.now();
  return clock.now + (performance.now() - clock.at) * (clock.speed ?? 1);
}

async function loadDevices() {
  seen.devices = await all("/api/v1/devices?limit=5000&latest=true");
  if (chosen.device) await loadHistories();
}

async function loadStrangers() {
  seen.strangers = (await get("/api/v1/quarantine?limit=1000")).items.length;
}

async function loadWork() {
  const [cases, events] = await Promise.all([all("/api/v1/cases?open=true&limit=1000"), get("/api/v1/events?limit=12")]);
  seen.cases = new Map(cases.map((each) => [each.number, each]));
  seen.events = events.items;
  if (chosen.case) await loadCase(chosen.case);
}

async function loadCase(numbered) {
  const path = `/api/v1/cases/${encodeURIComponent(numbered)}`;
  const [found, reports, alike] = await Promise.all([get(path), get(`${path}/reports`), get(`${path}/duplicates`)]);
  Object.assign(found, { reports, alike, since: await loadSince(found) });
  if (chosen.case === numbered) opened = found;
}

// What the channels of the evidence read after it was frozen: until an hour after the end, or now.
async function loadSince({ evidence, events }) {
  const found = curvesOf(evidence, events).map(async ({ curve: { channel }, body, event }) => {
    const start = body.window[1];
    const latest = Math.min(now(), event?.ended ? Date.parse(event.ended) + 3600000 : Infinity, Date.parse(body.window[0]) + 2 * 86400000);
    const end = new Date(Math.max(latest, Date.parse(start))).toISOString();
    const readings = await get(`/api/v1/channels/${encodeURIComponent(channel)}/readings?limit=3000&start=${start}&end=${end}`);
    return [channel, readings.items];
  });
  return Object.fromEntries(await Promise.all(found));
}

async function loadHistories() {
  const device = seen.devices.find((each) => each.id === chosen.device);
  const start = new Date(now() - 86400000).toISOString();
  const asked = (device?.latest ?? []).slice(0, 3).map(async ({ channel }) => {
    const path = `/api/v1/channels/${encodeURIComponent(channel)}/readings?start=${start}&limit=2000`;
    const rolled = await get(`${path}&resolution=minute`);
    return [channel, (rolled.items.length > 1 ? rolled : await get(path)).items];
  });
  histories = Object.fromEntries(await Promise.all(asked));
}

// Whatever fails is said on the page, and tried again at the next turn.
async function attempt(work) {
  try {
    await work();
    byId("trouble").hidden = true;
  } catch (why) {
    byId("trouble").hidden = false;
    byId("trouble").textContent = word("trouble") + why.message;
  }
  render();
}

// Many changes at once are drawn once.
let painting = null;
function render() {
  painting ??= setTimeout(() => {
    painting = null;
    paint();
  }, 60);
}

function paint() {
  const soonest = (each) => Date.parse(each.stage_due ?? "9999-01-01");
  const cases = [...seen.cases.values()].sort((a, b) => soonest(a) - soonest(b));
  const onMap = opened && !seen.cases.has(opened.case.number) ? [...cases, opened.case] : cases;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", word(node.dataset.label));
  counts(seen, cases, now());
  kinds(seen.devices, chosen.kind, chooseKind, (kind) => draw("svg", { viewBox: "-7 -7 14 14" }, draw("path", { d: SHAPES[kind], "fill-rule": "evenodd" })));
  map.show(seen.devices, onMap, chosen);
  table(cases, now());
  eventList(seen.events);
  byId("list").hidden = opened !== null;
  byId("case").hidden = opened === null;
  if (opened) fill("case", showCase(opened, now(), () => (location.hash = "")));
  const device = seen.devices.find((each) => each.id === chosen.device);
  byId("device").hidden = !device;
  if (device) fill("device", card(device, histories, () => chooseDevice(null)));
  renderClock();
}

function renderClock() {
  // How old the newest reading is, in the city's time; in a fast clock a second is an hour.
  const old = clock.received === null ? 0 : now() - Date.parse(clock.received);
  const quiet = old > STALE * Math.max(1, clock.speed ?? Infinity);
  const state = !clock.open ? "offline" : clock.received === null ? "waiting" : quiet ? "stale" : "live";
  byId("clock").className = state;
  byId("now").textContent = clock.now === null ? "–" : clockTime(now(), (clock.speed ?? 1) < 5);
  const age = state === "stale" ? ` ${duration(old / 1000)}` : "";
  byId("age").textContent = word(state) + age;
}

function chooseKind(kind) {
  chosen.kind = kind;
  render();
}

function chooseDevice(id) {
  chosen.device = id;
  histories = {};
  render();
  if (id) attempt(loadHistories);
}

function goToCase(numbered) {
  location.hash = `case=${encodeURIComponent(numbered)}`;
}

async function followHash() {
  const numbered = new URLSearchParams(location.hash.slice(1)).get("case");
  if (numbered === chosen.case) return;
  chosen.case = numbered;
  opened = null;
  if (numbered) {
    await attempt(() => loadCase(numbered));
    paint();
    if (opened) map.goTo(opened.case.lon, opened.case.lat);
    byId("work").scrollTop = 0;
    byId("case").focus({ preventScroll: innerWidth > 800 });
  }
  render();
}

function hover(marked, x, y) {
  const device = marked?.device && seen.devices.find((each) => each.id === marked.device);
  const one = marked?.case && (seen.cases.get(marked.case) ?? opened?.case);
  byId("tip").hidden = !(device || one);
  if (device) byId("tip").textContent = tipOf(device);
  if (one) byId("tip").textContent = `${one.title_zh} · ${one.title_en}\n${one.number} · ${word(one.state)}`;
  const right = Math.min(x + 14, byId("map").clientWidth - 250);
  byId("tip").style.transform = `translate(${right}px, ${y + byId("map").offsetTop + 14}px)`;
  byId("tip").style.left = byId("tip").style.top = "0";
}

function follow() {
  const stream = new EventSource("/api/v1/stream");
  stream.addEventListener("open", () => (clock.open = true));
  stream.addEventListener("error", () => {
    clock.open = false;
    renderClock();
  });
  stream.addEventListener("clock", ({ data }) => {
    const { now: told, received, time_zone: zone } = JSON.parse(data);
    useZone(zone);
    const [time, at] = [Date.parse(told), performance.now()];
    if (clock.now !== null && at - clock.at > 500) clock.speed = Math.max(0, (time - clock.now) / (at - clock.at));
    Object.assign(clock, { now: time, at, received, open: true });
    renderClock();
  });
  stream.addEventListener("case", ({ data }) => {
    const told = JSON.parse(data);
    if (told.state in ENDED) seen.cases.delete(told.number);
    else seen.cases.set(told.number, { ...told, fresh: !seen.cases.has(told.number) });
    if (told.number === chosen.case) attempt(() => loadCase(told.number));
    else render();
  });
  stream.addEventListener("event", ({ data }) => {
    const told = JSON.parse(data);
    seen.events = [told, ...seen.events.filter((each) => each.id !== told.id)];
    seen.events = seen.events.sort((a, b) => Date.parse(b.began) - Date.parse(a.began)).slice(0, 50);
    render();
  });
  stream.addEventListener("reset", () => attempt(loadWork));
}

function choose(language) {
  speak(language);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
  render();
}

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => choose(button.dataset.language));
}
for (const button of document.querySelectorAll("[data-zoom]")) {
  button.addEventListener("click", () => map.zoom(Number(button.dataset.zoom)));
}
byId("cases").addEventListener("click", (event) => {
  const row = event.target.closest("tr");
  if (row && !event.target.closest("a")) goToCase(row.dataset.case);
});
window.addEventListener("hashchange", followHash);

choose(preferred());
await attempt(async () => learn((await get("/api/v1/quantities")).items));
follow();
await attempt(() => Promise.all([loadDevices(), loadStrangers(), loadWork()]));
await followHash();
setInterval(renderClock, 250);
setInterval(() => document.hidden || attempt(loadDevices), POLL);
setInterval(() => document.hidden || attempt(loadStrangers), 8 * POLL);
