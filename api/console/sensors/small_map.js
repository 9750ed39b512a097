// A small map around one place: the sensors beside it, and where it is. `pick` makes it a question.

import { get } from "../shell/answers.js";
import { openMap } from "../shell/map.js";
import { go } from "../shell/route.js";

export class SmallMap {
  #map = null;
  #holder = null;
  #opening = null;
  #closed = false;

  // pick(lon, lat): the reader pressed on the map. chosen: called with a neighbour that was pressed.
  constructor(pick = null) {
    this.pick = pick;
  }

  // Draws `about` ({id, lon, lat}) into `holder`, as often as the page draws.
  draw(holder, about) {
    if (!holder || this.#closed) return;
    this.about = about;
    if (this.#holder !== holder) {
      this.#map?.close();
      this.#map = null;
      this.#holder = holder;
      this.#opening = this.#open(holder);
    }
    this.#mark();
  }

  async #open(holder) {
    const [map, places, { states }] = await Promise.all([
      openMap(holder, { onDevice: (id) => (this.pick ? undefined : id !== this.about.id && go("sensors", [id])) }),
      get("map/sensors"),
      get("map/sensors/states"),
    ]).catch(() => [null]);
    if (!map) return;
    if (this.#closed || this.#holder !== holder) return void map.close();
    this.#map = map;
    map.sensors(places, (id) => states[id]?.state ?? "normal");
    if (this.pick) map.library?.on("click", ({ lngLat }) => this.pick(lngLat.lng, lngLat.lat));
    if (this.about.lon !== null && !this.pick) map.library?.once("idle", () => map.library?.jumpTo({ center: [this.about.lon, this.about.lat], zoom: 15 }));
    this.#mark();
    holder.dataset.ready = "";
  }

  #mark() {
    if (!this.#map || !this.about) return;
    const { id, lon, lat } = this.about;
    const known = Number.isFinite(lon) && Number.isFinite(lat);
    if (!this.pick) return void this.#map.choose({ device: id });
    this.#map.cases(known ? [{ number: id, lon, lat, light: "standing" }] : []);
    this.#map.choose({ case: known ? id : null });
  }

  redraw() {
    this.#map?.redraw();
  }

  close() {
    this.#closed = true;
    this.#map?.close();
  }
}
