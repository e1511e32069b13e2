/** One photograph, large, with what is known of it. Follows the address: `photo=…`. */

import { thumbnail } from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/language.js";
import { go, here } from "../core/route.js";
import { select, selected } from "../grid/selected.js";
import { toggled } from "../grid/selection.js";
import { marksOf } from "../query/pieces.js";
import { announce, complain, messageOf } from "../shell/toasts.js";
import * as actions from "./actions.js";
import { detailsOf } from "./details.js";
import { factsOf } from "./facts.js";
import { Picture } from "./picture.js";

const PANEL = "photoseek.panel";

export class Lightbox {
  #id = 0;
  /** Whether this page opened it, so that closing is going back. */
  #opened = false;

  /** @param {import("../shell/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.picture = new Picture((step) => this.#step(step));
    this.name = h("h2", { class: "lightbox-name" });
    this.facts = h("aside", { class: "lightbox-facts", "aria-label": t("photo.facts") });
    this.tools = h("div", { class: "lightbox-tools", role: "toolbar", "aria-label": t("photo.tools") });
    this.moment = h("div", { class: "lightbox-moment" });
    this.before = this.#arrow("back", "photo.previous", -1);
    this.after = this.#arrow("next", "photo.next", 1);
    this.element = h(
      "dialog",
      { class: "lightbox", "aria-label": t("photo.lightbox") },
      h(
        "div",
        { class: "lightbox-stage" },
        this.picture.element,
        this.before,
        this.after,
        this.moment,
        h(
          "header",
          {},
          tool("close", "close", () => this.close()),
          this.name,
          this.tools,
        ),
      ),
      this.facts,
    );
    this.element.classList.toggle(
      "informed",
      (localStorage.getItem(PANEL) ?? String(innerWidth > 900)) === "true",
    );
    this.element.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    document.body.append(this.element);
    this.stage.main.addEventListener("grown", () => this.open && this.#arrows());
  }

  get open() {
    return this.element.open;
  }

  start() {
    this.follow(here());
    this.#opened = false;
  }

  /** @param {string} drawing @param {string} name @param {number} step */
  #arrow(drawing, name, step) {
    const button = tool(drawing, name, () => this.#step(step));
    button.classList.add("lightbox-arrow", drawing);
    return button;
  }

  /** @param {Readonly<import("../core/address.js").Address>} address */
  follow({ photo }) {
    if (!photo) return this.#hide();
    if (!this.open) {
      this.element.showModal();
      this.#opened = true;
    }
    const other = photo !== this.#id;
    if (!other) this.#opened = false; // refined from here: the step before has the lightbox, too
    this.#id = photo;
    if (other) void this.#show();
    else void this.refresh();
    this.#arrows();
  }

  #hide() {
    if (!this.open) return;
    const index = this.stage.grid?.roll.indexOf(this.#id) ?? -1;
    this.#id = 0;
    this.#opened = false;
    this.element.close();
    this.picture.empty();
    if (index >= 0) this.stage.grid?.focus(index);
  }

  close() {
    if (this.#opened) history.back();
    else go({ photo: 0 }, { replace: true });
    this.#opened = false;
  }

  /** @param {number} step */
  #step(step) {
    const roll = this.stage.grid?.roll;
    const index = roll ? roll.indexOf(this.#id) : -1;
    const next = roll?.ids[index + step];
    if (index < 0 || next === undefined) return;
    if (roll?.more && index + step > roll.count - 10) void this.stage.grid?.loadMore();
    go({ photo: next }, { replace: true });
  }

  async #show() {
    const id = this.#id;
    this.picture.show(id);
    this.name.textContent = "";
    await this.refresh();
    const roll = this.stage.grid?.roll;
    const index = roll?.indexOf(id) ?? -1;
    for (const step of [1, -1])
      if (roll?.ids[index + step] && index >= 0) this.picture.preload(roll.ids[index + step]);
  }

  /** Reads anew what is known of the photograph. */
  async refresh() {
    const id = this.#id;
    try {
      const photo = await detailsOf(id);
      if (id !== this.#id) return;
      this.picture.describe(photo);
      this.#describe(photo);
    } catch (problem) {
      this.name.textContent = messageOf(problem);
      complain(problem);
    }
  }

  /** @param {import("../core/schemas.js").PhotoDetails} photo */
  #describe(photo) {
    const hit = this.stage.grid?.roll.hits.get(photo.id);
    this.name.textContent = photo.name;
    announce(photo.name);
    replace(this.tools, this.#tools(photo.id));
    replace(
      this.facts,
      h("h3", {}, photo.name),
      factsOf(photo, hit, { change: this.stage.can.change, refresh: () => void this.refresh() }),
    );
    const shots = hit?.moment ?? [];
    replace(
      this.moment,
      shots.length ? [shotLink(photo.id, true), ...shots.map((shot) => shotLink(shot.id, false))] : [],
    );
  }

  /** @param {number} id */
  #tools(id) {
    const mark = marksOf(here().q).get(id);
    const { change, reveal } = this.stage.can;
    return [
      tool("similar", "photo.similar", () => actions.similar(id), "s"),
      tool("plus", "photo.more", () => actions.mark(id, 1), "+", mark === 1),
      tool("minus", "photo.less", () => actions.mark(id, -1), "-", mark === -1),
      change ? tool("tag", "photo.tag", () => void this.#tag(id), "t") : null,
      tool("copy", "photo.copy", () => void actions.copyPath(id), "c"),
      tool("download", "photo.download", () => actions.download(id), "d"),
      reveal ? tool("reveal", "photo.reveal", () => void actions.reveal(id), "r") : null,
      tool("info", "photo.info", () => this.#panel(), "i", this.element.classList.contains("informed")),
    ];
  }

  /** @param {number} id */
  async #tag(id) {
    if (await actions.tagAll([id])) await this.refresh();
  }

  #panel() {
    const shown = this.element.classList.toggle("informed");
    localStorage.setItem(PANEL, String(shown));
    this.tools.querySelector("[data-name='photo.info']")?.setAttribute("aria-pressed", String(shown));
  }

  #arrows() {
    const roll = this.stage.grid?.roll;
    const index = roll?.indexOf(this.#id) ?? -1;
    this.before.hidden = index <= 0;
    this.after.hidden = index < 0 || index >= (roll?.count ?? 0) - 1;
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it was meant for the lightbox */
  key({ key, ctrlKey, metaKey }) {
    if (ctrlKey || metaKey || document.querySelector("dialog.dialog[open]")) return false;
    const roll = this.stage.grid?.roll;
    if (key === "ArrowLeft") this.#step(-1);
    else if (key === "ArrowRight") this.#step(1);
    else if (key === "i") this.#panel();
    else if (key === "z") this.picture.toggle();
    else if (key === "t" && this.stage.can.change) void this.#tag(this.#id);
    else if (key === "x" && roll && roll.indexOf(this.#id) >= 0)
      select(toggled(selected(), roll.ids, roll.indexOf(this.#id)));
    else return false;
    return true;
  }
}

/** @param {number} id @param {boolean} current */
const shotLink = (id, current) =>
  h(
    "button",
    {
      type: "button",
      "aria-label": t("photo.shot", { id: String(id) }),
      "aria-current": current ? "true" : false,
      on: { click: () => go({ photo: id }, { replace: true }) },
    },
    h("img", { src: thumbnail(id), alt: "" }),
  );

/** @param {string} drawing @param {string} name @param {() => void} act @param {string} [key] @param {boolean} [pressed] */
function tool(drawing, name, act, key, pressed) {
  const label = t(name);
  return h(
    "button",
    {
      type: "button",
      class: "plain",
      "aria-label": label,
      title: key ? `${label} (${key})` : label,
      "aria-pressed": pressed === undefined ? false : String(pressed),
      data: { name },
      on: { click: act },
    },
    icon(drawing),
  );
}
