// A map for every section: grid cells, pipes, sensors by state, cases by light. Nothing of it comes
// from outside: no tiles, no letters, no pictures. What a section may call stands at `openMap`.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { number, say } from "./language.js";
import { around, cover, ground, outlined } from "./map_ground.js";
import { Pipes } from "./map_pipes.js";
import { mercator, Pictures, Points } from "./points.js";
import { SHAPES } from "./shapes.js";
import { colour } from "./theme.js";

const LIBRARY = "../vendor/maplibre-gl/maplibre-gl.mjs";
const METRES = 40075016; // around the equator
const CLOSEST = 19;
const MARGIN = 110; // [px] that marks are drawn beyond the map: moving it so far costs next to nothing
const STRETCHED = 140; // [ms] that marks may be stretched while the map zooms

// Opens a map in `holder` (give it a height) and returns:
//   sensors({device, lon, lat, kind}, stateOf)   arrays; stateOf(device) -> a name of SHAPES, or null: hidden
//   states([[device, state], ...])               what changed; drawn with the next frame, however many
//   restate(stateOf)                             all anew, after a filter
//   cases([{number, lon, lat, light}, ...])      light: red, yellow, green, standing
//   cells(collection), lines(collection), blind(collection)   GeoJSON; blind: areas, hatched
//   pipes({without, seen})   draws pipes, loaded by view; without: names of networks that are not;
//                            seen({shown, all}): how many of those in view are drawn
//   course([geometry, ...])  the pipes that are marked; brings them into view where none is
//   choose({device, case})                       what is marked; brings it into view
//   fit(), goTo(lon, lat), redraw() after another language or theme, close()
// on: {onDevice(id), onCase(number), onPipe({network, id}), onNothing(), tip(what) -> template};
// what: {device}, {case} or {pipe}.
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
  #sensors = new Points("sensors");
  #cases = new Points("cases");
  #device = { device: [], lon: [], lat: [], kind: [] };
  #case = [];
  #row = new Map(); // device -> its place in the columns
  #chosen = { device: null, case: null };
  #fitted = false;
  #ready = false;
  #waits = false;
  #pictures = null;
  #painted = 0; // how often colours have changed
  #sheet = null; // marks as they were drawn last, on a canvas larger than the map
  #pipes = null;
  #closed = false;

  constructor(holder, on, library) {
    this.holder = holder;
    holder.shown = this; // for measurements
    this.on = on;
    this.parts = document.createElement("div");
    this.canvas = Object.assign(document.createElement("div"), { className: "canvas" });
    this.over = Object.assign(document.createElement("canvas"), { className: "over" });
    holder.replaceChildren(this.canvas, this.over, this.parts);
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
    // A flat map has no sky, and MapLibre 6.17 works out one for each pixel of each frame: without a
    // graphics card that was three quarters of what a frame cost.
    if (this.map.painter?.drawFunctions?.sky) this.map.painter.drawFunctions.sky = () => {};
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.on("style.load", () => {
      this.#ready = true;
      this.#paint();
      this.#fit();
    });
    // With the ground, not after it: they move together.
    this.map.on("render", () => this.#draw());
    this.map.on("resize", () => this.#soon());
    this.map.on("moveend", () => this.#soon()); // sharp again
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
    this.#soon();
  }

  // Of a city that has told the codes of its cells and not where they lie, none is drawn.
  cells(collection) {
    const features = collection.features.filter(({ geometry }) => geometry);
    if (!features.length) return;
    const bbox = collection.bbox ?? around(features);
    const [west, south, east, north] = bbox;
    const [[left, bottom], [right, top]] = [mercator(west, south), mercator(east, north)];
    const side = Math.sqrt(((right - left) * (bottom - top)) / features.length);
    // Drawn as soon as they are far enough apart to be told apart, named when a name has room.
    const from = (pixels) => Math.min(20, Math.max(0, Math.log2(pixels / (512 * side))));
    const [sides, names] = outlined({ features });
    cover(this.map, "cells", sides, { cells: from(26) });
    cover(this.map, "names", names, { names: from(120) });
    this.#fit(bbox);
  }

  lines(collection) {
    cover(this.map, "lines", collection);
  }

  pipes({ without = [], seen } = {}) {
    this.#pipes ??= new Pipes(this.map, seen);
    this.#pipes.leaveOut(without);
  }

  course(geometries) {
    const features = geometries.map((geometry) => ({ type: "Feature", geometry, properties: {} }));
    cover(this.map, "course", { type: "FeatureCollection", features });
    if (!features.length || !this.#fitted) return;
    const [west, south, east, north] = around(features);
    const view = this.map.getBounds();
    const seen = west < view.getEast() && east > view.getWest() && south < view.getNorth() && north > view.getSouth();
    if (!seen) this.map.fitBounds([[west, south], [east, north]], { padding: 90, maxZoom: 16, animate: false });
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
    this.#pipes?.redraw();
    this.#parts();
  }

  close() {
    this.#closed = true;
    this.#pipes?.close();
    this.map.remove();
    this.holder.replaceChildren();
  }

  // For measurements: what MapLibre offers.
  get library() {
    return this.map;
  }

  // With the next frame, however much has changed until then; the ground stays as it is.
  #soon() {
    if (this.#waits || this.#closed) return;
    this.#waits = true;
    requestAnimationFrame(() => {
      if (this.#waits && !this.#closed) this.#draw();
    });
  }

  #draw() {
    this.#waits = false;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!this.#ready || !width || !height) return;
    const ratio = devicePixelRatio;
    if (this.#pictures?.ratio !== ratio) this.#paint();
    const { lng, lat } = this.map.getCenter();
    const view = { centre: mercator(lng, lat), unit: this.#unit(), zoom: this.map.getZoom(), width, height };
    if (!this.#shows(view)) this.#redraw(view, ratio);
    sized(this.over, width, height, ratio);
    const pencil = this.over.getContext("2d");
    const { view: drawn, canvas } = this.#sheet;
    // The sheet as it lies now: moved by whole pixels, and larger or smaller while the map zooms.
    const scale = drawn.unit / view.unit;
    const [across, down] = [drawn.width * scale, drawn.height * scale];
    const left = (drawn.centre[0] - view.centre[0]) / view.unit + (width - across) / 2;
    const top = (drawn.centre[1] - view.centre[1]) / view.unit + (height - down) / 2;
    pencil.setTransform(1, 0, 0, 1, 0, 0);
    pencil.clearRect(0, 0, this.over.width, this.over.height);
    pencil.drawImage(canvas, Math.round(left * ratio), Math.round(top * ratio), Math.round(across * ratio), Math.round(down * ratio));
    this.#place();
    // Says to tests and measurements what the last frame held.
    const held = `${this.#sensors.count} ${this.#cases.count}`;
    if (this.holder.dataset.drawn !== held) this.holder.dataset.drawn = held;
  }

  // Whether the sheet of marks, which is larger than the map, still shows what is to be seen. While
  // the map zooms it is stretched, and made anew now and then.
  #shows({ centre, unit, zoom, width, height }) {
    if (!this.#sheet || this.#sheet.of !== this.#stamp() || this.#sheet.ratio !== devicePixelRatio) return false;
    const { view: drawn, at } = this.#sheet;
    if (drawn.zoom !== zoom) return this.map.isZooming() && performance.now() - at < STRETCHED;
    const spare = [(drawn.width - width) / 2, (drawn.height - height) / 2];
    return [0, 1].every((n) => spare[n] >= 0 && Math.abs(drawn.centre[n] - centre[n]) / unit <= spare[n]);
  }

  #stamp() {
    return `${this.#sensors.version} ${this.#cases.version} ${this.#painted}`;
  }

  #redraw(seen, ratio) {
    const view = { ...seen, width: seen.width + 2 * MARGIN, height: seen.height + 2 * MARGIN };
    const canvas = this.#sheet?.canvas ?? document.createElement("canvas");
    sized(canvas, view.width, view.height, ratio);
    const picture = new ImageData(canvas.width, canvas.height);
    const sheet = { pixels: new Uint32Array(picture.data.buffer), width: canvas.width, height: canvas.height };
    this.#sensors.draw(sheet, view, this.#pictures);
    this.#cases.draw(sheet, view, this.#pictures);
    canvas.getContext("2d").putImageData(picture, 0, 0);
    this.#sheet = { view, canvas, ratio, of: this.#stamp(), at: performance.now() };
  }

  // What a pixel is in Mercator's square.
  #unit() {
    return 1 / (512 * 2 ** this.map.getZoom());
  }

  #paint() {
    this.#painted += 1;
    this.#pictures = new Pictures(devicePixelRatio, (name) => colour(SHAPES[name].colour), colour("--map"));
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

  // What is under a pixel of the canvas: cases lie above sensors, and these above pipes.
  #under(point) {
    const { x, y } = point;
    const { lng, lat } = this.map.unproject([x, y]);
    const zoom = this.map.getZoom();
    const place = mercator(lng, lat);
    const found = this.#cases.at(place, this.#unit(), zoom);
    if (found >= 0) return { case: this.#case[found] };
    const row = this.#sensors.at(place, this.#unit(), zoom);
    if (row >= 0) return { device: this.#device.device[row], kind: this.#device.kind[row] };
    const pipe = this.#pipes?.at(point);
    return pipe ? { pipe } : null;
  }

  #listen() {
    this.map.on("click", ({ point }) => {
      const what = this.#under(point);
      if (what?.case) this.on.onCase?.(what.case.number);
      else if (what?.device) this.on.onDevice?.(what.device);
      else if (what?.pipe && this.on.onPipe) this.on.onPipe(what.pipe);
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

function sized(canvas, width, height, ratio) {
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
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
  return { sensors: none, states: none, restate: none, cases: none, cells: none, lines: none, pipes: none, course: none, blind: none, choose: none, goTo: none, fit: none, redraw: draw, close: () => holder.replaceChildren(), missing: true };
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

function styled(address) {
  if (document.querySelector(`link[href="${address.href}"]`)) return;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: address.href }));
}
