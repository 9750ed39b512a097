// The time of the watched city: event time, which runs fast in a demo, in the city's zone.

import { language, say } from "./language.js";
import { connected, follow } from "./live.js";

const STALE = 20000; // [ms] without a new reading until the clock says so, as the reader's watch goes
const clock = { now: null, at: 0, speed: null, received: null };
let cityZone = "Asia/Shanghai";

follow("clock", ({ now: told, received, time_zone: zone }) => {
  if (zone) cityZone = zone;
  const [time, at] = [Date.parse(told), performance.now()];
  if (clock.now !== null && at - clock.at > 500) clock.speed = Math.max(0, (time - clock.now) / (at - clock.at));
  Object.assign(clock, { now: time, at, received });
});

// Event time [ms]; between two messages of the clock it goes on as fast as it went.
export function now() {
  if (clock.now === null) return Date.now();
  return clock.now + (performance.now() - clock.at) * (clock.speed ?? 1);
}

export function told() {
  return clock.now !== null;
}

// How many times faster than the reader's watch; 1 in a city, 60 in a demo.
export function speed() {
  return clock.speed ?? 1;
}

export function zone() {
  return cityZone;
}

// {state: "live" | "stale" | "offline" | "waiting", age [s] of the newest reading in event time}
export function freshness() {
  const old = clock.received === null ? 0 : now() - Date.parse(clock.received);
  const quiet = old > STALE * Math.max(1, clock.speed ?? Infinity);
  const state = connected() === false ? "offline" : clock.received === null ? "waiting" : quiet ? "stale" : "live";
  return { state, age: old / 1000 };
}

function parts(when, names) {
  const options = Object.fromEntries(names.map((name) => [name, name === "year" ? "numeric" : "2-digit"]));
  const found = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: cityZone, hourCycle: "h23" }).formatToParts(new Date(when));
  return names.map((name) => found.find((part) => part.type === name).value);
}

// Month and day first, as in ISO 8601, whatever the reader's country does: "03-01 14:30".
export function clockTime(when, seconds = false) {
  if (!when && when !== 0) return "–";
  const [month, day, ...rest] = parts(when, ["month", "day", "hour", "minute", ...(seconds ? ["second"] : [])]);
  return `${month}-${day} ${rest.join(":")}`;
}

// "2024-03-01 14:30:05"
export function fullTime(when) {
  if (!when && when !== 0) return "–";
  const [year, month, day, ...rest] = parts(when, ["year", "month", "day", "hour", "minute", "second"]);
  return `${year}-${month}-${day} ${rest.join(":")}`;
}

const UNITS = [["天", "d", 86400], ["小时", "h", 3600], ["分", "min", 60], ["秒", "s", 1]];

// Two units say enough: 3 d 4 h, 2 min 30 s; from ten minutes on seconds say nothing. [s]
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
  let left = Math.round(Math.abs(seconds));
  if (left >= 600) left -= left % 60;
  const said = [];
  for (const [zh, en, size] of UNITS) {
    if (left >= size || (size === 1 && said.length === 0)) {
      said.push(`${Math.floor(left / size)} ${language() === "zh" ? zh : en}`);
      left %= size;
    } else if (said.length) break;
    if (said.length === 2) break;
  }
  return said.join(" ");
}

// ISO 8601 duration (PT1H30M, P1DT2H) in words.
export function isoDuration(text) {
  return duration(seconds(text));
}

export function seconds(text) {
  const [, days, hours, minutes, rest] = /^-?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(text ?? "") ?? [];
  return Number(days ?? 0) * 86400 + Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(rest ?? 0);
}

export function ago(when) {
  const text = duration((now() - Date.parse(when)) / 1000);
  return say(`${text}前`, `${text} ago`);
}

// How long until `due`: {text, overdue}.
export function left(due) {
  const rest = (Date.parse(due) - now()) / 1000;
  const text = duration(rest);
  return { text: rest < 0 ? say(`超时 ${text}`, `${text} over`) : text, overdue: rest < 0 };
}

// For <input type="datetime-local">, in the city's zone; and back to an ISO 8601 time with "Z".
export function asInput(when) {
  const [year, month, day, hour, minute] = parts(when, ["year", "month", "day", "hour", "minute"]);
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

export function fromInput(text) {
  const utc = Date.parse(`${text}Z`);
  // The zone's distance from UTC at that moment; at a change of summer time one more step is exact.
  const off = (at) => Date.parse(`${asInput(at)}Z`) - Math.floor(at / 60000) * 60000;
  return new Date(utc - off(utc - off(utc))).toISOString();
}
