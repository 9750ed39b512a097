// The situation: the city on one map, live; how much there is of what; and what nobody watches now.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get } from "../shell/answers.js";
import { both, number, say } from "../shell/language.js";
import { openMap } from "../shell/map.js";
import { lightName, mark, stateName } from "../shell/marks.js";
import { networkName, networkSign, widthText } from "../shell/networks.js";
import { may } from "../shell/person.js";
import { go, link, replace } from "../shell/route.js";
import { failed, loading } from "../shell/states.js";
import { takingPart } from "../shell/taking_part.js";
import { ago, freshness, left } from "../shell/time.js";
import { card, read } from "./card.js";
import { City, LIGHTS, STATES } from "./city.js";
import { counts, shownCases } from "./counts.js";
import * as lists from "./lists.js";
import { cutNote, hidden, switches } from "./networks.js";
import { pipeCard, readPipe } from "./pipe_card.js";
import { pipes } from "./pipes.js";
import { Warned } from "./warned.js";
import { kindName } from "./words.js";

export const title = { zh: "态势", en: "Situation" };

const FILTERS = ["kind", "class", "light", "state", "reason", "tab", "device", "pipe", "without"];
const DRAW = 250; // [ms] between two looks of the panels; the map has each frame
const RELOAD = 2500; // [ms] between two looks at the lists, while something happens
const POLL = 4000; // [ms] between two looks at the values of the chosen sensor
const WARNED = 15000; // [ms] between two looks at warnings: one without a case is announced by nothing
const MOST_CELLS = 20000;

export function open(root, route, shell) {
  const view = new Situation(root, shell);
  view.update(route);
  view.start();
  return view;
}

class Situation {
  #map = null;
  #outlines = null; // grid cells: GeoJSON
  #blindFor = null; // the kind for which cells are hatched; null: none are
  #chosen = { device: null, about: null };
  #pipe = { name: null, about: null };
  #seen = null; // how many of the pipes in view are drawn
  #timers = new Set();
  #due = new Map(); // what waits for its turn

  constructor(root, shell) {
    this.root = root;
    this.shell = shell;
    this.city = new City((news) => this.#news(news));
    this.filters = {};
    this.warned = new Warned();
    this.redraw = () => {
      this.draw();
      this.#map?.redraw();
      this.warned.draw(this.#map, true);
    };
  }

  update({ query }) {
    const before = this.filters;
    this.filters = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? ""]));
    this.draw();
    if (this.#chosen.device !== (this.filters.device || null)) this.#choose(this.filters.device || null);
    if (this.#pipe.name !== (this.filters.pipe || null)) this.#choosePipe(this.filters.pipe || null);
    if (before.without !== this.filters.without) this.#map?.pipes({ without: hidden(this.filters) });
    if (["kind", "class", "light", "state"].some((name) => before[name] !== this.filters[name])) this.#filter();
    if (before.tab !== this.filters.tab) this.#hatch();
  }

  async start() {
    const holder = this.root.querySelector(".city");
    const loading = this.city.load(); // beside the map's own code, not after it
    this.#warn();
    const map = await openMap(holder, {
      onDevice: (device) => this.#set({ device, pipe: "" }),
      onPipe: ({ network, id }) => this.#set({ pipe: `${network}/${id}`, device: "" }),
      onCase: (name) => go("cases", [name]),
      onNothing: () => (this.filters.device || this.filters.pipe) && this.#set({ device: "", pipe: "" }),
      tip: (what) => this.#tip(what),
    });
    if (this.closed) return map.close();
    this.#map = map;
    if (this.city.loaded.sensors) this.#showSensors();
    if (this.city.loaded.cases) this.#showCases();
    if (may("telemetry.read")) map.pipes({ without: hidden(this.filters), seen: (seen) => this.#sees(seen) });
    if (this.#pipe.about?.geometry) map.course([this.#pipe.about.geometry]);
    this.#every(POLL, () => this.#chosen.device && this.#read());
    this.#every(1000, () => this.#drawSoon());
    this.#every(WARNED, () => this.#warn());
    await loading;
    await this.#loadCells();
    return undefined;
  }

  async #warn() {
    if (!may("cases.read")) return;
    await this.warned.load();
    if (!this.closed) this.draw();
  }

  close() {
    this.closed = true;
    this.city.close();
    this.#map?.close();
    for (const timer of this.#timers) clearInterval(timer);
  }

  #every(time, fn) {
    this.#timers.add(setInterval(fn, time));
  }

  // At most so often, and then with all that has come.
  #soon(name, time, fn) {
    if (this.#due.has(name)) return;
    const timer = setTimeout(() => {
      this.#due.delete(name);
      this.#timers.delete(timer);
      if (!this.closed) fn();
    }, time);
    this.#due.set(name, timer);
    this.#timers.add(timer);
  }

  #drawSoon() {
    this.#soon("draw", DRAW, () => this.draw());
  }

  #news({ sensors, states, cases, events }) {
    if (sensors) this.#showSensors();
    else if (states.length) this.#map?.states(states.map(([device]) => [device, this.#shown(device)]));
    if (cases) this.#showCases();
    if (cases) this.#soon("warned", RELOAD, () => this.#warn());
    if (cases || events || states.length) this.#soon("lists", RELOAD, () => this.root.querySelector("lifeline-list")?.reload());
    this.#drawSoon();
  }

  // The mark of a device on the map; null: filtered out.
  #shown = (device) => {
    const { kind, state } = this.filters;
    const now = this.city.stateOf(device);
    if (state && state !== now) return null;
    return kind && this.city.kindOf.get(device) !== kind ? null : now;
  };

  #showSensors() {
    const { columns } = this.city;
    this.#map?.sensors(columns, this.#shown);
    this.#map?.lines(pipes(columns));
    if (this.#chosen.device) this.#map?.choose({ device: this.#chosen.device });
  }

  #showCases() {
    this.#map?.cases(shownCases(this.city, this.filters));
  }

  #filter() {
    this.#map?.restate(this.#shown);
    this.#showCases();
    this.#hatch();
  }

  async #loadCells() {
    if (!may("telemetry.read") || this.#map?.missing) return;
    const features = [];
    const box = [180, 90, -180, -90];
    for await (const page of cellPages()) {
      for (const feature of page) {
        if (!feature.geometry) continue;
        features.push({ type: "Feature", geometry: feature.geometry, properties: { code: feature.id, label: feature.properties.name || feature.id.slice(-6) } });
        widen(box, feature.geometry);
      }
      if (this.closed) return;
      if (features.length >= MOST_CELLS) break;
    }
    this.#outlines = { type: "FeatureCollection", features, bbox: box };
    if (features.length) this.#map?.cells(this.#outlines);
    await this.#hatch();
  }

  // Cells that nothing watches, or nothing of the chosen kind: hatched while blind spots are listed.
  async #hatch() {
    const kind = this.filters.tab === "blind" ? this.filters.kind : null;
    if (!this.#outlines || this.#blindFor === kind) return;
    this.#blindFor = kind;
    const codes = kind === null ? new Set() : await this.city.blindCells(kind);
    if (this.closed || this.#blindFor !== kind) return;
    this.#map?.blind({ type: "FeatureCollection", features: this.#outlines.features.filter(({ properties }) => codes.has(properties.code)) });
  }

  async #choose(device) {
    this.#chosen = { device, about: null };
    this.#map?.choose({ device });
    if (device) await this.#read();
  }

  async #read() {
    const { device } = this.#chosen;
    const about = await read(device).catch((why) => why);
    if (this.closed || device !== this.#chosen.device) return;
    this.#chosen.about = about;
    this.draw();
  }

  #sees(seen) {
    this.#seen = seen;
    this.#drawSoon();
  }

  async #choosePipe(name) {
    this.#pipe = { name, about: null };
    this.#map?.course([]);
    if (name) await this.#readPipe();
  }

  async #readPipe() {
    const { name } = this.#pipe;
    const about = await readPipe(name).catch((why) => why);
    if (this.closed || name !== this.#pipe.name) return;
    this.#pipe.about = about;
    if (about.geometry) this.#map?.course([about.geometry]);
    this.draw();
  }

  #set(changes) {
    replace("situation", [], { ...this.filters, ...changes });
  }

  #tip({ device, kind, case: each, pipe }) {
    if (pipe) return html`<b>${networkSign(pipe.network)} ${pipe.id}</b><small>${[networkName(pipe.network), widthText(pipe.diameter)].filter(Boolean).join(" · ")}</small>`;
    if (each) {
      const [first, second] = both(each.title_zh, each.title_en);
      return html`<b>${first}</b><small>${second}</small>${mark(each.light)} ${lightName(each.light)}${each.stage_due ? ` · ${left(each.stage_due).text}` : ""}<small>${each.number}</small>`;
    }
    const known = this.city.known.get(device);
    const state = known?.state ?? "normal";
    return html`<b>${device}</b>${mark(state)} ${stateName(state)}${known?.since ? html` · ${ago(known.since)}` : nothing}<small>${kindName(kind)}</small>`;
  }

  // The pipe with a course that a sensor is on, as the address names it.
  #pipeOf(device) {
    const { device: ids, pipe, network } = this.city.columns;
    const row = ids.indexOf(device);
    return row >= 0 && network?.[row] ? `${network[row]}/${pipe[row]}` : null;
  }

  // A row of the blind spots: to its place on the map, or to where it is mended.
  #goTo(row) {
    if (row.scope === "device" && this.city.kindOf.has(row.subject)) this.#set({ device: row.subject });
    else if (row.reason === "rule-off") go("rules", [row.subject]);
    else if (row.reason === "stranger") go("sensors", ["quarantine"], { device: row.subject });
    else if (row.lon !== null) this.#map?.goTo(row.lon, row.lat);
    else if (["maintenance", "planned_work", "calibration", "shelved"].includes(row.reason)) go("administration", ["windows"]);
  }

  draw() {
    const { city, filters } = this;
    const choose = (name, value) => this.#set({ [name]: value });
    const tab = filters.tab || (may("cases.read") ? "cases" : "blind");
    render(
      html`<div class="fill">
        <h1 class="hidden">${say("态势", "Situation")}</h1>
        <div class="stage">
          <div class="city" role="region" aria-label=${say("地图", "Map")}></div>
          ${may("telemetry.read") ? this.#kindBar(choose) : nothing}
          <div class="under">${cutNote(this.#seen)}${switches(city.networks, filters, choose)}${legend()}</div>
          ${this.#chosen.device ? card(this.#chosen.device, this.#chosen.about, city.known.get(this.#chosen.device), () => this.#set({ device: "" }), () => this.#read(), this.#pipeOf(this.#chosen.device), (pipe) => this.#set({ pipe, device: "" })) : nothing}
          ${this.#pipe.name && !this.#chosen.device ? pipeCard(this.#pipe.name, this.#pipe.about, city.stateOf, (device) => this.#set({ device }), () => this.#set({ pipe: "" }), () => this.#readPipe()) : nothing}
        </div>
        <div class="side">
          ${city.loaded.sensors && !city.columns.device.length ? firstSteps() : this.#fresh()}
          ${this.warned.panel()}
          ${city.trouble ? failed(city.trouble, () => city.load()) : nothing}
          ${city.loaded.cases || city.loaded.sensors || city.trouble ? counts(city, filters, choose) : loading()}
          <nav class="tabs" aria-label=${say("列表", "Lists")}>
            ${may("cases.read") ? this.#tab("cases", tab, say("案件", "Cases")) : nothing}
            ${may("telemetry.read") ? this.#tab("blind", tab, takingPart() ? say("盲区（真实系统）", "Blind spots (live city)") : say("盲区", "Blind spots"), this.#blindCount()) : nothing}
            ${may("telemetry.read") ? this.#tab("events", tab, say("事件", "Events")) : nothing}
          </nav>
          <section class="lists" aria-label=${say("列表", "Lists")}>
            ${tab === "cases" && may("cases.read") ? lists.cases(filters) : nothing}
            ${tab === "blind" ? lists.blindSpots(filters, city.blind, choose, (row) => this.#goTo(row)) : nothing}
            ${tab === "events" ? lists.events() : nothing}
          </section>
        </div>
      </div>`,
      this.root,
    );
    this.warned.draw(this.#map);
  }

  #tab(name, at, words, count = null) {
    const query = { ...this.filters, tab: name, device: this.filters.device };
    return html`<a href=${link("situation", [], query)} aria-current=${name === at ? "true" : nothing} data-tab=${name}>${words}${count === null ? nothing : html` <b>${number(count, 0)}</b>`}</a>`;
  }

  // What is not watched now and was before, or is meant to be; that no city has each kind of sensor in
  // each cell is no news, and would hide it among hundreds.
  #blindCount() {
    const found = Object.entries(this.city.blind);
    return found.length ? found.reduce((sum, [reason, each]) => sum + (reason === "no-sensor" ? 0 : each), 0) : null;
  }

  #kindBar(choose) {
    const kinds = this.city.kinds();
    if (!kinds.length) return nothing;
    const { kind } = this.filters;
    return html`<div class="kinds" role="group" aria-label=${say("传感器类别", "Kinds of sensors")}>
      ${["", ...kinds].map((each) => html`<button type="button" aria-pressed=${String(kind === each)} data-kind=${each} @click=${() => choose("kind", each)}>${each ? kindName(each) : say("全部", "all")}</button>`)}
    </div>`;
  }

  // Whether what is on the map is of now; the header says the same for every section.
  #fresh() {
    const { state, age } = freshness();
    // Of the real city; in an exercise the map shows that.
    if (state === "live" || (takingPart() && state !== "offline")) return nothing;
    const words = {
      stale: say(`已 ${Math.round(age / 60)} 分钟没有收到读数，图上是旧状态。`, `No reading for ${Math.round(age / 60)} min: the map shows how it was.`),
      offline: say("与服务器的连接中断，图上是断开前的状态。", "Disconnected from the server: the map shows how it was before."),
      waiting: say("还没有收到任何读数。", "No reading has come yet."),
    };
    return html`<p class="stale" role="status">${words[state]}</p>`;
  }
}

// A city in which there is nothing yet: what comes first, as far as the reader may do it.
function firstSteps() {
  return html`<div class="stale first" role="status"><p>${say("还没有带位置的设备，地图上因此什么也没有。", "No device with a place is known yet: that is why the map is empty.")}</p>
    <ul>${may("catalogue.change") ? html`<li><a href=${link("administration", ["imports"], { what: "assets" })}>${say("导入设备台账", "Import devices and channels")}</a></li>
        <li><a href=${link("administration", ["imports"], { what: "areas" })}>${say("导入区域与单元网格", "Import areas and grid cells")}</a></li>` : nothing}
      ${may("access.manage") ? html`<li><a href=${link("administration", ["people"])}>${say("邀请人员", "Invite people")}</a></li>` : nothing}
      <li><a href=${link("sensors", ["quarantine"])}>${say("查看待接入的设备", "See which devices wait in quarantine")}</a></li></ul></div>`;
}

async function* cellPages() {
  let cursor = null;
  do {
    const page = await get("grid-cells.geojson", { limit: 1000, cursor });
    yield page.features;
    cursor = page.next;
  } while (cursor);
}

function widen(box, { coordinates }) {
  const flat = coordinates.flat(Infinity);
  for (let n = 0; n < flat.length; n += 2) {
    box[0] = Math.min(box[0], flat[n]);
    box[1] = Math.min(box[1], flat[n + 1]);
    box[2] = Math.max(box[2], flat[n]);
    box[3] = Math.max(box[3], flat[n + 1]);
  }
}

function legend() {
  return html`<details class="legend"><summary>${say("图例", "Legend")}</summary>
    <ul>${STATES.map((state) => html`<li>${mark(state)} ${stateName(state)}</li>`)}</ul>
    <ul>${LIGHTS.map((light) => html`<li>${mark(light)} ${say("案件", "case")}: ${lightName(light)}</li>`)}</ul>
    <ul><li><i class="hatched"></i> ${say("网格内没有传感器", "no sensor in the cell")}</li><li><i class="dashed"></i> ${say("同一管线上的传感器（走向未导入，示意）", "sensors of one pipe (its course is not imported)")}</li></ul>
  </details>`;
}
