/** The view of the address. Each is loaded when it is first wanted. */

import { h, replace } from "../core/dom.js";
import { here } from "../core/route.js";
import { t } from "../core/language.js";
import { clearSelection } from "../grid/selected.js";
import { messageOf } from "./toasts.js";

/** @typedef {import("./stage.js").Shown} Shown */
/** @typedef {import("../core/address.js").Address} Address */

/** @type {Record<string, () => Promise<{create: (stage: import("./stage.js").Stage) => Shown}>>} */
const LOADERS = {
  welcome: () => import("../views/welcome.js"),
  timeline: () => import("../views/timeline.js"),
  search: () => import("../views/search.js"),
  folders: () => import("../views/folders.js"),
  places: () => import("../views/places.js"),
  map: () => import("../views/meaning.js"),
  groups: () => import("../views/groups.js"),
  duplicates: () => import("../views/duplicates.js"),
  saved: () => import("../views/saved.js"),
  library: () => import("../views/library.js"),
  models: () => import("../views/models.js"),
};

export class Views {
  /** @type {Map<string, Shown>} */
  #made = new Map();
  /** @type {Shown | null} */
  current = null;
  /** How many updates are under way. */
  #busy = 0;

  /** @param {import("./stage.js").Stage} stage @param {import("./sidebar.js").Sidebar} sidebar */
  constructor(stage, sidebar) {
    this.stage = stage;
    this.sidebar = sidebar;
    stage.onChange(() => void this.#show(here(), null));
  }

  async start() {
    this.stage.box.follow();
    await this.#show(here(), null);
  }

  /** @param {Address} now @param {Address | null} before */
  follow(now, before) {
    void this.#show(now, before);
  }

  /** A library with nothing in it has one thing to show, and its doors. @param {Address} address */
  #nameOf({ view }) {
    const empty = !this.stage.status?.library || !this.stage.status.photos;
    return empty && view !== "library" && view !== "models" ? "welcome" : view;
  }

  /** @param {Address} now @param {Address | null} before */
  async #show(now, before) {
    const { main } = this.stage;
    main.ariaBusy = "true";
    this.#busy += 1;
    await this.#update(now, before);
    this.#busy -= 1;
    if (!this.#busy) main.ariaBusy = "false";
  }

  /** @param {Address} now @param {Address | null} before */
  async #update(now, before) {
    this.sidebar.follow();
    const name = this.#nameOf(now);
    document.title = titleOf(now, name);
    try {
      const shown = this.#made.get(name) ?? (await LOADERS[name]()).create(this.stage);
      if (this.#nameOf(here()) !== name) return;
      this.#made.set(name, shown);
      const entered = this.#enter(shown);
      await shown.update(now, entered ? null : before);
    } catch (problem) {
      replace(this.stage.main, h("div", { class: "empty", role: "alert" }, h("p", {}, messageOf(problem))));
      this.current = null;
    }
  }

  /** @param {Shown} shown @returns {boolean} whether another was shown before */
  #enter(shown) {
    if (this.current === shown) return false;
    this.current?.leave?.();
    clearSelection();
    this.current = shown;
    this.stage.grid = shown.grid ?? null;
    this.stage.main.classList.toggle("still", shown.element.classList.contains("canvas-view"));
    replace(this.stage.main, shown.element);
    this.stage.main.scrollTop = 0;
    return true;
  }
}

/** @param {Address} address @param {string} name */
function titleOf({ q, view }, name) {
  if (name === "welcome") return "Photoseek";
  return `${view === "search" && q ? q : t(`view.${view}`)} · Photoseek`;
}
