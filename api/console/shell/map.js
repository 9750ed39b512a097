// A map for every section: grid cells, pipes, sensors by state, cases by light. Nothing of it comes
// from outside: no tiles, no letters, no pictures. What a section may call stands at `openMap`.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { number, say } from "./language.js";
import { cover, ground } from "./map_ground.js";
import { MARKS, Points } from "./points.js";
import { colour } from "./theme.js";

const LIBRARY = "../vendor/maplibre-gl/maplibre-gl.mjs";
const METRES = 40075016; // around the equator
const CLOSEST = 19;

// Opens a map in `holder` (give it a height) and returns:
//   sensors({device, lon, lat, kind}, stateOf)   arrays; stateOf(device) -> a name of MARKS, or null: hidden
//   states([[device, state], ...])               what changed; drawn with the next frame, however many
//   restate(stateOf)                             all anew, after a filter
//   cases([{number, lon, lat, light}, ...])      light: red, yellow, green, standing
//   cells(collection), lines(collection), blind(codes)   GeoJSON; blind: Map of code -> true, hatched
//   choose({device, case})                       what is marked; brings it into view
//   fit(), goTo(lon, lat), redraw() after another language or theme, close()
// on: {onDevice(id), onCase(number), onNothing(), tip(what) -> template}; what: {device} or {case}.
// Without WebGL the same calls do nothing and the holder says why: the lists beside show the same.
export async function openMap(holder, on = {}) {
  holder.classList.add("map");
  styled(new URL("map.css", import.meta.url));
  if (!document.createElement("canvas").getContext("webgl2")) return withoutWebGL(holder);
  styled(new URL("../vendor/maplibre-gl/maplibre-gl.css", import.meta.url));
  const library = await import(LIBRARY);
  return new CityMap(holder, on, library);
}

class CityMap {
  #sensors = new Points("sensors", [0, 1, 2, 3]);
  #cases = new Points("cases", [4, 5, 6]);
  #device = { device: [], lon: [], lat: [], kind: [] };
  #case = [];
  #row = new Map(); // device -> its place in the columns
  #chosen = { device: null, case: null };
  #fitted = false;
  #ready = false;
  #closed = false;

  constructor(holder, on, library) {
    this.holder = holder;
    this.on = on;
    this.parts = document.createElement("div");
    this.canvas = Object.assign(document.createElement("div"), { className: "canvas" });
    holder.replaceChildren(this.canvas, this.parts);
    this.map = new library.Map({
      container: this.canvas,
      style: ground(),
      center: [105, 35],
      zoom: 3,
      maxZoom: CLOSEST,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      renderWorldCopies: false,
      fadeDuration: 0,
      localIdeographFontFamily: "sans-serif",
      locale: { "Map.Title": say("地图", "Map") },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.on("style.load", () => {
      this.#ready = true;
      this.map.addLayer(this.#sensors);
      this.map.addLayer(this.#cases);
      this.#paint();
      this.#fit();
    });
    this.map.on("render", () => this.#drawn());
    this.map.on("move", () => this.#place());
    this.map.on("error", ({ error }) => console.warn(error));
    this.#listen();
    this.#parts();
  }

  sensors(columns, stateOf) {
    this.#device = columns;
    this.#row = new Map(columns.device.map((id, n) => [id, n]));
    this.#sensors.set(columns.lon, columns.lat, columns.device.map(stateOf));
    this.#fit();
    this.#soon();
  }

  states(changes) {
    for (const [device, state] of changes) {
      const row = this.#row.get(device);
      if (row !== undefined) this.#sensors.mark(row, state);
    }
    this.#soon();
  }

  restate(stateOf) {
    this.#device.device.forEach((id, n) => this.#sensors.mark(n, stateOf(id)));
    this.#soon();
  }

  cases(list) {
    this.#case = list.filter(({ lon, lat }) => lon !== null && lat !== null);
    this.#cases.set(this.#case.map(({ lon }) => lon), this.#case.map(({ lat }) => lat), this.#case.map(({ light }) => light));
    this.#fit();
    this.#place();
    this.#soon();
  }

  cells(collection) {
    cover(this.map, "cells", collection);
    this.#fit(collection.bbox);
  }

  lines(collection) {
    cover(this.map, "lines", collection);
  }

  blind(collection) {
    cover(this.map, "blind", collection);
  }

  choose({ device = null, case: number = null }) {
    this.#chosen = { device, case: number };
    const at = this.#where();
    if (at) this.#bring(at);
    this.#place();
  }

  // Moves only when the place is not in view already: a map that jumps is hard to read.
  goTo(lon, lat) {
    if (lon !== null && lat !== null) this.#bring([lon, lat]);
  }

  fit() {
    this.#fitted = false;
    this.#fit();
  }

  redraw() {
    this.#paint();
    this.#parts();
  }

  close() {
    this.#closed = true;
    this.map.remove();
    this.holder.replaceChildren();
  }

  // For measurements: what MapLibre offers.
  get library() {
    return this.map;
  }

  #soon() {
    if (!this.#closed) this.map.triggerRepaint();
  }

  // Says to tests and to measurements what the last frame held.
  #drawn() {
    const held = `${this.#sensors.count} ${this.#cases.count}`;
    if (this.#ready && this.holder.dataset.drawn !== held) this.holder.dataset.drawn = held;
  }

  #paint() {
    const named = Object.fromEntries([...new Set(Object.values(MARKS).map((mark) => mark.colour))].map((name) => [name, rgb(colour(name))]));
    for (const points of [this.#sensors, this.#cases]) points.paint(named, rgb(colour("--map")));
    if (this.#ready) ground(this.map);
    this.#soon();
  }

  // Sensors know where the city is; a case alone, or a cell, only until they have come.
  #fit(bbox = null) {
    const columns = this.#device.lon.length ? this.#device : { lon: this.#case.map(({ lon }) => lon), lat: this.#case.map(({ lat }) => lat) };
    const wanted = this.#device.lon.length ? "sensors" : columns.lon.length ? "cases" : bbox ? "cells" : null;
    const known = ["cells", "cases", "sensors"];
    if (!this.#ready || !wanted || (this.#fitted && known.indexOf(this.#fitted) >= known.indexOf(wanted))) return;
    const [west, south, east, north] = wanted === "cells" ? bbox : bounds(columns);
    this.map.fitBounds([[west, south], [east, north]], { padding: 44, maxZoom: 15.5, animate: false });
    this.#fitted = wanted;
    this.#soon();
  }

  #bring([lon, lat]) {
    const { x, y } = this.map.project([lon, lat]);
    const { clientWidth: width, clientHeight: height } = this.holder;
    if (x < 40 || y < 40 || x > width - 40 || y > height - 40) this.map.jumpTo({ center: [lon, lat] });
  }

  #where() {
    const row = this.#row.get(this.#chosen.device);
    if (row !== undefined) return [this.#device.lon[row], this.#device.lat[row]];
    const found = this.#case.find(({ number }) => number === this.#chosen.case);
    return found ? [found.lon, found.lat] : null;
  }

  // The mark around what is chosen, and the length of the scale.
  #place() {
    const at = this.#where();
    const mark = this.parts.querySelector(".chosen");
    if (!mark) return;
    mark.hidden = !at;
    if (at) {
      const { x, y } = this.map.project(at);
      mark.style.transform = `translate(${x}px, ${y}px)`;
    }
    const [bar, label] = this.parts.querySelectorAll(".scale i, .scale span");
    const { lat } = this.map.getCenter();
    const metres = (METRES * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** this.map.getZoom());
    const step = niceStep(metres * 90);
    bar.style.width = `${step / metres}px`;
    label.textContent = step >= 1000 ? `${number(step / 1000, 0)} km` : `${number(step, 0)} m`;
  }

  #parts() {
    const zoom = (by) => () => this.map.easeTo({ zoom: this.map.getZoom() + by, duration: 160 });
    render(
      html`<div class="chosen" hidden></div>
        <div class="tip" hidden></div>
        <div class="buttons" role="group" aria-label=${say("地图缩放", "Zoom of the map")}>
          <button type="button" aria-label=${say("放大", "Zoom in")} @click=${zoom(1)}>+</button>
          <button type="button" aria-label=${say("缩小", "Zoom out")} @click=${zoom(-1)}>−</button>
          <button type="button" aria-label=${say("显示全部", "Show everything")} @click=${() => this.fit()}><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"></path></svg></button>
        </div>
        <div class="scale" aria-hidden="true"><i></i><span></span></div>`,
      this.parts,
    );
    const canvas = this.map.getCanvas();
    canvas.setAttribute("aria-label", say("地图：方向键移动，加减键缩放；同样的内容在旁边的列表中", "Map: arrow keys move, plus and minus zoom; the lists beside hold the same"));
    this.#place();
  }

  // What is under a pixel of the canvas: cases lie above sensors.
  #under({ x, y }) {
    const { lng, lat } = this.map.unproject([x, y]);
    const zoom = this.map.getZoom();
    const [east, south] = [lng / 360 + 0.5, 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI)];
    const unit = 1 / (512 * 2 ** zoom);
    const found = this.#cases.at(east, south, unit, zoom);
    if (found >= 0) return { case: this.#case[found] };
    const row = this.#sensors.at(east, south, unit, zoom);
    return row >= 0 ? { device: this.#device.device[row], kind: this.#device.kind[row] } : null;
  }

  #listen() {
    this.map.on("click", ({ point }) => {
      const what = this.#under(point);
      if (what?.case) this.on.onCase?.(what.case.number);
      else if (what) this.on.onDevice?.(what.device);
      else this.on.onNothing?.();
    });
    let at = null;
    let waiting = false;
    this.map.on("mousemove", ({ point, originalEvent }) => {
      at = originalEvent.buttons ? null : point;
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        if (!this.#closed) this.#hover(at);
      });
    });
    this.map.getCanvas().addEventListener("pointerleave", () => {
      at = null;
      this.#hover(null);
    });
  }

  #hover(at) {
    const what = at && this.#under(at);
    const tip = this.parts.querySelector(".tip");
    this.map.getCanvas().style.cursor = what ? "pointer" : "";
    tip.hidden = !what || !this.on.tip;
    if (tip.hidden) return;
    render(this.on.tip(what) ?? nothing, tip);
    const { clientWidth: width, clientHeight: height } = this.holder;
    const left = Math.min(at.x + 14, width - tip.offsetWidth - 6);
    const top = at.y + 18 + tip.offsetHeight > height ? at.y - tip.offsetHeight - 12 : at.y + 18;
    tip.style.transform = `translate(${Math.max(6, left)}px, ${top}px)`;
  }
}

// Every call there is, and none does anything: sections need not ask whether there is a map.
function withoutWebGL(holder) {
  const draw = () =>
    render(
      html`<div class="state"><h2>${say("无法显示地图", "No map here")}</h2><p>${say(
        "此浏览器没有 WebGL 2，或显卡驱动已关闭它。列表中有同样的内容。",
        "This browser has no WebGL 2, or it is switched off with the graphics driver. The lists show the same.",
      )}</p></div>`,
      holder,
    );
  draw();
  const none = () => {};
  return { sensors: none, states: none, restate: none, cases: none, cells: none, lines: none, blind: none, choose: none, goTo: none, fit: none, redraw: draw, close: () => holder.replaceChildren(), missing: true };
}

// A device far outside (a wrong coordinate) must not make all others one dot.
function bounds({ lon, lat }) {
  const [west, east] = extent(lon);
  const [south, north] = extent(lat);
  return [west, south, east, north];
}

function extent(numbers) {
  const sorted = Float64Array.from(numbers).sort();
  const cut = Math.floor(sorted.length / 200);
  return [sorted[cut], sorted[sorted.length - 1 - cut]];
}

function niceStep(most) {
  const size = 10 ** Math.floor(Math.log10(most));
  return size * [5, 2, 1].find((step) => step * size <= most);
}

// A colour of CSS as three numbers from 0 to 1.
const pencil = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
export function rgb(text) {
  pencil.canvas.width = pencil.canvas.height = 1;
  pencil.fillStyle = text;
  pencil.fillRect(0, 0, 1, 1);
  return [...pencil.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255);
}

function styled(address) {
  if (document.querySelector(`link[href="${address.href}"]`)) return;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: address.href }));
}
