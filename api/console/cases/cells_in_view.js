// Grid cells on a map that somebody points at: those in view, asked for as the map moves.

import { get } from "../shell/answers.js";

const AT_REST = 250; // [ms] a map stands before it is asked for
const MOST = 1000; // so many in view are too small to be told apart, and are not drawn

// Follows `map` (as `openMap` gives it) until the returned function is called.
export function cellsInView(map) {
  const { library } = map;
  if (!library) return () => {};
  let timer = 0;
  let turn = 0;

  async function look() {
    const mine = ++turn;
    const bounds = library.getBounds();
    const [wide, high] = [(bounds.getEast() - bounds.getWest()) / 4, (bounds.getNorth() - bounds.getSouth()) / 4];
    const sides = [bounds.getWest() - wide, bounds.getSouth() - high, bounds.getEast() + wide, bounds.getNorth() + high];
    const bbox = sides.map((side, n) => Math.max(n % 2 ? -90 : -180, Math.min(n % 2 ? 90 : 180, side)).toFixed(5)).join(",");
    // Without outlines a place can still be pressed on: the next move asks again.
    const found = await get("grid-cells.geojson", { bbox, limit: MOST }).catch(() => null);
    if (mine === turn && found && !found.next) map.cells(found);
  }

  function moved() {
    clearTimeout(timer);
    timer = setTimeout(look, AT_REST);
  }

  library.on("moveend", moved);
  moved();
  return () => {
    turn = Infinity;
    clearTimeout(timer);
    library.off("moveend", moved);
  };
}
