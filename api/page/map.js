// A plain map: longitude and latitude with a grid, devices by kind and state, cases by severity.

import { draw, niceStep } from "./plot.js";
import { word } from "./words.js";

const METRES = 111320; // of a degree of latitude
export const SHAPES = {
  water: "M0-6C3-2 4.6 0 4.6 2A4.6 4.6 0 0 1-4.6 2C-4.6 0-3-2 0-6Z",
  gas: "M0-5.4 5.2 4H-5.2Z",
  power: "M1.6-6-4.2 1H-.6L-1.6 6 4.2-1.4H.4Z",
  flood: "M-6-1Q-4-4-2-1T2-1 6-1V3Q4 0 2 3T-2 3-6 3Z",
  noise: "M-4.4-4.4H4.4V4.4H-4.4Z",
  cover: "M0-5A5 5 0 1 1 0 5A5 5 0 1 1 0-5ZM0-1.8A1.8 1.8 0 1 0 0 1.8A1.8 1.8 0 1 0 0-1.8Z",
  other: "M0-4.2A4.2 4.2 0 1 1 0 4.2A4.2 4.2 0 1 1 0-4.2Z",
};

// The graver the larger, and above the others.
const RINGS = { blue: 8, yellow: 10, orange: 12, red: 14 };

export function kindOf(device) {
  return device.tags.kind in SHAPES ? device.tags.kind : "other";
}

// A device speaks of the city, or of itself: health rules are about the device. Rain is no alarm.
export function stateOf(device) {
  const rules = device.standing.filter((rule) => !rule.startsWith("weather."));
  if (rules.some((rule) => !rule.startsWith("health."))) return "alarming";
  return rules.length ? "unwell" : "normal";
}

export class CityMap {
  constructor(holder, { onDevice, onCase, onHover }) {
    this.holder = holder;
    this.on = { onDevice, onCase, onHover };
    this.devices = [];
    this.cases = [];
    this.chosen = { device: null, case: null, kind: null };
    this.view = null; // centre [lon, lat] and metres a pixel
    this.svg = draw("svg", { role: "img" });
    holder.append(this.svg);
    new ResizeObserver(() => this.render()).observe(holder);
    this.#listen();
  }

  show(devices, cases, chosen) {
    const first = this.devices.length === 0;
    this.devices = devices.filter((device) => device.lon !== null && device.lat !== null);
    // Cases may be known sooner: the view they alone would have is not that of the city.
    if (first && this.devices.length) this.view = null;
    this.cases = cases.filter((each) => each.lon !== null && each.lat !== null);
    this.chosen = chosen;
    this.render();
  }

  // Moves only when the place is not in view already: a map that jumps is hard to read.
  goTo(lon, lat) {
    if (!this.view || lon === null) return;
    const [x, y] = this.#point(lon, lat);
    const { clientWidth: width, clientHeight: height } = this.holder;
    if (x < 24 || y < 24 || x > width - 24 || y > height - 24) this.view.centre = [lon, lat];
    this.render();
  }

  zoom(factor) {
    if (this.view) this.view.scale = Math.min(500, Math.max(0.3, this.view.scale * factor));
    this.render();
  }

  fit() {
    const places = this.devices.length ? this.devices : this.cases;
    const { clientWidth: width, clientHeight: height } = this.holder;
    if (!places.length || !width) return;
    const [west, east] = extent(places.map((p) => p.lon));
    const [south, north] = extent(places.map((p) => p.lat));
    const lat = (south + north) / 2;
    const across = Math.max((east - west) * METRES * Math.cos((lat * Math.PI) / 180), 300);
    const upward = Math.max((north - south) * METRES, 300);
    const scale = Math.max(across / (width - 80), upward / (height - 80));
    this.view = { centre: [(west + east) / 2, lat], scale };
  }

  #point(lon, lat) {
    const { centre, scale } = this.view;
    const { clientWidth: width, clientHeight: height } = this.holder;
    const east = (lon - centre[0]) * METRES * Math.cos((centre[1] * Math.PI) / 180);
    return [width / 2 + east / scale, height / 2 - ((lat - centre[1]) * METRES) / scale];
  }

  #place(x, y) {
    const { centre, scale } = this.view;
    const { clientWidth: width, clientHeight: height } = this.holder;
    const east = ((x - width / 2) * scale) / (METRES * Math.cos((centre[1] * Math.PI) / 180));
    return [centre[0] + east, centre[1] - ((y - height / 2) * scale) / METRES];
  }

  render() {
    if (!this.view) this.fit();
    const { clientWidth: width, clientHeight: height } = this.holder;
    this.svg.setAttribute("aria-label", word("map"));
    if (!this.view) {
      const text = draw("text", { class: "empty", x: width / 2, y: height / 2, "text-anchor": "middle" }, word("nowhere"));
      this.svg.replaceChildren(text);
      return;
    }
    this.svg.replaceChildren(this.#grid(width, height), this.#drawCases(), this.#drawDevices(), this.#scale(height));
  }

  #grid(width, height) {
    const group = draw("g");
    const [west, north] = this.#place(0, 0);
    const [east, south] = this.#place(width, height);
    const step = niceStep(east - west, width / 110);
    const digits = Math.max(0, -Math.floor(Math.log10(step)));
    for (let lon = Math.ceil(west / step) * step; lon < east; lon += step) {
      const [x] = this.#point(lon, north);
      group.append(draw("line", { class: "grid", x1: x, x2: x, y1: 0, y2: height }));
      if (x > 60) group.append(draw("text", { class: "degrees", x: x + 4, y: 13 }, `${lon.toFixed(digits)}°E`));
    }
    for (let lat = Math.ceil(south / step) * step; lat < north; lat += step) {
      const [, y] = this.#point(west, lat);
      group.append(draw("line", { class: "grid", x1: 0, x2: width, y1: y, y2: y }));
      if (y > 24) group.append(draw("text", { class: "degrees", x: 5, y: y - 4 }, `${lat.toFixed(digits)}°N`));
    }
    return group;
  }

  #scale(height) {
    const metres = niceStep(this.view.scale * Math.min(60, this.holder.clientWidth / 10), 1);
    const length = metres / this.view.scale;
    const label = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
    const bar = draw("path", { d: `M14 ${height - 20}v6h${length}v-6` });
    return draw("g", { class: "scale" }, bar, draw("text", { x: 20 + length, y: height - 12 }, label));
  }

  #drawDevices() {
    const group = draw("g");
    const order = { normal: 0, unwell: 1, alarming: 2 };
    const sorted = [...this.devices].sort((a, b) => order[stateOf(a)] - order[stateOf(b)]);
    for (const device of sorted) {
      const [x, y] = this.#point(device.lon, device.lat);
      const kind = kindOf(device);
      const faded = this.chosen.kind && this.chosen.kind !== kind ? "faded" : "";
      const chosen = device.id === this.chosen.device ? "chosen" : "";
      const mark = draw("path", {
        class: `device ${stateOf(device)} ${faded} ${chosen}`,
        d: SHAPES[kind],
        "fill-rule": "evenodd",
        transform: `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(1.2)`,
        "data-device": device.id,
      });
      group.append(mark);
    }
    return group;
  }

  #drawCases() {
    const group = draw("g");
    const size = (each) => RINGS[each.severity] ?? RINGS.blue;
    for (const each of [...this.cases].sort((a, b) => size(a) - size(b))) {
      const [x, y] = this.#point(each.lon, each.lat);
      const chosen = each.number === this.chosen.case ? "chosen" : "";
      const mark = draw("g", {
        class: `case ${each.severity} ${chosen} ${each.fresh ? "fresh" : ""}`,
        transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
        "data-case": each.number,
      });
      if (each.fresh) mark.append(draw("circle", { class: "wave", r: 9 }));
      mark.append(draw("circle", { r: size(each) }));
      group.append(mark);
    }
    return group;
  }

  #listen() {
    const marked = (event) => event.target.closest?.("[data-device],[data-case]");
    let from = null;
    let moved = false;
    this.svg.addEventListener("pointerdown", (event) => {
      from = [event.clientX, event.clientY];
      moved = false;
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (from && event.buttons && this.view) {
        const [dx, dy] = [event.clientX - from[0], event.clientY - from[1]];
        if (!moved && Math.hypot(dx, dy) < 4) return;
        if (!moved) this.svg.setPointerCapture(event.pointerId);
        moved = true;
        from = [event.clientX, event.clientY];
        this.view.centre = this.#place(this.holder.clientWidth / 2 - dx, this.holder.clientHeight / 2 - dy);
        this.render();
        return;
      }
      const box = this.holder.getBoundingClientRect();
      this.on.onHover(marked(event)?.dataset ?? null, event.clientX - box.left, event.clientY - box.top);
    });
    this.svg.addEventListener("pointerleave", () => this.on.onHover(null, 0, 0));
    this.svg.addEventListener("pointerup", () => (from = null));
    this.svg.addEventListener("click", (event) => {
      if (moved) return;
      const mark = marked(event);
      if (mark?.dataset.case) this.on.onCase(mark.dataset.case);
      else this.on.onDevice(mark?.dataset.device ?? null);
    });
    this.svg.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        if (!this.view) return;
        const box = this.holder.getBoundingClientRect();
        const [x, y] = [event.clientX - box.left, event.clientY - box.top];
        const before = this.#place(x, y);
        this.zoom(1.0015 ** event.deltaY);
        const after = this.#place(x, y);
        this.view.centre = [this.view.centre[0] + before[0] - after[0], this.view.centre[1] + before[1] - after[1]];
        this.render();
      },
      { passive: false },
    );
  }
}

// A device far outside (a wrong coordinate) must not make all others one dot.
function extent(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const cut = Math.floor(sorted.length / 200);
  return [sorted[cut], sorted[sorted.length - 1 - cut]];
}
