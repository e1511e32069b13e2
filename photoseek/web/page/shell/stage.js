/** What all views share: where they are drawn, the library's state, and the roll that is on show. */

import * as api from "../core/api.js";

const LOCKED = 423;
const TRIES = 10;

/** @typedef {import("../core/schemas.js").Status} Status */
/** @typedef {import("../core/schemas.js").Timeline} Timeline */
/** @typedef {import("../grid/grid.js").Grid} Grid */

/**
 * @typedef {object} Shown a view
 * @property {HTMLElement} element
 * @property {(now: import("../core/address.js").Address, before: import("../core/address.js").Address | null) => void | Promise<void>} update
 * @property {Grid} [grid]
 * @property {() => void} [leave]
 * @property {(event: KeyboardEvent) => boolean} [key] whether it took the key
 */

export class Stage {
  /** @type {Status | null} */
  status = null;
  /** @type {Grid | null} */
  grid = null;
  /** @type {Promise<Timeline> | null} */
  #all = null;
  /** @type {Set<() => void>} */
  #renewals = new Set();

  /** @param {HTMLElement} main @param {import("../query/searchbox.js").SearchBox} box */
  constructor(main, box) {
    this.main = main;
    this.box = box;
  }

  get can() {
    return this.status?.can ?? { change: false, reveal: false };
  }

  /** Asks how the library is; again, while it is being made and cannot be read. */
  async renewStatus() {
    for (let tries = 0; ; tries++) {
      try {
        return (this.status = await api.status());
      } catch (problem) {
        if (!(problem instanceof api.Problem && problem.status === LOCKED) || tries === TRIES) throw problem;
        await new Promise((resume) => setTimeout(resume, 300));
      }
    }
  }

  /** All photographs, newest first: asked for once, until the library changes. @returns {Promise<Timeline>} */
  everything() {
    this.#all ??= api.timeline("");
    this.#all.catch(() => (this.#all = null));
    return this.#all;
  }

  /** Width to height of each photograph. @returns {Promise<Map<number, number>>} */
  async shapes() {
    const { ids, ratios } = await this.everything();
    return new Map(ids.map((id, i) => [id, ratios[i] / 100]));
  }

  /** @param {() => void} renew called when the library has changed */
  onChange(renew) {
    this.#renewals.add(renew);
  }

  /** The library has changed: what was kept of it is forgotten. */
  async changed() {
    this.#all = null;
    this.box.proposals.outdated();
    await this.renewStatus();
    for (const renew of this.#renewals) renew();
  }
}
