/** All photographs on one plane, alike beside alike. Points from afar, pictures from near. */

import * as api from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { number, t } from "../core/language.js";
import { go, here } from "../core/route.js";
import { colour } from "../core/theme.js";
import { drawName, drawPhoto } from "../maps/drawing.js";
import { PlaneView } from "../maps/planeview.js";
import { bunches, fitting, toScreen } from "../maps/viewport.js";
import { empty, waiting } from "../parts/head.js";
import { messageOf } from "../shell/toasts.js";

/** @typedef {import("../maps/viewport.js").Viewport} Viewport */
/** @typedef {import("../maps/viewport.js").Screen} Screen */
/** @typedef {import("../core/schemas.js").MeaningMap} MeaningMap */

const CELL = 44;
const NAME_FONT = "600 14px system-ui, sans-serif";
/** @type {[number, number]} */
const LIMITS = [200, 400_000];
/** @type {MeaningMap} */
const NOTHING = { method: "", total: 0, ids: [], x: [], y: [], places: [] };

/** @param {import("../shell/stage.js").Stage} stage */
export const create = (stage) => new Meaning(stage);

class Meaning {
  #map = NOTHING;
  #asking = new AbortController();
  /** @type {{id: number, x: number, y: number, side: number}[]} */
  #drawn = [];

  /** @param {import("../shell/stage.js").Stage} stage */
  constructor(stage) {
    this.parts = new PlaneView("map", t("map.places"), {
      draw: (context, view, screen) => this.#draw(context, view, screen),
      at: (px, py) => this.#at(px, py),
      pick: (px, py) => this.#pick(px, py),
      home: () => this.#home(),
      points: () => ({ ids: this.#map.ids, xs: this.#map.x, ys: this.#map.y }),
      settled,
      limits: LIMITS,
    });
    this.plane = this.parts.plane;
    this.element = this.parts.element;
    stage.onChange(() => (this.#map = NOTHING));
  }

  leave() {
    this.#asking.abort();
    this.parts.leave();
  }

  /** @param {import("../core/address.js").Address} now */
  async update(now) {
    if (!this.#map.ids.length && !(await this.#load())) return;
    if (here().view !== "map") return;
    const [x, y, zoom] = now.at.split(",").map(Number);
    this.plane.go(
      Number.isFinite(zoom)
        ? { x, y, scale: Math.max(LIMITS[0], Math.min(LIMITS[1], 2 ** zoom)) }
        : this.#home(),
    );
  }

  async #load() {
    this.#asking.abort();
    this.#asking = new AbortController();
    replace(this.parts.cover, waiting(t("map.waiting")));
    try {
      this.#map = await api.meaning(() => undefined, this.#asking.signal);
    } catch (problem) {
      if (!this.#asking.signal.aborted) replace(this.parts.cover, empty("warning", messageOf(problem)));
      return false;
    }
    const { ids, total, method, places } = this.#map;
    this.parts.head.note.textContent = [
      ids.length < total ? t("map.sample", { n: ids.length, total }) : t("grid.count", { n: total }),
      method,
    ].join(" · ");
    replace(
      this.parts.names,
      places.map((place) =>
        h(
          "li",
          {},
          h(
            "button",
            { type: "button", class: "pill", on: { click: () => this.#visit(place) } },
            place.name,
            h("small", {}, number(place.count)),
          ),
        ),
      ),
    );
    replace(this.parts.cover, ids.length ? null : empty("scatter", t("map.none")));
    return true;
  }

  /** @param {{x: number, y: number}} place */
  #visit({ x, y }) {
    this.plane.go({ x, y, scale: Math.max(this.#home().scale * 2.5, this.plane.view.scale) });
  }

  /** @returns {Viewport} */
  #home() {
    return fitting(this.#map.x, this.#map.y, this.plane.screen, LIMITS);
  }

  /** @param {CanvasRenderingContext2D} context @param {Viewport} view @param {Screen} screen */
  #draw(context, view, screen) {
    const { ids, x: xs, y: ys } = this.#map;
    const colours = { border: colour("--raised"), blank: colour("--well") };
    context.fillStyle = colour("--dot");
    for (let i = 0; i < ids.length; i++) {
      const [x, y] = toScreen(view, screen, xs[i], ys[i]);
      context.fillRect(x - 1.5, y - 1.5, 3, 3);
    }
    this.#drawn = bunches(xs, ys, view, screen, CELL).map(({ first, count }) => {
      const [x, y] = toScreen(view, screen, xs[first], ys[first]);
      return { id: ids[first], x, y, side: sideOf(count, view.scale, this.#home().scale) };
    });
    for (const { id, x, y, side } of this.#drawn) drawPhoto(context, this.parts.thumbs.of(id), x, y, side, colours);
    this.#drawNames(context, view, screen);
  }

  /** The names of the largest places; one that would lie on another waits until one comes closer. @param {CanvasRenderingContext2D} context @param {Viewport} view @param {Screen} screen */
  #drawNames(context, view, screen) {
    const colours = { ink: colour("--ink"), ground: colour("--ground") };
    /** @type {[number, number, number][]} */
    const taken = [];
    context.font = NAME_FONT;
    for (const place of [...this.#map.places].sort((a, b) => b.count - a.count)) {
      const [x, y] = toScreen(view, screen, place.x, place.y);
      const half = context.measureText(place.name).width / 2;
      if (taken.some(([tx, ty, other]) => Math.abs(tx - x) < half + other + 8 && Math.abs(ty - y) < 20))
        continue;
      taken.push([x, y, half]);
      drawName(context, place.name, x, y, colours, NAME_FONT);
    }
  }

  /** @param {number} px @param {number} py */
  #at(px, py) {
    return this.#drawn.findLast(
      ({ x, y, side }) => Math.abs(px - x) < side / 2 && Math.abs(py - y) < side / 2,
    );
  }

  /** @param {number} px @param {number} py */
  #pick(px, py) {
    const found = this.#at(px, py);
    if (found) go({ photo: found.id });
  }
}

/** @param {Viewport} view */
const settled = ({ x, y, scale }) =>
  go(
    { at: `${x.toFixed(4)},${y.toFixed(4)},${Math.log2(scale).toFixed(1)}` },
    { replace: true, quiet: true },
  );

/** Pictures grow as one comes closer; one that stands for many is a little larger. @param {number} count @param {number} scale @param {number} home */
const sideOf = (count, scale, home) =>
  Math.round(Math.min(110, (34 + 6 * Math.min(3, Math.log10(count))) * Math.max(1, (scale / home) ** 0.5)));
