// Areas that are warned of: as shapes, and on a map in the colour of their warning.

import { around } from "./map_ground.js";
import { colour } from "./theme.js";

const CORNERS = 72; // of what is drawn in place of a circle
const DEGREE = 111320; // [m] of latitude

// Of {polygons, circle} as a warning has them: GeoJSON, or null where it names nothing but codes.
export function shapeOf({ polygons = [], circle = null }) {
  const rings = polygons.map((ring) => [ring]);
  if (circle) rings.push([round(circle)]);
  return rings.length ? { type: "MultiPolygon", coordinates: rings } : null;
}

// circle: [longitude, latitude, radius in kilometres]
function round([lon, lat, kilometres]) {
  const up = (kilometres * 1000) / DEGREE;
  const across = up / Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: CORNERS + 1 }, (_, n) => {
    const angle = (2 * Math.PI * (n % CORNERS)) / CORNERS;
    return [lon + across * Math.sin(angle), lat + up * Math.cos(angle)];
  });
}

// warnings: [{colour, area}], drawn in place of those before; `map` as `openMap` gives it. Draw again
// after another theme. Returns [west, south, east, north] of all of them, or null.
export function drawWarned(map, warnings) {
  const features = warnings.flatMap(({ colour: name, area }) => {
    const geometry = shapeOf(area);
    return geometry ? [{ type: "Feature", geometry, properties: { ink: colour(`--${name}`) } }] : [];
  });
  const bbox = features.length ? around(features) : null;
  const { library } = map;
  if (!library) return bbox;
  const put = () => {
    const data = { type: "FeatureCollection", features };
    if (library.getSource("warned")) return void library.getSource("warned").setData(data);
    library.addSource("warned", { type: "geojson", data, tolerance: 0.1 }); // a circle stays round
    library.addLayer({ id: "warned", type: "fill", source: "warned", paint: { "fill-color": ["get", "ink"], "fill-opacity": 0.16 } }, "names");
    library.addLayer({ id: "warned-edge", type: "line", source: "warned", paint: { "line-color": ["get", "ink"], "line-width": 2.2 } }, "names");
  };
  // `cells` is of the style: without it the style is not there yet.
  if (library.getSource("cells")) put();
  else library.once("style.load", put);
  return bbox;
}
