/** A plane to look at: dragged, wheeled, pinched, or moved with the keys. */

import { debounced, h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/language.js";
import { moved, zoomed } from "./viewport.js";

/** @typedef {import("./viewport.js").Viewport} Viewport */

/**
 * @typedef {object} Scene
 * @property {(context: CanvasRenderingContext2D, view: Viewport, screen: import("./viewport.js").Screen) => void} draw
 * @property {(px: number, py: number) => void} pick a click
 * @property {(px: number, py: number) => boolean} over the pointer moves; whether there is something to click
 * @property {(view: Viewport) => void} settled the view has not changed for a while
 * @property {() => Viewport} home
 * @property {[number, number]} limits of the scale
 */

const STEP = 80;
const CLICK = 5;

export class PlaneCanvas {
  /** @type {Viewport} */
  view = { x: 0.5, y: 0.5, scale: 500 };
  screen = { width: 1, height: 1 };
  #frame = 0;
  /** @type {Map<number, {x: number, y: number}>} */
  #fingers = new Map();
  #travelled = 0;

  /** @param {string} label @param {Scene} scene */
  constructor(label, scene) {
    this.scene = scene;
    this.canvas = h("canvas", {
      class: "plane",
      tabindex: 0,
      role: "application",
      "aria-label": label,
      "aria-description": t("map.keys"),
    });
    this.element = h(
      "div",
      { class: "plane-around" },
      this.canvas,
      h(
        "div",
        { class: "plane-buttons" },
        this.#button("plus", "map.closer", () => this.zoom(1.6)),
        this.#button("minus", "map.farther", () => this.zoom(1 / 1.6)),
        this.#button("globe", "map.whole", () => this.go(scene.home())),
      ),
    );
    this.settle = debounced(() => scene.settled(this.view), 250);
    new ResizeObserver(() => this.#resized()).observe(this.canvas);
    window.addEventListener("themechange", () => this.redraw());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    this.#listen();
  }

  /** @param {string} drawing @param {string} name @param {() => void} act */
  #button(drawing, name, act) {
    return h(
      "button",
      { type: "button", class: "plain", "aria-label": t(name), title: t(name), on: { click: act } },
      icon(drawing),
    );
  }

  #resized() {
    const { clientWidth, clientHeight } = this.canvas;
    this.screen = { width: clientWidth || 1, height: clientHeight || 1 };
    this.canvas.width = clientWidth * devicePixelRatio;
    this.canvas.height = clientHeight * devicePixelRatio;
    this.redraw();
  }

  /** @param {Viewport} view */
  go(view) {
    this.view = view;
    this.redraw();
    this.settle();
  }

  /** @param {number} factor @param {number} [px] @param {number} [py] */
  zoom(factor, px = this.screen.width / 2, py = this.screen.height / 2) {
    this.go(zoomed(this.view, this.screen, factor, px, py, this.scene.limits));
  }

  redraw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    const context = this.canvas.getContext("2d");
    if (!context || !this.canvas.isConnected) return;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.screen.width, this.screen.height);
    this.scene.draw(context, this.view, this.screen);
    if (document.activeElement === this.canvas && this.canvas.matches(":focus-visible")) this.#cross(context);
  }

  /** Where Enter would click. @param {CanvasRenderingContext2D} context */
  #cross(context) {
    const [x, y] = [this.screen.width / 2, this.screen.height / 2];
    context.strokeStyle = getComputedStyle(this.canvas).color;
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [dx, dy] of [
      [12, 0],
      [-12, 0],
      [0, 12],
      [0, -12],
    ]) {
      context.moveTo(x + dx / 3, y + dy / 3);
      context.lineTo(x + dx, y + dy);
    }
    context.stroke();
  }

  #listen() {
    const { canvas } = this;
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY / 350), event.offsetX, event.offsetY);
      },
      { passive: false },
    );
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const type of /** @type {const} */ (["pointerup", "pointercancel"]))
      canvas.addEventListener(type, (event) => this.#up(event));
    canvas.addEventListener("keydown", (event) => this.#key(event) && event.preventDefault());
    canvas.addEventListener("focus", () => this.redraw());
    canvas.addEventListener("blur", () => this.redraw());
  }

  /** @param {PointerEvent} event */
  #down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.#fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    if (this.#fingers.size === 1) this.#travelled = 0;
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const before = this.#fingers.get(event.pointerId);
    const now = { x: event.offsetX, y: event.offsetY };
    if (!before) {
      this.canvas.style.cursor = this.scene.over(now.x, now.y) ? "pointer" : "";
      return;
    }
    this.#travelled += Math.hypot(now.x - before.x, now.y - before.y);
    const other = [...this.#fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other)
      this.zoom(
        Math.hypot(now.x - other.x, now.y - other.y) /
          Math.max(1, Math.hypot(before.x - other.x, before.y - other.y)),
        (now.x + other.x) / 2,
        (now.y + other.y) / 2,
      );
    else this.go(moved(this.view, now.x - before.x, now.y - before.y));
    this.#fingers.set(event.pointerId, now);
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const known = this.#fingers.delete(event.pointerId);
    if (known && event.type === "pointerup" && this.#travelled < CLICK && !this.#fingers.size)
      this.scene.pick(event.offsetX, event.offsetY);
  }

  /** @param {KeyboardEvent} event @returns {boolean} */
  #key({ key, ctrlKey, metaKey }) {
    if (ctrlKey || metaKey) return false;
    const ways = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [STEP, 0],
      ArrowRight: [-STEP, 0],
      ArrowUp: [0, STEP],
      ArrowDown: [0, -STEP],
    });
    if (ways[key]) this.go(moved(this.view, ...ways[key]));
    else if (key === "+" || key === "=") this.zoom(1.5);
    else if (key === "-") this.zoom(1 / 1.5);
    else if (key === "0") this.go(this.scene.home());
    else if (key === "Enter") this.scene.pick(this.screen.width / 2, this.screen.height / 2);
    else return false;
    return true;
  }
}
