// Sensors of one pipe joined by the shortest lines: which ones belong together. Only where the
// course of the pipe is not known: the map draws it dashed.

const FARTHEST = 0.02; // [degrees] between neighbours of one pipe; beyond it a line says nothing

export function pipes({ device, lon, lat, kind, pipe, network = [] }) {
  const members = new Map(); // a gas and a water main may have the same name
  device.forEach((_, n) => {
    if (!pipe[n] || network[n]) return;
    const name = `${kind[n]} ${pipe[n]}`;
    if (!members.has(name)) members.set(name, []);
    members.get(name).push(n);
  });
  const features = [];
  for (const [name, rows] of members) {
    const lines = spanning(rows, lon, lat);
    if (lines.length) features.push({ type: "Feature", geometry: { type: "MultiLineString", coordinates: lines }, properties: { name } });
  }
  return { type: "FeatureCollection", features };
}

// The tree of least length over the points (Prim's way); a pipe has some dozens of sensors.
function spanning(rows, lon, lat) {
  const [first, ...rest] = rows;
  const near = new Map(rest.map((n) => [n, first]));
  const far = (a, b) => Math.hypot((lon[a] - lon[b]) * Math.cos((lat[a] * Math.PI) / 180), lat[a] - lat[b]);
  const lines = [];
  while (near.size) {
    let [next, best] = [null, Infinity];
    for (const [n, to] of near) {
      const length = far(n, to);
      if (length < best) [next, best] = [n, length];
    }
    const to = near.get(next);
    near.delete(next);
    if (best < FARTHEST) lines.push([[lon[next], lat[next]], [lon[to], lat[to]]]);
    for (const [n, other] of near) if (far(n, next) < far(n, other)) near.set(n, next);
  }
  return lines;
}
