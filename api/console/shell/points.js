// Many points on a MapLibre map, drawn by one program: no feature objects, no tiles, no worker. A
// change of state is one byte in a buffer that goes to the graphics card with the next frame.

// What a mark is: shape, width in pixels [far away, close by], its colour in console.css, and its
// place in the drawing: what matters more lies above. Shape as well as colour tells what it is.
export const MARKS = {
  normal: { shape: "dot", size: [3.4, 11], colour: "--normal", order: 0 },
  maintenance: { shape: "bar", size: [9, 15], colour: "--blue", order: 1 },
  unwell: { shape: "diamond", size: [9, 15], colour: "--unwell", order: 1 },
  silent: { shape: "cross", size: [9, 15], colour: "--ink", order: 2 },
  alarming: { shape: "triangle", size: [11, 17], colour: "--red", order: 3 },
  green: { shape: "ring", size: [11, 24], colour: "--green", order: 4 },
  standing: { shape: "dashes", size: [11, 24], colour: "--quiet", order: 4 },
  yellow: { shape: "kite", size: [15, 29], colour: "--yellow", order: 5 },
  red: { shape: "frame", size: [16, 29], colour: "--red", order: 6 },
};
const NAMES = Object.keys(MARKS);
const SHAPES = ["dot", "bar", "diamond", "cross", "triangle", "ring", "dashes", "kite", "frame"];
const HIDDEN = 255;
const FAR = 9.5; // zooms between which marks grow
const CLOSE = 15.5;

const VERTEX = `#version 300 es
uniform mat4 u_matrix;
uniform float u_sizes[${NAMES.length}];
uniform float u_orders[${NAMES.length}];
uniform float u_order;
uniform float u_ratio;
in vec2 a_place;
in float a_mark;
flat out int v_mark;
flat out float v_size;
void main() {
  int mark = int(a_mark + 0.5);
  v_mark = min(mark, ${NAMES.length - 1});
  bool here = mark < ${NAMES.length} && u_orders[v_mark] == u_order;
  v_size = u_sizes[v_mark] + 3.0;
  gl_Position = here ? u_matrix * vec4(a_place, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = v_size * u_ratio;
}`;

// Distances to the edge of each shape [px], below zero within; a rim in the colour of the ground
// keeps marks apart that lie over one another.
const FRAGMENT = `#version 300 es
precision highp float;
uniform vec3 u_colours[${NAMES.length}];
uniform int u_shapes[${NAMES.length}];
uniform vec3 u_ground;
uniform float u_ratio;
flat in int v_mark;
flat in float v_size;
out vec4 colour;
float box(vec2 p, vec2 half_size) {
  vec2 d = abs(p) - half_size;
  return max(d.x, d.y);
}
float edge(int shape, vec2 p, float r) {
  if (shape == 0) return length(p) - r;
  if (shape == 1) return min(abs(length(p) - r + 1.0) - 1.0, box(p, vec2(r - 2.0, 1.1)));
  if (shape == 2) return (abs(p.x) + abs(p.y) - r) * 0.7071;
  if (shape == 3) {
    vec2 q = abs(vec2(p.x + p.y, p.x - p.y)) * 0.7071;
    return max(min(q.x, q.y) - 1.1, max(q.x, q.y) - r);
  }
  if (shape == 4) return max(abs(p.x) * 0.866 - p.y * 0.5, p.y) - r * 0.5;
  float width = shape == 8 ? 1.7 : 1.25;
  if (shape == 7) return abs((abs(p.x) + abs(p.y) - r) * 0.7071 + width) - width;
  if (shape == 8) return abs(box(p, vec2(r * 0.86)) + width) - width;
  float ring = abs(length(p) - r + width) - width;
  if (shape == 6 && fract(atan(p.y, p.x) / 0.7853982) < 0.4) return 9.0;
  return ring;
}
void main() {
  vec2 p = (gl_PointCoord - 0.5) * v_size;
  int shape = u_shapes[v_mark];
  float d = edge(shape, p, (v_size - 3.0) * 0.5);
  float soft = 0.6 / u_ratio;
  float ink = 1.0 - smoothstep(-soft, soft, d);
  float rim = (1.0 - smoothstep(1.0 - soft, 1.0 + soft, d)) * 0.85;
  float alpha = max(ink, rim);
  if (alpha < 0.02) discard;
  colour = vec4(mix(u_ground, u_colours[v_mark], ink) * alpha, alpha);
}`;

export class Points {
  #gl = null;
  #program = null;
  #places = null; // buffers
  #marks = null;
  #x = new Float64Array(0); // in Mercator's square, 0 to 1
  #y = new Float64Array(0);
  #mark = new Uint8Array(0);
  #origin = [0, 0]; // places are kept as distances from it: single precision is then enough
  #moved = true;
  #changed = true;
  #colours = new Float32Array(NAMES.length * 3);
  #ground = new Float32Array(3);

  constructor(id, orders) {
    this.id = id;
    this.type = "custom";
    this.renderingMode = "2d";
    this.orders = orders; // drawn one after the other
  }

  get count() {
    return this.#mark.length;
  }

  // lon, lat: arrays of degrees; marks: names of MARKS, null: not shown.
  set(lon, lat, marks) {
    const count = lon.length;
    [this.#x, this.#y, this.#mark] = [new Float64Array(count), new Float64Array(count), new Uint8Array(count)];
    for (let n = 0; n < count; n += 1) {
      this.#x[n] = lon[n] / 360 + 0.5;
      this.#y[n] = 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat[n] * Math.PI) / 360)) / (2 * Math.PI);
      this.#mark[n] = numbered(marks[n]);
    }
    this.#origin = count ? [this.#x[0], this.#y[0]] : [0, 0];
    this.#moved = this.#changed = true;
  }

  mark(n, name) {
    this.#mark[n] = numbered(name);
    this.#changed = true;
  }

  // Colours as [r, g, b] of 0 to 1 by the name of the custom property; and the map's ground.
  paint(colours, ground) {
    NAMES.forEach((name, n) => this.#colours.set(colours[MARKS[name].colour], n * 3));
    this.#ground.set(ground);
  }

  // Which point is under a place of the square, of those within their own size: what lies above
  // first, then the nearest. `unit`: what a pixel is there.
  at(x, y, unit, zoom, slack = 2) {
    const reach = NAMES.map((name) => (sizeAt(MARKS[name], zoom) / 2 + slack) * unit);
    let [best, order, nearest] = [-1, -1, Infinity];
    for (let n = 0; n < this.#mark.length; n += 1) {
      const mark = this.#mark[n];
      if (mark === HIDDEN) continue;
      const [dx, dy] = [this.#x[n] - x, this.#y[n] - y];
      if (dx > reach[mark] || dx < -reach[mark] || dy > reach[mark] || dy < -reach[mark]) continue;
      const far = dx * dx + dy * dy;
      const mine = MARKS[NAMES[mark]].order;
      if (far <= reach[mark] * reach[mark] && (mine > order || (mine === order && far < nearest))) [best, order, nearest] = [n, mine, far];
    }
    return best;
  }

  onAdd(map, gl) {
    this.#gl = gl;
    this.#program = linked(gl);
    this.#places = gl.createBuffer();
    this.#marks = gl.createBuffer();
    this.#moved = this.#changed = true;
    this.zoom = () => map.getZoom();
  }

  onRemove(map, gl) {
    gl.deleteBuffer(this.#places);
    gl.deleteBuffer(this.#marks);
    gl.deleteProgram(this.#program.program);
    this.#gl = null;
  }

  render(gl, { defaultProjectionData }) {
    if (!this.#gl || !this.#mark.length) return;
    const { program, place, mark, at } = this.#program;
    gl.useProgram(program);
    gl.bindVertexArray?.(null);
    this.#send(gl);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#places);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, 2, gl.FLOAT, false, 0, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#marks);
    gl.enableVertexAttribArray(mark);
    gl.vertexAttribPointer(mark, 1, gl.UNSIGNED_BYTE, false, 0, 0);
    gl.uniformMatrix4fv(at("u_matrix"), false, shifted(defaultProjectionData.mainMatrix, this.#origin));
    gl.uniform1fv(at("u_sizes"), NAMES.map((name) => sizeAt(MARKS[name], this.zoom())));
    gl.uniform1fv(at("u_orders"), NAMES.map((name) => MARKS[name].order));
    gl.uniform1iv(at("u_shapes"), NAMES.map((name) => SHAPES.indexOf(MARKS[name].shape)));
    gl.uniform3fv(at("u_colours"), this.#colours);
    gl.uniform3fv(at("u_ground"), this.#ground);
    gl.uniform1f(at("u_ratio"), devicePixelRatio);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    for (const order of this.orders) {
      gl.uniform1f(at("u_order"), order);
      gl.drawArrays(gl.POINTS, 0, this.#mark.length);
    }
    gl.disableVertexAttribArray(place);
    gl.disableVertexAttribArray(mark);
  }

  #send(gl) {
    if (this.#moved) {
      const places = new Float32Array(this.#mark.length * 2);
      for (let n = 0; n < this.#mark.length; n += 1) {
        places[2 * n] = this.#x[n] - this.#origin[0];
        places[2 * n + 1] = this.#y[n] - this.#origin[1];
      }
      gl.bindBuffer(gl.ARRAY_BUFFER, this.#places);
      gl.bufferData(gl.ARRAY_BUFFER, places, gl.STATIC_DRAW);
    }
    if (this.#changed) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.#marks);
      gl.bufferData(gl.ARRAY_BUFFER, this.#mark, gl.DYNAMIC_DRAW);
    }
    this.#moved = this.#changed = false;
  }
}

function numbered(name) {
  const number = NAMES.indexOf(name);
  return number < 0 ? HIDDEN : number;
}

export function sizeAt({ size: [far, close] }, zoom) {
  return far + (close - far) * Math.min(1, Math.max(0, (zoom - FAR) / (CLOSE - FAR)));
}

// matrix times a translation by the origin, in double precision.
function shifted(matrix, [x, y]) {
  const out = Float64Array.from(matrix);
  for (let row = 0; row < 4; row += 1) out[12 + row] = matrix[row] * x + matrix[4 + row] * y + matrix[12 + row];
  return new Float32Array(out);
}

function linked(gl) {
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) throw new Error(gl.getShaderInfoLog(shader));
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error(gl.getProgramInfoLog(program));
  const places = new Map();
  const at = (name) => {
    if (!places.has(name)) places.set(name, gl.getUniformLocation(program, name));
    return places.get(name);
  };
  return { program, at, place: gl.getAttribLocation(program, "a_place"), mark: gl.getAttribLocation(program, "a_mark") };
}
