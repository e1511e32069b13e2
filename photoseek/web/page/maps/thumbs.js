/** Thumbnails for canvases: a few at a time, the last few hundred kept. */

import { thumbnail } from "../core/api.js";

const AT_ONCE = 8;
const KEPT = 600;

export class Thumbs {
  /** @type {Map<number, HTMLImageElement | null>} null while it loads, or cannot be */
  #images = new Map();
  /** @type {number[]} */
  #queue = [];
  #loading = 0;

  /** @param {() => void} onLoad */
  constructor(onLoad) {
    this.onLoad = onLoad;
  }

  /** @param {number} id @returns {HTMLImageElement | null} null if it is not here yet: it is asked for */
  of(id) {
    const image = this.#images.get(id);
    if (image === undefined) {
      this.#images.set(id, null);
      this.#queue.push(id);
      this.#load();
    }
    return image ?? null;
  }

  /** What was wanted for a view that has gone by is not loaded. */
  forgetWaiting() {
    for (const id of this.#queue) this.#images.delete(id);
    this.#queue = [];
  }

  #load() {
    while (this.#loading < AT_ONCE && this.#queue.length)
      void this.#one(/** @type {number} */ (this.#queue.shift()));
  }

  /** @param {number} id */
  async #one(id) {
    this.#loading += 1;
    const image = new Image();
    image.src = thumbnail(id);
    try {
      await image.decode();
      this.#images.set(id, image);
      if (this.#images.size > KEPT) this.#images.delete([...this.#images.keys()][0]);
      this.onLoad();
    } catch {
      // stays null: a mark without a picture
    }
    this.#loading -= 1;
    this.#load();
  }
}
