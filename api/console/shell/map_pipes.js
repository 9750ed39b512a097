// Pipes on a map: asked for by view and zoom, drawn by network, found by a press.

import { get } from "./answers.js";
import { networkLetter, NETWORKS } from "./networks.js";
import { colour } from "./theme.js";

const FROM = 8; // zoom below which a city's network is a spot
const FINEST = 18; // zoom from which more points show nothing more
const WAIT = 140; // [ms] the map lies still before a view is asked for
const SPARE = 0.35; // of a view, loaded beyond each side
const NEAR = 5; // [px] from a line a press still means it
const NOTHING = { type: "FeatureCollection", features: [] };

// Wide pipes wide, of unknown width as of 200 mm; all of them thinner from afar.
const SIZE = ["interpolate", ["linear"], ["coalesce", ["get", "diameter"], 0.2], 0.1, 0.75, 0.4, 1.15, 1.2, 2];
const WIDTH = ["interpolate", ["linear"], ["zoom"], 9, ["*", SIZE, 0.75], 13, ["*", SIZE, 1.7], 17, ["*", SIZE, 3.4]];

// What the ground's style has of pipes.
export function pipeStyle(paper) {
  const source = () => ({ type: "geojson", data: NOTHING, maxzoom: 14, buffer: 16 });
  return {
    sources: { pipes: source(), course: source() },
    layers: [
      { id: "course", type: "line", source: "course", layout: { "line-cap": "round", "line-join": "round" }, paint: paints(paper).course },
      // One layer for all networks, its ends and corners plain: each frame draws each layer of each tile.
      { id: "pipes", type: "line", source: "pipes", minzoom: FROM, paint: paints(paper).pipes },
      {
        id: "pipe-names", type: "symbol", source: "pipes", minzoom: 14.5, paint: paints(paper)["pipe-names"],
        layout: { "symbol-placement": "line", "symbol-spacing": 340, "text-field": ["get", "label"], "text-font": ["sans-serif"], "text-size": 10.5, "text-max-angle": 30, "text-padding": 6, "text-offset": [0, -0.75] },
      },
    ],
  };
}

// The colours of these layers as the theme has them now.
export function paints(paper) {
  const inks = NETWORKS.flatMap((network) => [network, colour(`--pipe-${network}`)]);
  const ink = ["match", ["get", "network"], ...inks, colour("--quiet")];
  return {
    course: { "line-color": colour("--accent"), "line-opacity": 0.4, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 7, 17, 16] },
    pipes: { "line-color": ink, "line-width": WIDTH },
    "pipe-names": { "text-color": ink, "text-halo-color": paper, "text-halo-width": 1.6 },
  };
}

export class Pipes {
  #held = null; // what is drawn: {box, level, cut}
  #answer = null; // as it came, for another language
  #asking = null;
  #timer = null;
  #without = [];

  // seen({shown, all}): told of each view, all of which may be more than are shown.
  constructor(map, seen) {
    this.map = map;
    this.seen = seen;
    this.look = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#look(), WAIT);
    };
    map.on("moveend", this.look);
    if (map.getSource("pipes")) this.look();
    else map.once("style.load", this.look);
  }

  close() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
  }

  // Networks that are not drawn; where not all had room the others take their place.
  leaveOut(networks) {
    if (networks.join() === this.#without.join()) return;
    this.#without = [...networks];
    this.#show();
    this.#held = null;
    this.look();
  }

  redraw() {
    if (this.#answer) this.map.getSource("pipes")?.setData(drawn(this.#answer));
  }

  // The pipe under a pixel of the map.
  at({ x, y }) {
    if (!this.#held || !this.map.getLayer("pipes")) return null;
    const [found] = this.map.queryRenderedFeatures([[x - NEAR, y - NEAR], [x + NEAR, y + NEAR]], { layers: ["pipes"] });
    return found ? { network: found.properties.network, id: found.properties.id, diameter: found.properties.diameter ?? null } : null;
  }

  #show() {
    const shown = ["!", ["in", ["get", "network"], ["literal", this.#without]]];
    for (const layer of ["pipes", "pipe-names"]) if (this.map.getLayer(layer)) this.map.setFilter(layer, shown);
  }

  async #look() {
    if (!this.map.getSource("pipes") || this.map.getZoom() < FROM) return;
    const bounds = this.map.getBounds();
    const view = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    const level = Math.min(FINEST, Math.ceil(this.map.getZoom()));
    const held = this.#held;
    // From nearer, more of a cut view is shown; from farther, fewer points would do but more are there.
    const enough = held && covers(held.box, view) && (held.cut ? held.level === level : held.level >= level);
    this.#asking?.abort(); // what was asked for is not what is looked at now
    if (enough) return;
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const box = widened(view);
    const asked = { bbox: box.map((side) => side.toFixed(5)).join(","), zoom: level, without: this.#without };
    const answer = await get("map/pipes", asked, { signal }).catch((why) => why);
    if (signal.aborted) return;
    if (answer instanceof Error) return void console.warn(answer); // the map says no less without
    const shown = answer.id.length;
    this.#held = { box, level, cut: shown < answer.all_of_them };
    this.#answer = answer;
    this.#show();
    this.map.getSource("pipes")?.setData(drawn(answer));
    this.seen?.({ shown, all: answer.all_of_them, networks: new Set(answer.network) });
  }
}

function covers([west, south, east, north], view) {
  return west <= view[0] && south <= view[1] && east >= view[2] && north >= view[3];
}

function widened([west, south, east, north]) {
  const [across, up] = [(east - west) * SPARE, (north - south) * SPARE];
  return [Math.max(-180, west - across), Math.max(-90, south - up), Math.min(180, east + across), Math.min(90, north + up)];
}

// Columns as they came into GeoJSON: each part begins at a place and goes on by differences.
function drawn({ step, network, id, diameter, course }) {
  const features = course.map((parts, n) => ({
    type: "Feature",
    geometry: { type: "MultiLineString", coordinates: parts.map((part) => line(part, step)) },
    properties: { network: network[n], id: id[n], label: `${networkLetter(network[n])} ${id[n]}`, ...(diameter[n] === null ? {} : { diameter: diameter[n] }) },
  }));
  return { type: "FeatureCollection", features };
}

function line(part, step) {
  const points = [];
  let [lon, lat] = [0, 0];
  for (let n = 0; n < part.length; n += 2) {
    lon += part[n];
    lat += part[n + 1];
    points.push([lon * step, lat * step]);
  }
  return points;
}
