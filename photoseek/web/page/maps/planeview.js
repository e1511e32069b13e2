/** A view with a plane in it: the canvas, names above it, what is in view as a row below it. */

import { h } from "../core/dom.js";
import { t } from "../core/language.js";
import { here } from "../core/route.js";
import { viewHead } from "../parts/head.js";
import { PlaneCanvas } from "./canvas.js";
import { Strip } from "./strip.js";
import { Thumbs } from "./thumbs.js";
import { within } from "./viewport.js";

/** @typedef {import("./viewport.js").Viewport} Viewport */
/** @typedef {import("./viewport.js").Screen} Screen */

/**
 * @typedef {object} Points in columns
 * @property {number[]} ids
 * @property {ArrayLike<number>} xs from 0 to 1
 * @property {ArrayLike<number>} ys
 */

/**
 * @typedef {object} Drawn what one kind of plane is made of
 * @property {(context: CanvasRenderingContext2D, view: Viewport, screen: Screen) => void} draw
 * @property {(px: number, py: number) => unknown} at what lies there, if anything
 * @property {(px: number, py: number) => void} pick
 * @property {() => Viewport} home
 * @property {() => Points} points
 * @property {(view: Viewport) => void} settled once the view rests, after the row below has followed
 * @property {[number, number]} limits of the scale
 */

export class PlaneView {
  /** @param {"map" | "places"} name of the view @param {string} names what the names are @param {Drawn} drawn */
  constructor(name, names, drawn) {
    this.thumbs = new Thumbs(() => this.plane.redraw());
    this.plane = new PlaneCanvas(t(`view.${name}`), {
      ...drawn,
      over: (px, py) => Boolean(drawn.at(px, py)),
      settled: (view) => {
        if (here().view !== name) return;
        this.strip.show(this.#inView(drawn.points()));
        drawn.settled(view);
      },
    });
    this.strip = new Strip();
    this.head = viewHead(t(`view.${name}`));
    this.names = h("ul", { class: "pills place-names", "aria-label": names });
    this.cover = h("div", { class: "plane-cover" });
    this.element = h(
      "section",
      { class: "view canvas-view", "aria-label": t(`view.${name}`) },
      this.head.element,
      this.names,
      this.plane.element,
      this.strip.element,
      this.cover,
    );
  }

  /** @param {Points} points */
  #inView({ ids, xs, ys }) {
    return within(xs, ys, this.plane.view, this.plane.screen).map((i) => ids[i]);
  }

  /** What was wanted for a view that has gone by is not loaded. */
  leave() {
    this.thumbs.forgetWaiting();
  }
}
