// Many points over a map, on a canvas of their own: no feature objects, no tiles, no worker, nothing
// in the document. A change of state is one byte in an array, and the ground is not drawn again for
// it. Drawn is what is in view; of equal marks within three pixels only one. Pictures of marks are
// put into an array of pixels: `drawImage` takes ten times as long for ten thousand small ones.

import { NAMES, picture, SHAPES, sizeAt } from "./shapes.js";

const HIDDEN = 255;
const GRAIN = 3; // [px]
const ORDERS = Uint8Array.from(NAMES, (name) => SHAPES[name].order);

export class Points {
  #x = new Float64Array(0); // in Mercator's square, 0 to 1
  #y = new Float64Array(0);
  #mark = new Uint8Array(0);
  #sorted = new Uint32Array(0); // what is not hidden, in the order in which it is drawn
  #changed = true;
  version = 0; // grows with each change
  #seen = new Uint16Array(0); // which marks were put on a grain of the view already, a bit each

  get count() {
    return this.#mark.length;
  }

  // lon, lat: arrays of degrees; marks: names of SHAPES, null: not shown.
  set(lon, lat, marks) {
    const count = lon.length;
    [this.#x, this.#y, this.#mark] = [new Float64Array(count), new Float64Array(count), new Uint8Array(count)];
    for (let n = 0; n < count; n += 1) {
      [this.#x[n], this.#y[n]] = mercator(lon[n], lat[n]);
      this.#mark[n] = numbered(marks[n]);
    }
    this.#changed = true;
    this.version += 1;
  }

  mark(n, name) {
    this.#mark[n] = numbered(name);
    this.#changed = true;
    this.version += 1;
  }

  // view: {centre in the square, unit: what a pixel is in it, zoom, width, height [px]}
  draw(sheet, { centre: [east, south], unit, zoom, width, height }, pictures) {
    if (this.#changed) this.#sort();
    const sprites = NAMES.map((name) => pictures.of(name, sizeAt(name, zoom)));
    const grain = GRAIN * unit;
    const [west, north] = [east - (width / 2) * unit, south - (height / 2) * unit];
    // Grains lie still on the ground while the map moves, or points would flicker.
    const [left, top] = [Math.floor(west / grain), Math.floor(north / grain)];
    const across = Math.ceil(width / GRAIN) + 2;
    const seen = this.#blank(across * (Math.ceil(height / GRAIN) + 2));
    const per = 1 / unit;
    for (const n of this.#sorted) {
      const x = (this.#x[n] - west) * per;
      const y = (this.#y[n] - north) * per;
      if (x < 0 || y < 0 || x > width || y > height) continue;
      const mark = this.#mark[n];
      const place = (Math.floor(this.#y[n] / grain) - top) * across + Math.floor(this.#x[n] / grain) - left;
      if (seen[place] & (1 << mark)) continue;
      seen[place] |= 1 << mark;
      put(sheet, sprites[mark], Math.round(x * pictures.ratio), Math.round(y * pictures.ratio));
    }
  }

  // Which point is under a place of the square, of those within their own size: what lies above
  // first, then the nearest.
  at([x, y], unit, zoom, slack = 2) {
    const reach = NAMES.map((name) => (sizeAt(name, zoom) / 2 + slack) * unit);
    let [best, order, nearest] = [-1, -1, Infinity];
    for (const n of this.#sorted) {
      const mark = this.#mark[n];
      const [dx, dy] = [this.#x[n] - x, this.#y[n] - y];
      if (dx > reach[mark] || dx < -reach[mark] || dy > reach[mark] || dy < -reach[mark]) continue;
      const far = dx * dx + dy * dy;
      const mine = ORDERS[mark];
      if (far <= reach[mark] * reach[mark] && (mine > order || (mine === order && far < nearest))) [best, order, nearest] = [n, mine, far];
    }
    return best;
  }

  // What matters more is drawn later and lies above; of one order as they were given.
  #sort() {
    const rows = Array.from({ length: Math.max(...ORDERS) + 1 }, () => []);
    this.#mark.forEach((mark, n) => mark !== HIDDEN && rows[ORDERS[mark]].push(n));
    this.#sorted = Uint32Array.from(rows.flat());
    this.#changed = false;
  }

  #blank(size) {
    if (this.#seen.length < size) this.#seen = new Uint16Array(size);
    else this.#seen.fill(0);
    return this.#seen;
  }
}

// One picture over what is there, its middle at (x, y). Colours are not premultiplied.
function put({ pixels, width, height }, { image, size }, x, y) {
  const [left, top] = [x - (size >> 1), y - (size >> 1)];
  const [from, to] = [Math.max(0, -left), Math.min(size, width - left)];
  for (let row = Math.max(0, -top); row < Math.min(size, height - top); row += 1) {
    let at = (top + row) * width + left + from;
    for (let n = row * size + from; n < row * size + to; n += 1, at += 1) {
      const ink = image[n];
      const alpha = ink >>> 24;
      if (!alpha) continue;
      const under = pixels[at];
      pixels[at] = alpha === 255 || !(under >>> 24) ? ink : over(ink, alpha, under);
    }
  }
}

function over(ink, alpha, under) {
  const rest = ((under >>> 24) * (255 - alpha)) / 255;
  const whole = alpha + rest;
  const mixed = (shift) => Math.round((((ink >> shift) & 255) * alpha + ((under >> shift) & 255) * rest) / whole) << shift;
  return ((Math.round(whole) << 24) | mixed(16) | mixed(8) | mixed(0)) >>> 0;
}

// Pictures of the marks as they are drawn at one size; made anew in another theme.
export class Pictures {
  #made = new Map();

  constructor(ratio, ink, ground) {
    this.ratio = ratio;
    this.ink = ink; // name of a mark -> its colour
    this.ground = ground;
  }

  of(name, size) {
    const round = Math.round(size * 2) / 2;
    const key = `${name} ${round}`;
    if (!this.#made.has(key)) this.#made.set(key, picture(name, round, this.ratio, this.ink(name), this.ground));
    return this.#made.get(key);
  }
}

// Degrees to Mercator's square, north at the top.
export function mercator(lon, lat) {
  return [lon / 360 + 0.5, 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI)];
}

function numbered(name) {
  const number = NAMES.indexOf(name);
  return number < 0 ? HIDDEN : number;
}
