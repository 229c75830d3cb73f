// Words on a plane or a sphere: pan, zoom, point at a word; by mouse, fingers or keys.

import { labelsThatFit } from "./labels.js";

const REACH = 16;
const MARGIN = 0.84;
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
    this.shown = [];
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
    const axis = (number) => points.map((point) => point.at[number]);
    const ends = [0, 1].map((number) => [Math.min(...axis(number)), Math.max(...axis(number))]);
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
    this.draw();
  }

  panBy(dx, dy) {
    if (this.map.sphere) {
      const [yaw, pitch] = this.turn;
      const tilt = Math.max(-1.5, Math.min(1.5, pitch - dy / (200 * this.zoom)));
      this.turn = [yaw + dx / (200 * this.zoom), tilt];
    } else this.move = [this.move[0] + dx, this.move[1] + dy];
    this.draw();
  }

  box() {
    return { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
  }

  project(point, box) {
    let [x, y, z = 0] = point.at;
    if (this.map.sphere) {
      const [yaw, pitch] = this.turn;
      [x, z] = [x * Math.cos(yaw) + z * Math.sin(yaw), z * Math.cos(yaw) - x * Math.sin(yaw)];
      [y, z] = [y * Math.cos(pitch) + z * Math.sin(pitch), z * Math.cos(pitch) - y * Math.sin(pitch)];
    }
    const fits = Math.min(box.width / this.extent[0], box.height / this.extent[1]);
    const scale = MARGIN * this.zoom * fits;
    return {
      point,
      x: box.width / 2 + this.move[0] + scale * (x - this.centre[0]),
      y: box.height / 2 + this.move[1] - scale * (y - this.centre[1]),
      hidden: this.map.sphere && z < 0,
    };
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
      source: colour("ink"),
      target: colour("accent"),
      line: colour("line"),
      back: colour("surface"),
    };
    this.family = style.fontFamily;
    this.shown = this.map.points.map((point) => this.project(point, box));
    this.drawLinks();
    // The important ones last, on top of the others.
    for (const each of this.shown.toReversed()) this.drawDot(each);
    this.drawLabels(box);
  }

  drawLinks() {
    const query = this.shown.find((each) => each.point.role === "query");
    if (!query) return;
    this.context.strokeStyle = this.colours.line;
    this.context.lineWidth = 1;
    this.context.beginPath();
    for (const each of this.shown) {
      if (each.point.role !== "neighbour") continue;
      this.context.moveTo(query.x, query.y);
      this.context.lineTo(each.x, each.y);
    }
    this.context.stroke();
  }

  drawDot({ point, x, y, hidden }) {
    const { context } = this;
    const dot = SIZES[point.role].dot + (point === this.pointed ? 1.5 : 0);
    context.globalAlpha = hidden ? 0.15 : point.role === "around" && point !== this.pointed ? 0.55 : 1;
    context.fillStyle = this.colours[point.side];
    context.beginPath();
    if (point.side === "source") context.arc(x, y, dot, 0, 2 * Math.PI);
    else context.rect(x - 0.9 * dot, y - 0.9 * dot, 1.8 * dot, 1.8 * dot);
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

  drawLabels(box) {
    const { context } = this;
    const measured = this.shown
      .filter((each) => !each.hidden)
      .map((each) => {
        const { dot, font } = SIZES[each.point.role];
        context.font = `${font} ${this.family}`;
        const ring = each.point.role === "query" ? 5 : 0;
        return { ...each, dot: dot + ring, font, wide: context.measureText(each.point.word).width };
      });
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const label of labelsThatFit(measured, box)) {
      context.font = `${label.font} ${this.family}`;
      context.globalAlpha = label.point.role === "around" ? 0.8 : 1;
      context.strokeStyle = this.colours.back;
      context.lineWidth = 3;
      context.strokeText(label.point.word, label.left, label.y);
      context.fillStyle = this.colours[label.point.side];
      context.fillText(label.point.word, label.left, label.y);
    }
    context.globalAlpha = 1;
  }

  /** The point nearest to a place on the screen, within reach. */
  at(x, y) {
    const distance = (each) => Math.hypot(each.x - x, each.y - y);
    const near = this.shown.filter((each) => !each.hidden && distance(each) < REACH);
    return near.sort((one, other) => distance(one) - distance(other))[0] ?? null;
  }

  pointAt(each) {
    const point = each?.point ?? null;
    if (point === this.pointed) return;
    this.pointed = point;
    this.draw();
    this.onPoint(point && this.shown.find((other) => other.point === point));
  }

  /** Bring out a word that is looked at elsewhere; null: none. */
  mark(side, word) {
    this.pointed = this.map.points.find((point) => point.side === side && point.word === word) ?? null;
    this.draw();
  }

  /** Go from the point that is chosen to the nearest one in a direction. */
  step([dx, dy]) {
    const from = this.shown.find((each) => each.point === this.pointed);
    if (!from) {
      this.pointAt(this.shown[0]);
      return;
    }
    const away = (each) => {
      const [x, y] = [each.x - from.x, each.y - from.y];
      const along = x * dx + y * dy;
      return along <= 0 ? Infinity : along + 2 * Math.abs(x * dy - y * dx);
    };
    const best = this.shown
      .filter((each) => !each.hidden && each !== from && away(each) < Infinity)
      .sort((one, other) => away(one) - away(other))[0];
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
      if (hit && event.pointerType === "mouse") this.onChoose(hit.point);
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
