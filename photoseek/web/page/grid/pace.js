/** How fast somebody scrolls: one update a frame, and no thumbnails asked for that would fly past. */

const FAST = 4; // pixels a millisecond
const QUIET = 90; // milliseconds

export class Pace {
  calm = true;
  #top = 0;
  #time = 0;
  #frame = 0;
  #timer = 0;

  /** @param {() => void} update once a frame while scrolling @param {() => void} settle when it is calm again */
  constructor(update, settle) {
    this.update = update;
    this.settle = settle;
  }

  /** @param {number} top */
  scrolled(top) {
    const now = performance.now();
    const speed = Math.abs(top - this.#top) / Math.max(1, now - this.#time);
    this.#top = top;
    this.#time = now;
    this.calm = speed < FAST;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#settled(), QUIET);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.update();
    });
  }

  #settled() {
    this.calm = true;
    this.settle();
  }
}
