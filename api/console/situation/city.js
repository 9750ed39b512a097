// What the section knows of the city: loaded once, then kept up by the live stream. However much
// comes, whoever looks on is told once a frame.

import { all, get, pages } from "../shell/answers.js";
import { follow } from "../shell/live.js";
import { lightAt } from "../shell/marks.js";
import { may } from "../shell/person.js";
import { now } from "../shell/time.js";

export const STATES = ["alarming", "silent", "unwell", "maintenance", "normal"];
export const LIGHTS = ["red", "yellow", "green", "standing"];
const ENDED = new Set(["closed", "rejected", "void"]);
const LOOK = 5000; // [ms] between two looks at what time alone changes: lights
const BLIND = 8000; // [ms] between two counts of blind spots, when sensors have changed

export class City {
  columns = { device: [], lon: [], lat: [], kind: [] };
  kindOf = new Map(); // device on the map -> its kind
  known = new Map(); // device -> {state, since}; who is not in it is normal
  cases = new Map(); // number -> {number, lon, lat, code, title_zh, ..., light}
  classes = new Map(); // code -> {zh, en}
  blind = {}; // reason -> how many
  networks = null; // of pipes: [{network, pipes, length}]
  trouble = null; // what could not be loaded: an Error
  loaded = { sensors: false, cases: false };
  #coming = { states: new Map(), cases: new Map(), events: false };
  #stop = [];
  #asked = 0;
  #at = "";
  #early = []; // messages that came before what they change
  #counted = 0;
  #closed = false;

  // told({states: [[device, state]], cases: bool, events: bool}): once a frame, when there is news.
  constructor(told) {
    this.told = told;
    this.#stop = [
      follow("sensors", (message) => this.#heard(message)),
      follow("case", (each) => this.#case(each)),
      follow("event", () => this.#news((coming) => (coming.events = true))),
      follow("reset", () => this.load()),
    ];
    const lights = setInterval(() => this.#relight(), LOOK);
    this.#stop.push(() => clearInterval(lights));
  }

  close() {
    this.#closed = true;
    for (const stop of this.#stop) stop();
  }

  stateOf = (device) => this.known.get(device)?.state ?? "normal";

  kinds() {
    return [...new Set(this.columns.kind)].filter(Boolean).sort();
  }

  // Sensors and cases apart, so that what comes first is shown first.
  async load() {
    this.trouble = null;
    const asked = [];
    if (may("telemetry.read")) asked.push(this.#loadSensors(), this.count(), this.#loadNetworks());
    if (may("cases.read")) asked.push(this.#loadCases(), this.#loadClasses());
    const failures = (await Promise.allSettled(asked)).filter(({ status }) => status === "rejected");
    this.trouble = failures[0]?.reason ?? null;
    if (this.trouble) this.#news(() => {});
  }

  async #loadSensors() {
    const [columns, { at, states }] = await Promise.all([get("map/sensors"), get("map/sensors/states")]);
    this.columns = columns;
    this.kindOf = new Map(columns.device.map((device, n) => [device, columns.kind[n]]));
    this.known = new Map(Object.entries(states));
    this.#at = at;
    this.loaded.sensors = true;
    for (const message of this.#early.splice(0)) this.#heard(message);
    this.told({ sensors: true, states: [], cases: false, events: false });
  }

  async #loadNetworks() {
    this.networks = (await get("pipes")).items;
    this.#news(() => {});
  }

  async #loadCases() {
    const columns = await get("map/cases");
    const names = Object.keys(columns);
    const time = now();
    this.cases = new Map();
    columns.number.forEach((number, n) => {
      const each = Object.fromEntries(names.map((name) => [name, columns[name][n]]));
      this.cases.set(number, Object.assign(each, { light: lightAt(each, time) }));
    });
    this.loaded.cases = true;
    this.told({ states: [], cases: true, events: false });
  }

  async #loadClasses() {
    for await (const items of pages("catalogue", { limit: 1000 })) {
      for (const { code_list: list, code, name } of items) this.classes.set(`${list} ${code}`, name);
    }
    this.told({ states: [], cases: true, events: false });
  }

  className({ code_list: list, code, title_zh: zh, title_en: en }) {
    return this.classes.get(`${list} ${code}`) ?? { zh, en };
  }

  async count() {
    this.#asked = performance.now();
    const { counts } = await get("blind-spots", { limit: 1 });
    this.blind = counts;
    this.#counted += 1;
    this.#news(() => {});
  }

  // Cells in which no sensor of `kind` stands; without a kind, those without any.
  async blindCells(kind) {
    const found = await all("blind-spots", { reason: "no-sensor", kind, limit: 1000 });
    return new Set(found.filter(({ devices }) => kind || !devices).map(({ subject }) => subject));
  }

  #heard(message) {
    if (!this.loaded.sensors) return void this.#early.push(message);
    if (Date.parse(message.at) < Date.parse(this.#at)) return; // older than what was loaded
    this.#news(({ states }) => {
      for (const [state, devices] of Object.entries(message.states)) {
        for (const device of devices) states.set(device, state);
      }
    });
    for (const [state, devices] of Object.entries(message.states)) {
      for (const device of devices) {
        if (state === "normal") this.known.delete(device);
        else this.known.set(device, { state, since: message.at });
      }
    }
    if (performance.now() - this.#asked > BLIND) this.count().catch(() => {}); // the next look may succeed
  }

  #case(each) {
    if (each.exercise) return;
    if (ENDED.has(each.state)) this.cases.delete(each.number);
    else this.cases.set(each.number, Object.assign(each, { light: lightAt(each, now()) }));
    this.#news(({ cases }) => cases.set(each.number, true));
  }

  #relight() {
    const time = now();
    let changed = false;
    for (const each of this.cases.values()) {
      const light = lightAt(each, time);
      changed ||= light !== each.light;
      each.light = light;
    }
    if (changed) this.#news(({ cases }) => cases.set("", true));
  }

  #waits = false;
  #news(note) {
    note(this.#coming);
    if (this.#waits) return;
    this.#waits = true;
    requestAnimationFrame(() => {
      this.#waits = false;
      if (this.#closed) return;
      const { states, cases, events } = this.#coming;
      this.#coming = { states: new Map(), cases: new Map(), events: false };
      this.told({ states: [...states], cases: cases.size > 0, events });
    });
  }
}
