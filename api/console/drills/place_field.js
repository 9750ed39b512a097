// <place-field name="place">: a map in a form. A press on it writes the form's grid_cell, lon and lat,
// a press on a sensor its place; what is chosen or typed there is named, and marked on the map.

import { html, render } from "../vendor/lit-html/lit-html.js";
import { get, part } from "../shell/answers.js";
import { both, number, say } from "../shell/language.js";
import { openMap } from "../shell/map.js";

const WAIT = 250; // [ms] after the last letter typed

class PlaceField extends HTMLElement {
  static formAssociated = true;
  #inside = this.attachInternals();
  #map = null;
  #columns = null;
  #pressed = null; // the sensor under the press
  #turn = 0;
  #timer = 0;

  // Only a grid cell is asked for: of leaders of an area, who may not name any place.
  cellOnly = false;

  get name() {
    return this.getAttribute("name");
  }

  // What it chooses stands in the other fields.
  get value() {
    return "";
  }

  connectedCallback() {
    render(html`<span class="field-label">${say("地点", "Place")}</span><div class="place-map"></div><p class="chosen-place" role="status"></p>`, this);
    this.#say(say("在地图上按一下，或在下面填写；留空则设在现有设备中间。", "Press on the map, or write below; left empty, it is held amid the live devices."));
    this.#inside.form.addEventListener("input", this.#typed);
    this.#open();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#map?.close();
    this.#map = null;
  }

  async #open() {
    const holder = this.querySelector(".place-map");
    const map = await openMap(holder, { onDevice: (id) => (this.#pressed = id) });
    if (!this.isConnected) return map.close();
    this.#map = map;
    if (map.missing) return undefined;
    map.library.on("click", ({ lngLat }) => this.#press(lngLat));
    const asked = [get("map/sensors"), get("map/sensors/states"), get("grid-cells.geojson", { limit: 1000 })];
    const [places, known, cells] = (await Promise.allSettled(asked)).map(({ value }) => value);
    if (!this.isConnected) return undefined;
    this.#columns = places;
    if (places) map.sensors(places, (id) => known?.states[id]?.state ?? "normal");
    if (cells) map.cells(cells);
    holder.dataset.ready = "";
    return undefined;
  }

  async #press({ lng, lat }) {
    const device = this.#pressed;
    this.#pressed = null;
    const row = device === null ? -1 : this.#columns.device.indexOf(device);
    const place = row < 0 ? { lon: lng, lat } : { lon: this.#columns.lon[row], lat: this.#columns.lat[row] };
    const mine = ++this.#turn;
    this.#write({ ...place, grid_cell: "" });
    const [found, about] = await Promise.all([get("areas/at", place).catch(() => null), device && get(`devices/${part(device)}`).catch(() => null)]);
    if (mine !== this.#turn || !this.isConnected) return;
    this.#write({ ...place, grid_cell: found?.cell ?? "" });
    const beside = device && say(`传感器 ${about?.component_name || device} 处`, `at the sensor ${about?.component_name || device}`);
    this.#say([beside, ...this.#named(found, place)].filter(Boolean).join(" · "));
  }

  #named(found, { lon, lat }) {
    const names = (found?.within ?? []).map((each) => both(each.name_zh, each.name_en)[0]);
    const cell = found?.cell ? say(`网格 ${found.cell}`, `grid cell ${found.cell}`) : this.cellOnly ? say("不在任何网格内，请另选", "in no grid cell: choose another place") : say("不在任何网格内", "in no grid cell");
    return [cell, names.join(" "), this.cellOnly ? "" : `${number(lon, 5)}, ${number(lat, 5)}`];
  }

  #write(given) {
    for (const [name, value] of Object.entries(given)) {
      const field = this.#inside.form.elements[name];
      if (field) field.value = typeof value === "number" ? value.toFixed(6) : value;
    }
    this.#mark(given.lon, given.lat);
  }

  // What somebody types is named as what is pressed.
  #typed = ({ target }) => {
    if (!["lon", "lat", "grid_cell"].includes(target.name)) return;
    const mine = ++this.#turn;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(mine), WAIT);
  };

  async #look(mine) {
    const { grid_cell: cell, lon, lat } = this.#inside.form.elements;
    const place = { lon: Number(lon?.value), lat: Number(lat?.value) };
    if (lon?.value && lat?.value) {
      this.#mark(place.lon, place.lat);
      const found = await get("areas/at", place).catch(() => null);
      if (mine === this.#turn) this.#say(this.#named(found, place).filter(Boolean).join(" · "));
    } else if (cell.value) {
      const found = await get(`areas/${part(cell.value)}`).catch(() => null);
      if (mine === this.#turn) this.#say(found ? this.#named({ cell: cell.value, within: [...found.within, found] }, place).slice(0, 2).filter(Boolean).join(" · ") : say(`没有网格 ${cell.value}`, `There is no grid cell ${cell.value}`));
    } else this.#say("");
  }

  #mark(lon, lat) {
    if (!Number.isFinite(lon) || !Number.isFinite(lat)) return;
    this.#map?.cases([{ number: "", lon, lat, light: "yellow" }]);
    this.#map?.choose({ case: "" });
  }

  #say(text) {
    this.querySelector(".chosen-place").textContent = text;
  }
}

customElements.define("place-field", PlaceField);
