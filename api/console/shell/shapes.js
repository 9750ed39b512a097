// The marks of things on the map: shape as well as colour tells what a thing is. The same paths are
// drawn on the map and beside words. In a square of 16 by 16.

// full: filled, else a line of `line`; size: width on the map in pixels [far away, close by];
// order: what matters more lies above.
export const SHAPES = {
  normal: { full: "M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11z", size: [3.5, 12], colour: "--normal", order: 0 },
  maintenance: { path: "M8 2.2a5.8 5.8 0 1 1 0 11.6a5.8 5.8 0 1 1 0-11.6zM4.6 8h6.8", line: 2, size: [9, 16], colour: "--blue", order: 1 },
  unwell: { full: "M8 1.5 14.5 8 8 14.5 1.5 8z", size: [9, 16], colour: "--unwell", order: 1 },
  silent: { path: "m3.2 3.2 9.6 9.6m0-9.6-9.6 9.6", line: 2.6, size: [9, 15], colour: "--ink", order: 2 },
  alarming: { full: "M8 1.5 14.8 13.4H1.2z", size: [11, 18], colour: "--red", order: 3 },
  green: { path: "M8 1.8a6.2 6.2 0 1 1 0 12.4a6.2 6.2 0 1 1 0-12.4z", line: 1.7, size: [9, 30], colour: "--green", order: 4 },
  standing: { path: "M8 1.8a6.2 6.2 0 1 1 0 12.4a6.2 6.2 0 1 1 0-12.4z", line: 1.7, dash: [2.9, 2], size: [9, 30], colour: "--quiet", order: 4 },
  yellow: { path: "M8 1.4 14.6 8 8 14.6 1.4 8z", line: 1.9, size: [14, 36], colour: "--yellow", order: 5 },
  red: { path: "M2 2h12v12H2z", line: 2.4, size: [14, 32], colour: "--red", order: 6 },
};
export const NAMES = Object.keys(SHAPES);

const FAR = 9.5; // zooms between which marks grow
const CLOSE = 15.5;

export function sizeAt(name, zoom) {
  const [far, close] = SHAPES[name].size;
  return far + (close - far) * Math.min(1, Math.max(0, (zoom - FAR) / (CLOSE - FAR)));
}

// A small picture of a mark as pixels, `size` wide and with a rim in the colour of the ground, which
// keeps marks apart that lie over one another; what is tiny has none.
export function picture(name, size, ratio, ink, ground) {
  const { full, path, line = 0, dash = [] } = SHAPES[name];
  const rim = size > 6 ? 1.2 : 0;
  const whole = Math.ceil((size + 2 * rim) * ratio);
  const canvas = new OffscreenCanvas(whole, whole);
  const pencil = canvas.getContext("2d");
  const scale = (size * ratio) / 16;
  pencil.setTransform(scale, 0, 0, scale, rim * ratio, rim * ratio);
  const drawn = new Path2D(full ?? path);
  pencil.lineJoin = "round";
  pencil.strokeStyle = ground;
  pencil.lineWidth = line + (2 * rim * ratio) / scale;
  if (rim) pencil.stroke(drawn);
  pencil.fillStyle = pencil.strokeStyle = ink;
  pencil.lineWidth = line;
  pencil.setLineDash(dash);
  if (full) pencil.fill(drawn);
  else pencil.stroke(drawn);
  return { image: new Uint32Array(pencil.getImageData(0, 0, whole, whole).data.buffer), size: whole };
}
