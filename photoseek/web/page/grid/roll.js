/** Photographs in the order they are shown, as far as they are loaded, in sections. */

import { dayOf, daySections } from "./days.js";

/** @typedef {import("../core/schemas.js").Hit} Hit */
/** @typedef {import("../core/schemas.js").Verdict} Verdict */
/** @typedef {{day: number | null} | {verdict: Verdict} | null} Title of a section; null for none */

export class Roll {
  /** @type {number[]} */
  ids = [];
  /** Width to height of each. @type {number[]} */
  ratios = [];
  /** @type {number[]} */
  starts = [];
  /** @type {Title[]} */
  titles = [];
  /** Of a search: what is known of each. @type {Map<number, Hit>} */
  hits = new Map();
  /** Loads more; null when all is here. @type {(() => Promise<void>) | null} */
  more = null;

  get count() {
    return this.ids.length;
  }

  /** @param {number} id @returns {number} -1 if it is not here */
  indexOf(id) {
    return this.ids.indexOf(id);
  }
}

/** @param {import("../core/schemas.js").Timeline} timeline @returns {Roll} */
export function rollOfTimeline({ ids, ratios, days }) {
  const roll = new Roll();
  const { starts, keys } = daySections(days);
  return Object.assign(roll, {
    ids,
    starts,
    ratios: ratios.map((ratio) => ratio / 100),
    titles: keys.map((day) => ({ day })),
  });
}

/**
 * @param {number[]} ids
 * @param {Map<number, number>} shapes width to height by id
 * @returns {Roll} in one section without a title
 */
export function rollOfIds(ids, shapes) {
  const here = ids.filter((id) => shapes.has(id));
  const ratios = here.map((id) => shapes.get(id) ?? 1);
  return Object.assign(new Roll(), { ids: here, ratios, starts: here.length ? [0] : [], titles: [null] });
}

/**
 * Adds a page of hits, in sections.
 *
 * @param {Roll} roll
 * @param {Hit[]} hits
 * @param {"day" | "verdict" | "nothing"} by what; "nothing": where nothing matches, no verdict is worth a heading
 */
export function addHits(roll, hits, by) {
  for (const hit of hits) {
    if (roll.hits.has(hit.photo.id)) continue;
    const title = titleOf(hit, by, last(roll.titles));
    if (!roll.count || !same(title, last(roll.titles))) {
      roll.starts.push(roll.count);
      roll.titles.push(title);
    }
    roll.ids.push(hit.photo.id);
    roll.ratios.push(hit.photo.width / hit.photo.height);
    roll.hits.set(hit.photo.id, hit);
  }
}

/** @param {Hit} hit @param {"day" | "verdict" | "nothing"} by @param {Title | undefined} before @returns {Title} */
function titleOf(hit, by, before) {
  if (by === "day") return { day: dayOf(hit.photo) };
  return by === "verdict" ? verdictTitle(hit, before) : null;
}

const ORDER = ["strong", "possible", "rest"];

/**
 * A section never goes back to a better verdict: names can lift a photograph above its relevance.
 *
 * @param {Hit} hit
 * @param {Title | undefined} before
 * @returns {Title}
 */
function verdictTitle(hit, before) {
  if (!hit.verdict) return null;
  const reached = before && "verdict" in before ? before.verdict : "strong";
  return { verdict: ORDER.indexOf(hit.verdict) > ORDER.indexOf(reached) ? hit.verdict : reached };
}

/** @param {Title} a @param {Title | undefined} b */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** @template T @param {T[]} list @returns {T | undefined} */
const last = (list) => list[list.length - 1];
