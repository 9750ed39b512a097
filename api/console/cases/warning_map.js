// The area of a warning on a map; `pick(lon, lat)` makes it a question.

import { openMap } from "../shell/map.js";
import { drawWarned } from "../shell/warned_area.js";
import { cellsInView } from "./cells_in_view.js";

const ROOM = { padding: 40, maxZoom: 15, animate: false };

// set({colour, area}) draws it, and brings it into view when it is another place.
export async function warningMap(holder, pick = null) {
  const map = await openMap(holder, {});
  const stop = cellsInView(map);
  let shown = null;
  let place = "";
  if (pick) map.library?.on("click", ({ lngLat }) => pick(lngLat.lng, lngLat.lat));

  function draw() {
    const box = drawWarned(map, shown ? [shown] : []);
    if (box && String(box) !== place) {
      const out = !place || !inside(box);
      place = String(box);
      if (out) map.library?.fitBounds([[box[0], box[1]], [box[2], box[3]]], ROOM);
    }
    holder.dataset.warned = shown?.colour ?? "";
  }

  // A map that jumps at each press is hard to point at.
  function inside([west, south, east, north]) {
    const view = map.library?.getBounds();
    return view && view.contains([west, south]) && view.contains([east, north]);
  }

  return {
    map,
    set(warning) {
      shown = warning;
      draw();
    },
    // Back to the area, after the map has gone to where the sensors are.
    again() {
      const bring = () => {
        place = "";
        draw();
      };
      if (!map.library || map.library.getSource("cells")) bring();
      else map.library.once("style.load", bring);
    },
    redraw() {
      map.redraw();
      draw();
    },
    close() {
      stop();
      map.close();
    },
  };
}
