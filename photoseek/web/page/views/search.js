/** Answers to a query: strong, possible, and the rest; or by day. */

import { Problem, search } from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { number, t } from "../core/language.js";
import { go, here, hrefOf, remembered } from "../core/route.js";
import { Grid } from "../grid/grid.js";
import { addHits, Roll } from "../grid/roll.js";
import { empty, segments, sizeSlider, viewHead } from "../parts/head.js";
import { wordsNote } from "../parts/words.js";
import { picturesNow, searchWith } from "../query/outside.js";
import { announce, complain, messageOf } from "../shell/toasts.js";
import { Explore } from "./explore.js";
import { saveSearch } from "./saved.js";

/** @typedef {import("../core/schemas.js").Answer} Answer */
/** @typedef {{roll: Roll, answer: Answer}} Found */

const FIRST = 80;
const NEXT = 200;
const KEPT = 8;

/** @param {import("../shell/stage.js").Stage} stage */
export const create = (stage) => new Results(stage);

/** What is asked. */
const question = () => ({ q: here().q, sort: here().sort, pictures: picturesNow() });
const keyOf = () => JSON.stringify([here().q, here().sort, remembered().pictures ?? here().pictures]);

class Results {
  #key = "";
  #asking = new AbortController();
  /** Answers for Back, the latest last. @type {Map<string, Found>} */
  #kept = new Map();

  /** @param {import("../shell/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.grid = new Grid(stage.main);
    this.explore = new Explore(stage);
    this.sort = segments(
      t("search.sort"),
      [
        ["relevance", t("sort.relevance")],
        ["date", t("sort.date")],
        ["name", t("sort.name")],
      ],
      (sort) => go({ sort }),
    );
    const save = h(
      "button",
      {
        type: "button",
        class: "plain save",
        "aria-label": t("saved.save"),
        title: t("saved.save"),
        on: { click: () => void saveSearch(here().q) },
      },
      icon("bookmark"),
    );
    this.head = viewHead(t("view.search"), this.sort.element, sizeSlider(), stage.can.change ? save : null);
    this.notes = h("div", { class: "search-notes" });
    this.results = h("div", { class: "results" }, this.head.element, this.notes, this.grid.element);
    this.element = h("section", { class: "view search", "aria-label": t("view.search") });
    window.addEventListener("rowschange", () => this.element.isConnected && this.grid.relayout());
    stage.onChange(() => this.#forget());
    this.element.addEventListener("grown", () => this.#summary());
  }

  #forget() {
    this.#kept.clear();
    this.#key = "";
  }

  leave() {
    this.#asking.abort();
  }

  /** @param {import("../core/address.js").Address} now @param {import("../core/address.js").Address | null} before */
  async update(now, before) {
    if (!now.q && !now.pictures) return this.#nothingAsked();
    const key = keyOf();
    if (key === this.#key && before) return this.grid.repaint();
    this.#key = key;
    if (!this.results.isConnected) replace(this.element, this.results);
    this.sort.set(now.sort || "relevance");
    const kept = this.#kept.get(key);
    if (kept) return this.#show(kept, remembered().scroll ?? 0);
    await this.#ask(key);
  }

  async #nothingAsked() {
    this.#asking.abort();
    this.#key = "";
    this.grid.show(new Roll());
    replace(this.element, this.explore.element);
    await this.explore.renew();
  }

  /** @param {string} key */
  async #ask(key) {
    const begun = performance.now();
    this.#asking.abort();
    this.#asking = new AbortController();
    const asked = question();
    if (!asked.q && !asked.pictures.length) return this.#missing();
    this.element.classList.add("busy");
    try {
      const found = await first(asked, this.#asking.signal);
      this.#keep(key, found);
      if (key !== this.#key) return;
      this.#show(found, 0);
      measurePainted(begun);
    } catch (problem) {
      if (!this.#asking.signal.aborted) this.#failed(problem);
    } finally {
      if (key === this.#key) this.element.classList.remove("busy");
    }
  }

  /** @param {string} key @param {Found} found */
  #keep(key, found) {
    this.#kept.delete(key);
    this.#kept.set(key, found);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT) this.#kept.delete(oldest);
  }

  /** @param {Found} found @param {number} scroll */
  #show({ roll, answer }, scroll) {
    this.element.classList.remove("busy");
    this.stage.box.understood(here().q, answer.chips);
    this.answer = answer;
    replace(this.notes, this.#notes(answer));
    this.grid.show(roll, scroll);
    this.#summary();
    announce(this.head.note.textContent ?? "");
  }

  #summary() {
    const { answer } = this;
    if (!answer) return;
    const { titles, starts, count, more } = this.grid.roll;
    this.head.heading.textContent = answer.nothing ? t("search.nothing") : t("view.search");
    const known = titles.flatMap((title, i) =>
      title && "verdict" in title && title.verdict !== "rest"
        ? [t(`count.${title.verdict}`, { n: countOf(starts, i, count, Boolean(more)) })]
        : [],
    );
    const ms = Object.values(answer.steps).reduce((sum, step) => sum + step, 0);
    const took = ms ? t("search.took", { ms: number(Math.round(ms)) }) : "";
    this.head.note.textContent = [
      answer.nothing ? "" : known.join(", "),
      t("search.of", { n: answer.photos }),
      took,
    ]
      .filter(Boolean)
      .join(" · ");
  }

  /** @param {Answer} answer */
  #notes(answer) {
    return [
      here().pictures && !picturesNow().length ? this.#gone() : null,
      answer.nothing ? h("p", { class: "note strong-note" }, t("search.nothing_here")) : null,
      answer.nothing && answer.chips.some(({ kind }) => kind === "words") ? wordsNote(answer.model) : null,
      answer.hits.length ? null : empty("search", t("search.none"), t("search.none_hint")),
      ...answer.notes.map((note) => h("p", { class: "note" }, note)),
      answer.unsearchable
        ? h(
            "p",
            { class: "note" },
            h("a", { href: hrefOf({ view: "library" }) }, t("models.failed", { n: answer.unsearchable })),
          )
        : null,
    ];
  }

  #gone() {
    return h(
      "p",
      { class: "note" },
      t("picture.gone"),
      " ",
      h(
        "button",
        { type: "button", class: "link", on: { click: () => searchWith([]) } },
        t("picture.without"),
      ),
    );
  }

  /** The address tells of a picture that this page does not have any more. */
  #missing() {
    this.grid.show(new Roll());
    this.answer = undefined;
    this.head.note.textContent = "";
    this.stage.box.understood("", []);
    replace(this.notes, empty("picture", t("picture.gone_title"), t("picture.gone")));
  }

  /** @param {unknown} problem */
  #failed(problem) {
    this.element.classList.remove("busy");
    this.#key = "";
    if (problem instanceof Problem && problem.status < 500 && here().q)
      this.stage.box.mistaken(problem.message, problem.column);
    else replace(this.notes, h("p", { class: "note error", role: "alert" }, messageOf(problem)));
  }
}

/** For whoever looks at performance: how long it took from the question to the frame with its answer. @param {number} begun */
function measurePainted(begun) {
  requestAnimationFrame(() =>
    setTimeout(() => performance.measure("photoseek:answer", { start: begun, end: performance.now() })),
  );
}

/** @param {number[]} starts @param {number} i @param {number} count @param {boolean} open whether more will come */
function countOf(starts, i, count, open) {
  const n = (starts[i + 1] ?? count) - starts[i];
  return i + 1 === starts.length && open ? `${number(n)}+` : number(n);
}

/**
 * The first page, with a roll that can load the others.
 *
 * @param {{q: string, sort: string, pictures: import("../query/pictures.js").Held[]}} asked
 * @param {AbortSignal} signal
 * @returns {Promise<Found>}
 */
async function first({ q, sort, pictures }, signal) {
  const answer = await search({ q, sort, limit: FIRST }, pictures, signal);
  const meant =
    answer.chips.some(({ kind, negated }) => (kind === "words" || kind === "picture") && !negated) ||
    pictures.length > 0;
  const byDate =
    sort === "date" || answer.chips.some(({ text }) => text === "sort:date") || (!sort && !meant);
  const by = byDate ? "day" : answer.nothing ? "nothing" : "verdict";
  const roll = new Roll();
  /** @param {Answer} page */
  const add = (page) => {
    addHits(roll, page.hits, by);
    roll.more = page.cursor === null ? null : () => next(page.cursor);
  };
  /** @param {string | null} cursor */
  const next = async (cursor) => {
    try {
      add(await search({ q, sort, limit: NEXT, cursor }, pictures));
    } catch (problem) {
      roll.more = null;
      complain(problem);
    }
  };
  add(answer);
  return { roll, answer };
}
