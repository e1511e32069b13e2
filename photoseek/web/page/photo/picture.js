/** The photograph of the lightbox: small at once, then sharp; zoomed with wheel, double click or two fingers. */

import { original, thumbnail } from "../core/api.js";
import { h } from "../core/dom.js";

const CLOSEST = 8;
const SWIPE = 60;

export class Picture {
  #id = 0;
  #zoom = 1;
  #x = 0;
  #y = 0;
  #inline = false;
  /** @type {Map<number, PointerEvent>} */
  #fingers = new Map();

  /** @param {(step: number) => void} step to another photograph */
  constructor(step) {
    this.step = step;
    this.image = h("img", { class: "lightbox-image", alt: "", draggable: "false" });
    this.element = h("div", { class: "lightbox-picture" }, this.image);
    this.element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.element.addEventListener("dblclick", () => this.toggle());
    for (const type of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
      this.element.addEventListener(type, (event) => this.#pointer(/** @type {PointerEvent} */ (event)));
    }
  }

  /** @param {number} id */
  show(id) {
    this.#id = id;
    this.#inline = false;
    this.#set(1, 0, 0);
    this.image.src = thumbnail(id);
    this.image.alt = "";
    const sharp = this.preload(id);
    sharp.decode().then(
      () => id === this.#id && (this.image.src = sharp.src),
      () => undefined,
    );
  }

  /** @param {number} id @returns {HTMLImageElement} */
  preload(id) {
    const image = new Image();
    image.src = thumbnail(id, 2048);
    return image;
  }

  /** @param {import("../core/schemas.js").PhotoDetails} photo */
  describe(photo) {
    this.image.alt = photo.name;
    this.#inline = photo.inline;
    this.image.style.setProperty("--ratio", String(photo.width / photo.height));
    this.image.style.setProperty("--wide", `${photo.width}px`);
  }

  empty() {
    this.#id = 0;
    this.image.removeAttribute("src");
  }

  /** Between the whole photograph and its pixels. */
  toggle() {
    this.#set(this.#zoom > 1 ? 1 : 3, 0, 0);
  }

  /** @param {number} zoom @param {number} x @param {number} y */
  #set(zoom, x, y) {
    this.#zoom = Math.max(1, Math.min(CLOSEST, zoom));
    const free = this.#zoom > 1 ? 1 : 0;
    const { clientWidth, clientHeight } = this.element;
    const reach = (this.#zoom - 1) / 2;
    this.#x = free * Math.max(-clientWidth * reach, Math.min(clientWidth * reach, x));
    this.#y = free * Math.max(-clientHeight * reach, Math.min(clientHeight * reach, y));
    this.image.style.transform = `translate(${this.#x}px,${this.#y}px) scale(${this.#zoom})`;
    this.element.classList.toggle("zoomed", this.#zoom > 1);
    if (this.#zoom > 1.5 && this.#inline) this.#sharpen();
  }

  /** The original itself, once somebody looks closely. */
  #sharpen() {
    this.#inline = false;
    const id = this.#id;
    const image = new Image();
    image.src = original(id);
    image.decode().then(
      () => id === this.#id && (this.image.src = image.src),
      () => undefined,
    );
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    const factor = Math.exp(-event.deltaY / 300);
    const zoom = Math.max(1, Math.min(CLOSEST, this.#zoom * factor));
    const box = this.element.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
    const grown = zoom / this.#zoom;
    this.#set(zoom, px - (px - this.#x) * grown, py - (py - this.#y) * grown);
  }

  /** @param {PointerEvent} event */
  #pointer(event) {
    const before = this.#fingers.get(event.pointerId);
    if (event.type === "pointerdown") {
      this.element.setPointerCapture(event.pointerId);
      this.#fingers.set(event.pointerId, event);
    } else if (before && event.type === "pointermove") this.#drag(before, event);
    else if (before) this.#lift(before, event);
  }

  /** @param {PointerEvent} before @param {PointerEvent} now */
  #drag(before, now) {
    if (this.#fingers.size === 2) this.#pinch(before, now);
    else if (this.#zoom > 1)
      this.#set(this.#zoom, this.#x + now.clientX - before.clientX, this.#y + now.clientY - before.clientY);
    else return; // one finger on a whole photograph is a swipe: judged when it is lifted
    this.#fingers.set(now.pointerId, now);
  }

  /** @param {PointerEvent} before @param {PointerEvent} now */
  #pinch(before, now) {
    const other = [...this.#fingers.values()].find((finger) => finger.pointerId !== now.pointerId);
    if (!other) return;
    const far = (/** @type {PointerEvent} */ finger) =>
      Math.hypot(finger.clientX - other.clientX, finger.clientY - other.clientY);
    this.#set(this.#zoom * (far(now) / Math.max(1, far(before))), this.#x, this.#y);
  }

  /** @param {PointerEvent} begun @param {PointerEvent} now */
  #lift(begun, now) {
    const alone = this.#fingers.size === 1 && this.#zoom === 1;
    this.#fingers.delete(now.pointerId);
    const moved = now.clientX - begun.clientX;
    if (alone && now.type === "pointerup" && Math.abs(moved) > SWIPE) this.step(moved < 0 ? 1 : -1);
  }
}
