/** Photographs where they were taken, on a map that needs no network. */

import * as api from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { number, t } from "../core/language.js";
import { go, here, hrefOf } from "../core/route.js";
import { colour } from "../core/theme.js";
import { drawCount, drawName, drawPhoto } from "../maps/drawing.js";
import { PlaneView } from "../maps/planeview.js";
import { kilometres, projected, roundLength, unprojected } from "../maps/projection.js";
import { ringsOf } from "../maps/topology.js";
import { bunches, fitting, toPlane, toScreen } from "../maps/viewport.js";
import { empty } from "../parts/head.js";

/** @typedef {import("../maps/viewport.js").Viewport} Viewport */
/** @typedef {import("../maps/viewport.js").Screen} Screen */

const SIDE = 52;
const CLOSE = 3_000; // pixels for the world: closer than that, the finer coast
/** @type {[number, number]} */
const LIMITS = [280, 40_000_000];

/** @param {import("../shell/stage.js").Stage} stage */
export const create = (stage) => new Places(stage);

class Places {
  /** @type {number[]} */
  #ids = [];
  #xs = new Float64Array();
  #ys = new Float64Array();
  /** Land by how closely it is drawn. @type {Map<string, Path2D>} */
  #land = new Map();
  #loaded = false;
  /** @type {ReturnType<typeof bunches>} */
  #marks = [];

  /** @param {import("../shell/stage.js").Stage} stage */
  constructor(stage) {
    this.parts = new PlaneView("places", t("facet.places"), {
      draw: (context, view, screen) => this.#draw(context, view, screen),
      at: (px, py) => this.#at(px, py),
      pick: (px, py) => this.#pick(px, py),
      home: () => this.#home(),
      points: () => ({ ids: this.#ids, xs: this.#xs, ys: this.#ys }),
      settled: (view) => this.#settled(view),
      limits: LIMITS,
    });
    this.plane = this.parts.plane;
    this.element = this.parts.element;
    stage.onChange(() => (this.#loaded = false));
  }

  leave() {
    this.parts.leave();
  }

  /** @param {import("../core/address.js").Address} now */
  async update(now) {
    if (!this.#loaded) await this.#load();
    if (here().view !== "places") return;
    const [longitude, latitude, zoom] = now.at.split(",").map(Number);
    if (Number.isFinite(zoom)) this.plane.go(placed(longitude, latitude, zoom));
    else this.plane.go(this.#home());
  }

  async #load() {
    const [located, facets] = await Promise.all([api.located(""), api.facets(), this.#loadLand("110m")]);
    const points = located.ids.map((_, i) => projected(located.longitudes[i], located.latitudes[i]));
    this.#ids = located.ids;
    this.#xs = Float64Array.from(points, ([x]) => x);
    this.#ys = Float64Array.from(points, ([, y]) => y);
    this.parts.head.note.textContent = t("places.count", { n: located.ids.length });
    replace(
      this.parts.names,
      facets.places
        .slice(0, 30)
        .map(({ value, count, filter }) =>
          h(
            "li",
            {},
            h(
              "a",
              { class: "pill", href: hrefOf({ view: "search", q: filter }) },
              value,
              h("small", {}, number(count)),
            ),
          ),
        ),
    );
    replace(
      this.parts.cover,
      located.ids.length ? null : empty("pin", t("places.none"), t("places.none_hint")),
    );
    this.#loaded = true;
  }

  /** @param {"110m" | "50m"} scale 1 to so many millions */
  async #loadLand(scale) {
    if (this.#land.has(scale)) return;
    this.#land.set(scale, this.#land.get("110m") ?? new Path2D());
    const response = await fetch(`/page/maps/land-${scale}.json`);
    this.#land.set(scale, pathOf(ringsOf(await response.json(), "land")));
    this.plane.redraw();
  }

  /** The land as closely as it is worth at this scale. @param {number} scale */
  #landFor(scale) {
    if (scale < CLOSE) return this.#land.get("110m");
    void this.#loadLand("50m");
    return this.#land.get("50m");
  }

  /** @returns {Viewport} */
  #home() {
    return fitting(this.#xs, this.#ys, this.plane.screen, [LIMITS[0], 9_000]);
  }

  /** @param {CanvasRenderingContext2D} context @param {Viewport} view @param {Screen} screen */
  #draw(context, view, screen) {
    context.fillStyle = colour("--sea");
    context.fillRect(0, 0, screen.width, screen.height);
    const land = this.#landFor(view.scale);
    if (land) this.#drawLand(context, view, screen, land);
    this.#marks = bunches(this.#xs, this.#ys, view, screen, SIDE).sort((a, b) => a.count - b.count);
    const colours = {
      border: colour("--raised"),
      blank: colour("--well"),
      accent: colour("--accent"),
      on: colour("--on-accent"),
    };
    for (const mark of this.#marks) {
      const [x, y] = toScreen(view, screen, mark.x, mark.y);
      drawPhoto(context, this.parts.thumbs.of(this.#ids[mark.first]), x, y, SIDE, colours);
      if (mark.count > 1) drawCount(context, number(mark.count), x + SIDE / 2 + 8, y - SIDE / 2, colours);
    }
    drawScale(context, view, screen);
  }

  /** @param {CanvasRenderingContext2D} context @param {Viewport} view @param {Screen} screen @param {Path2D} land */
  #drawLand(context, view, screen, land) {
    context.save();
    const [x, y] = toScreen(view, screen, 0, 0);
    context.translate(x, y);
    context.scale(view.scale, view.scale);
    context.fillStyle = colour("--land");
    context.fill(land, "evenodd");
    context.lineWidth = 1 / view.scale;
    context.strokeStyle = colour("--coast");
    context.stroke(land);
    context.restore();
  }

  /** @param {number} px @param {number} py */
  #at(px, py) {
    return this.#marks.findLast((mark) => {
      const [x, y] = toScreen(this.plane.view, this.plane.screen, mark.x, mark.y);
      return Math.abs(px - x) < SIDE / 2 && Math.abs(py - y) < SIDE / 2;
    });
  }

  /** One opens; several come apart; those of one spot are searched for. @param {number} px @param {number} py */
  #pick(px, py) {
    const mark = this.#at(px, py);
    if (!mark) return;
    if (mark.count === 1) return go({ photo: this.#ids[mark.first] });
    const [xs, ys] = [mark.members.map((i) => this.#xs[i]), mark.members.map((i) => this.#ys[i])];
    const view = fitting(xs, ys, this.plane.screen, LIMITS);
    if (view.scale >= LIMITS[1]) return this.#search(mark.x, mark.y, 0.3);
    this.plane.go(view);
  }

  /** @param {number} x @param {number} y @param {number} km */
  #search(x, y, km) {
    const [longitude, latitude] = unprojected(x, y);
    go({
      view: "search",
      q: `near:${latitude.toFixed(4)},${longitude.toFixed(4)},${km < 1 ? km.toFixed(2) : Math.ceil(km)}`,
      at: "",
      photo: 0,
    });
  }

  /** @param {Viewport} view */
  #settled(view) {
    const { screen } = this.plane;
    const [left, top] = toPlane(view, screen, 0, 0);
    const [right, bottom] = toPlane(view, screen, screen.width, screen.height);
    const [longitude, latitude] = unprojected(view.x, view.y);
    go(
      { at: `${longitude.toFixed(4)},${latitude.toFixed(4)},${Math.log2(view.scale / 256).toFixed(1)}` },
      { replace: true, quiet: true },
    );
    const km = kilometres(Math.hypot(right - left, bottom - top) / 2, latitude);
    replace(
      this.parts.strip.action,
      km > 2000
        ? null
        : h(
            "button",
            { type: "button", on: { click: () => this.#search(view.x, view.y, km) } },
            icon("search"),
            t("places.search"),
          ),
    );
  }
}

/** @param {number} longitude @param {number} latitude @param {number} zoom as of web maps: 0 is the world in 256 pixels */
function placed(longitude, latitude, zoom) {
  const [x, y] = projected(longitude, latitude);
  return { x, y, scale: Math.max(LIMITS[0], Math.min(LIMITS[1], 256 * 2 ** zoom)) };
}

/** @param {Float64Array[]} rings */
function pathOf(rings) {
  const path = new Path2D();
  for (const ring of rings) {
    path.moveTo(ring[0], ring[1]);
    for (let i = 2; i < ring.length; i += 2) path.lineTo(ring[i], ring[i + 1]);
    path.closePath();
  }
  return path;
}

/** @param {CanvasRenderingContext2D} context @param {Viewport} view @param {Screen} screen */
function drawScale(context, view, screen) {
  const [, latitude] = unprojected(view.x, view.y);
  const perPixel = kilometres(1 / view.scale, latitude);
  const km = roundLength(perPixel * 140);
  const width = km / perPixel;
  const [x, y] = [16, screen.height - 16];
  context.strokeStyle = colour("--muted");
  context.lineWidth = 1.5;
  context.strokeRect(x, y, width, 0);
  const text = km < 1 ? t("map.metres", { n: Math.round(km * 1000) }) : t("map.kilometres", { n: km });
  drawName(
    context,
    text,
    x + width / 2,
    y - 11,
    { ink: colour("--ink"), ground: colour("--sea") },
    "12px system-ui, sans-serif",
  );
}
