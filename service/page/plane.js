// Words on a plane or a sphere: pan, zoom, point at a word; by mouse, fingers or keys.
//
// Tens of thousands of points move at the pace of the screen: their places on it are numbers in
// arrays, small dots of one side share a colour, and only some points in view ask for a label.

import { labelsThatFit } from "./labels.js";

const REACH = 16;
const MARGIN = 0.84;
const LARGE = 2000; // points from which on the small ones are squares without a round edge
const MOST_LABELS = 600; // tried, of the points in view; more nobody can read
const SIZES = {
  query: { dot: 6, font: "600 16px" },
  neighbour: { dot: 4.5, font: "500 14px" },
  around: { dot: 2.75, font: "400 12px" },
};
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Plane {
  /**
   * `onPoint` is told of the point under the pointer or chosen by keys, with its place on the
   * screen, or null; `onChoose` of the one that is clicked or entered.
   */
  constructor(canvas, { onPoint, onChoose }) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.onPoint = onPoint;
    this.onChoose = onChoose;
    this.map = { points: [], sphere: false };
    this.places = { x: new Float32Array(0), y: new Float32Array(0), hidden: new Uint8Array(0) };
    this.waiting = false;
    this.pointers = new Map();
    this.fit();
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.listen();
  }

  /** Show other points: `{word, side, role, at}`, the most important first. */
  show(map, { keepView = false } = {}) {
    this.map = map;
    this.pointed = null;
    this.onPoint(null);
    if (!keepView) this.fit();
    this.draw();
  }

  /** Show everything. */
  fit() {
    this.zoom = 1;
    this.move = [0, 0];
    this.turn = [0, 0];
    const { points, sphere } = this.map;
    const ends = [0, 1].map((number) =>
      points.reduce(([low, high], { at }) => [Math.min(low, at[number]), Math.max(high, at[number])], [Infinity, -Infinity]),
    );
    this.centre = sphere || !points.length ? [0, 0] : ends.map(([low, high]) => (low + high) / 2);
    this.extent = ends.map(([low, high]) => (points.length ? Math.max(high - low, 1e-9) : 1));
    this.draw();
  }

  zoomBy(factor, x, y) {
    const box = this.box();
    const next = Math.max(0.6, Math.min(40, this.zoom * factor));
    const at = [(x ?? box.width / 2) - box.width / 2, (y ?? box.height / 2) - box.height / 2];
    this.move = this.move.map((moved, i) => at[i] - ((at[i] - moved) * next) / this.zoom);
    this.zoom = next;
    this.drawSoon();
  }

  panBy(dx, dy) {
    if (this.map.sphere) {
      const [yaw, pitch] = this.turn;
      const tilt = Math.max(-1.5, Math.min(1.5, pitch - dy / (200 * this.zoom)));
      this.turn = [yaw + dx / (200 * this.zoom), tilt];
    } else this.move = [this.move[0] + dx, this.move[1] + dy];
    this.drawSoon();
  }

  /** Bring a point to the middle, near enough to read what is around it. */
  centreOn(point) {
    this.zoom = Math.max(this.zoom, 8);
    this.move = [0, 0];
    this.project(this.box());
    const index = this.map.points.indexOf(point);
    const box = this.box();
    this.move = [box.width / 2 - this.places.x[index], box.height / 2 - this.places.y[index]];
    this.pointed = null;
    this.pointAt(point);
  }

  box() {
    return { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
  }

  /** Work out where every point stands on the screen. */
  project(box) {
    const { points, sphere } = this.map;
    if (this.places.x.length !== points.length) {
      const make = (Kind) => new Kind(points.length);
      this.places = { x: make(Float32Array), y: make(Float32Array), hidden: make(Uint8Array) };
    }
    const fits = Math.min(box.width / this.extent[0], box.height / this.extent[1]);
    const scale = MARGIN * this.zoom * fits;
    const [left, top] = [box.width / 2 + this.move[0], box.height / 2 + this.move[1]];
    const [yaw, pitch] = this.turn;
    for (let index = 0; index < points.length; index += 1) {
      let [x, y, z = 0] = points[index].at;
      if (sphere) {
        [x, z] = [x * Math.cos(yaw) + z * Math.sin(yaw), z * Math.cos(yaw) - x * Math.sin(yaw)];
        [y, z] = [y * Math.cos(pitch) + z * Math.sin(pitch), z * Math.cos(pitch) - y * Math.sin(pitch)];
      }
      this.places.x[index] = left + scale * (x - this.centre[0]);
      this.places.y[index] = top - scale * (y - this.centre[1]);
      this.places.hidden[index] = sphere && z < 0 ? 1 : 0;
    }
  }

  /** Draw with the next frame of the screen, however often it is asked for until then. */
  drawSoon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  draw() {
    const box = this.box();
    if (!box.width || !box.height) return;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const { context } = this;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, box.width, box.height);
    const style = getComputedStyle(this.canvas);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    this.colours = {
      source: colour("source"),
      target: colour("target"),
      line: colour("line"),
      back: colour("surface"),
    };
    this.family = style.fontFamily;
    this.project(box);
    const visible = this.inView(box);
    this.drawLinks(visible);
    this.drawDots(visible);
    this.drawLabels(visible, box);
  }

  /** Indices of the points in view, the most important first. */
  inView({ width, height }) {
    const { x, y } = this.places;
    const seen = [];
    for (let index = 0; index < x.length; index += 1) {
      if (x[index] > -20 && x[index] < width + 20 && y[index] > -20 && y[index] < height + 20) seen.push(index);
    }
    return seen;
  }

  /** How large a dot is: an answer by its weight. */
  dotOf({ role, weight }) {
    const { dot } = SIZES[role];
    return role === "neighbour" && weight !== undefined ? dot * (0.55 + 0.9 * Math.sqrt(weight)) : dot;
  }

  drawLinks(visible) {
    const { points } = this.map;
    const query = visible.find((index) => points[index].role === "query");
    if (query === undefined) return;
    const { x, y } = this.places;
    const { context } = this;
    context.strokeStyle = this.colours.line;
    for (const index of visible) {
      const { role, weight = 0.2 } = points[index];
      if (role !== "neighbour") continue;
      context.lineWidth = 0.75 + 4 * weight;
      context.beginPath();
      context.moveTo(x[query], y[query]);
      context.lineTo(x[index], y[index]);
      context.stroke();
    }
  }

  drawDots(visible) {
    const { context, places } = this;
    const { points } = this.map;
    const many = points.length > LARGE;
    const important = [];
    for (const [side, hidden] of [["source", 0], ["target", 0], ["source", 1], ["target", 1]]) {
      context.globalAlpha = hidden ? 0.15 : 0.55;
      context.fillStyle = this.colours[side];
      context.beginPath();
      for (const index of visible) {
        const point = points[index];
        if (point.side !== side || places.hidden[index] !== hidden) continue;
        if (point.role !== "around" || point === this.pointed) important.push(index);
        else if (many) context.fillRect(places.x[index] - 1.5, places.y[index] - 1.5, 3, 3);
        else this.traceDot(side, places.x[index], places.y[index], SIZES.around.dot);
      }
      context.fill();
    }
    context.globalAlpha = 1;
    // The important ones last, on top of the others, the most important at the very top.
    for (const index of important.sort((one, other) => other - one)) {
      this.drawImportant(points[index], places.x[index], places.y[index], places.hidden[index]);
    }
  }

  traceDot(side, x, y, dot) {
    const { context } = this;
    if (side === "target") context.rect(x - 0.9 * dot, y - 0.9 * dot, 1.8 * dot, 1.8 * dot);
    else {
      context.moveTo(x + dot, y);
      context.arc(x, y, dot, 0, 2 * Math.PI);
    }
  }

  drawImportant(point, x, y, hidden) {
    const { context } = this;
    const dot = this.dotOf(point) + (point === this.pointed ? 1.5 : 0);
    context.globalAlpha = hidden ? 0.15 : 1;
    context.fillStyle = this.colours[point.side];
    context.beginPath();
    this.traceDot(point.side, x, y, dot);
    context.fill();
    if (point === this.pointed || point.role === "query") {
      context.strokeStyle = this.colours[point.side];
      context.lineWidth = 1.5;
      context.beginPath();
      context.arc(x, y, dot + 4, 0, 2 * Math.PI);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  drawLabels(visible, box) {
    const { context, places } = this;
    const fontOf = ({ role }) => `${SIZES[role].font} ${this.family}`;
    const candidates = [];
    for (const index of visible) {
      if (places.hidden[index]) continue;
      if (candidates.length === MOST_LABELS) break;
      const point = this.map.points[index];
      const ring = point.role === "query" ? 5 : 0;
      candidates.push({
        point,
        x: places.x[index],
        y: places.y[index],
        dot: this.dotOf(point) + ring,
        important: point.role !== "around",
      });
    }
    const measure = ({ point }) => {
      context.font = fontOf(point);
      return context.measureText(point.word).width;
    };
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const label of labelsThatFit(candidates, measure, box)) {
      context.font = fontOf(label.point);
      context.globalAlpha = label.point.role === "around" ? 0.85 : 1;
      context.strokeStyle = this.colours.back;
      context.lineWidth = 4;
      context.strokeText(label.point.word, label.left, label.y);
      context.fillStyle = this.colours[label.point.side];
      context.fillText(label.point.word, label.left, label.y);
    }
    context.globalAlpha = 1;
  }

  /** The point nearest to a place on the screen, within reach. */
  at(x, y) {
    let [best, reach] = [null, REACH];
    for (let index = 0; index < this.places.x.length; index += 1) {
      if (this.places.hidden[index]) continue;
      const away = Math.hypot(this.places.x[index] - x, this.places.y[index] - y);
      if (away < reach) [best, reach] = [this.map.points[index], away];
    }
    return best;
  }

  /** Where a point stands on the screen. */
  placeOf(point) {
    const index = this.map.points.indexOf(point);
    return { point, x: this.places.x[index], y: this.places.y[index] };
  }

  /** The nearest points of a side to a point, as the map has them. */
  nearest(point, side, k) {
    const away = ({ at }) => Math.hypot(...at.map((value, axis) => value - point.at[axis]));
    return this.map.points
      .filter((each) => each.side === side && each !== point)
      .map((each) => ({ each, distance: away(each) }))
      .sort((one, other) => one.distance - other.distance)
      .slice(0, k)
      .map(({ each }) => each);
  }

  pointAt(point) {
    if (point === this.pointed) return;
    this.pointed = point;
    this.draw();
    this.onPoint(point && this.placeOf(point));
  }

  /** Bring out a word that is looked at elsewhere; null: none. */
  mark(side, word) {
    this.pointed = this.map.points.find((point) => point.side === side && point.word === word) ?? null;
    this.draw();
  }

  /** Go from the point that is chosen to the nearest one in a direction. */
  step([dx, dy]) {
    const { points } = this.map;
    const { x, y, hidden } = this.places;
    const from = points.indexOf(this.pointed);
    if (from < 0) {
      this.pointAt(points[0] ?? null);
      return;
    }
    let [best, least] = [null, Infinity];
    for (let index = 0; index < points.length; index += 1) {
      const along = (x[index] - x[from]) * dx + (y[index] - y[from]) * dy;
      if (index === from || hidden[index] || along <= 0) continue;
      const away = along + 2 * Math.abs((x[index] - x[from]) * dy - (y[index] - y[from]) * dx);
      if (away < least) [best, least] = [points[index], away];
    }
    if (best) this.pointAt(best);
  }

  listen() {
    const { canvas } = this;
    const local = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.pointers.set(event.pointerId, local(event));
      this.travelled = 0;
    });
    canvas.addEventListener("pointermove", (event) => {
      const now = local(event);
      const before = this.pointers.get(event.pointerId);
      if (!before) {
        this.pointAt(this.at(...now));
        return;
      }
      this.pointers.set(event.pointerId, now);
      const moved = [now[0] - before[0], now[1] - before[1]];
      this.travelled += Math.hypot(...moved);
      if (this.pointers.size === 1) {
        if (this.travelled > 3) this.panBy(...moved);
        return;
      }
      const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const apart = (place) => Math.max(1, Math.hypot(place[0] - other[0], place[1] - other[1]));
      this.zoomBy(apart(now) / apart(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    });
    const release = (event) => this.pointers.delete(event.pointerId);
    canvas.addEventListener("pointercancel", release);
    canvas.addEventListener("pointerup", (event) => {
      release(event);
      if (this.travelled > 3 || this.pointers.size) return;
      const hit = this.at(...local(event));
      this.pointAt(hit);
      if (hit && event.pointerType === "mouse") this.onChoose(hit);
    });
    canvas.addEventListener("pointerleave", () => this.pointers.size || this.pointAt(null));
    canvas.addEventListener("dblclick", () => this.pointed && this.onChoose(this.pointed));
    canvas.addEventListener("blur", () => this.pointAt(null));
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.zoomBy(Math.exp(-event.deltaY / 400), ...local(event));
      },
      { passive: false },
    );
    canvas.addEventListener("keydown", (event) => this.press(event));
  }

  press(event) {
    const arrow = ARROWS[event.key];
    if (arrow && event.shiftKey) this.panBy(-40 * arrow[0], -40 * arrow[1]);
    else if (arrow) this.step(arrow);
    else if (event.key === "+" || event.key === "=") this.zoomBy(1.4);
    else if (event.key === "-") this.zoomBy(1 / 1.4);
    else if (event.key === "0") this.fit();
    else if (event.key === "Enter" && this.pointed) this.onChoose(this.pointed);
    else return;
    event.preventDefault();
  }
}
