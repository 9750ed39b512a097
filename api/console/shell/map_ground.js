// What lies under the marks of a map: the ground, grid cells, what is not watched (hatched), pipes.

import { paints, pipeStyle } from "./map_pipes.js";
import { colour } from "./theme.js";

const NOTHING = { type: "FeatureCollection", features: [] };
const STRIPES = 12; // [px] of the hatching

// Without a map: the style to begin with. With one: its colours as the theme has them now.
export function ground(map = null) {
  // The ground itself is the holder's own background: filling it anew each frame costs.
  const [paper, line, quiet, ink, warn] = ["--map", "--line", "--quiet", "--edge", "--orange"].map(colour);
  const paint = {
    cells: { "line-color": line, "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.4, 14, 1.2] },
    blind: { "fill-pattern": "hatching" },
    lines: { "line-color": ink, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.8, 16, 2.4], "line-dasharray": [3, 2], "line-opacity": 0.75 },
    names: { "text-color": quiet, "text-halo-color": paper, "text-halo-width": 1.4 },
    ...paints(paper),
  };
  if (map) {
    if (map.hasImage("hatching")) map.updateImage("hatching", hatching(warn));
    else map.addImage("hatching", hatching(warn), { pixelRatio: 2 });
    for (const [layer, values] of Object.entries(paint)) {
      for (const [name, value] of Object.entries(values)) map.setPaintProperty(layer, name, value);
    }
    return null;
  }
  // Cut no finer than for zoom 13, where a step is half a metre: zooming on needs no new tiles.
  const source = () => ({ type: "geojson", data: NOTHING, maxzoom: 13, buffer: 32 });
  const pipes = pipeStyle(paper);
  return {
    version: 8,
    sources: { cells: source(), names: source(), blind: source(), lines: source(), ...pipes.sources },
    layers: [
      { id: "blind", type: "fill", source: "blind", paint: { "fill-opacity": 0.55 } },
      { id: "cells", type: "line", source: "cells", paint: paint.cells },
      { id: "lines", type: "line", source: "lines", minzoom: 12, paint: paint.lines },
      ...pipes.layers,
      {
        id: "names", type: "symbol", source: "names", paint: paint.names,
        layout: { "text-field": ["coalesce", ["get", "label"], ""], "text-font": ["sans-serif"], "text-size": 11 },
      },
    ],
  };
}

// Outlines of cells, each side of two neighbours once, and the middle of each for its name.
export function outlined({ features }) {
  const seen = new Set();
  const [sides, middles] = [[], []];
  for (const { geometry, properties } of features) {
    const rings = geometry.type === "Polygon" ? geometry.coordinates : geometry.coordinates.flat();
    const lines = [];
    for (const ring of rings) {
      for (let n = 1; n < ring.length; n += 1) {
        const ends = [ring[n - 1].join(), ring[n].join()].sort().join(" ");
        if (!seen.has(ends)) lines.push([ring[n - 1], ring[n]]);
        seen.add(ends);
      }
    }
    const sum = rings[0].slice(1).reduce(([x, y], [lon, lat]) => [x + lon, y + lat], [0, 0]);
    const middle = sum.map((each) => each / (rings[0].length - 1));
    if (lines.length) sides.push({ type: "Feature", geometry: { type: "MultiLineString", coordinates: lines }, properties: {} });
    middles.push({ type: "Feature", geometry: { type: "Point", coordinates: middle }, properties });
  }
  return [sides, middles].map((each) => ({ type: "FeatureCollection", features: each }));
}

// [west, south, east, north] of areas.
export function around(features) {
  const box = [180, 90, -180, -90];
  for (const { geometry } of features) {
    const flat = geometry.coordinates.flat(Infinity);
    for (let n = 0; n < flat.length; n += 2) {
      box[0] = Math.min(box[0], flat[n]);
      box[1] = Math.min(box[1], flat[n + 1]);
      box[2] = Math.max(box[2], flat[n]);
      box[3] = Math.max(box[3], flat[n + 1]);
    }
  }
  return box;
}

// GeoJSON into one of the layers; before the style is there, as soon as it is. `from`: layer -> the
// zoom from which it is drawn.
export function cover(map, name, collection, from = {}) {
  const put = () => {
    for (const [layer, zoom] of Object.entries(from)) map.setLayerZoomRange(layer, zoom, 24);
    map.getSource(name).setData(collection ?? NOTHING);
  };
  if (map.getSource(name)) put();
  else map.once("style.load", put);
}

function hatching(ink) {
  const canvas = Object.assign(document.createElement("canvas"), { width: STRIPES, height: STRIPES });
  const pencil = canvas.getContext("2d");
  pencil.strokeStyle = ink;
  pencil.lineWidth = 1.6;
  pencil.globalAlpha = 0.6;
  for (const off of [-STRIPES, 0, STRIPES]) {
    pencil.beginPath();
    pencil.moveTo(off - 2, STRIPES + 2);
    pencil.lineTo(off + STRIPES + 2, -2);
    pencil.stroke();
  }
  return pencil.getImageData(0, 0, STRIPES, STRIPES);
}
