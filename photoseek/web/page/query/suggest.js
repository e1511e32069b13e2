/** What could be meant by what is being written: filters with values of this library, saved searches. */

import { pieceAt } from "./pieces.js";

/** @typedef {import("../core/schemas.js").Facets} Facets */
/** @typedef {{kind: string, label: string, piece: string, count: number | null}} Suggestion */

/** Keys of filters with the facet that has their values. @type {[string, keyof Facets | null][]} */
const KEYS = [
  ["in:", "folders"],
  ["date:", "dates"],
  ["place:", "places"],
  ["camera:", "cameras"],
  ["tag:", "tags"],
  ["type:", "types"],
  ["lens:", "lenses"],
  ["orientation:", "orientations"],
  ["after:", null],
  ["before:", null],
  ["near:", null],
  ["name:", null],
  ["size:", null],
  ["has:", null],
  ["sort:", null],
];
const MOST = 8;

/** @param {string} text */
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * @param {string} text of the query
 * @param {number} caret
 * @param {Facets | null} facets
 * @param {{name: string, query: string}[]} saved
 * @returns {Suggestion[]} the best first
 */
export function suggestions(text, caret, facets, saved) {
  const writing = pieceAt(text.slice(0, caret), caret).text;
  const minus = writing.startsWith("-") ? "-" : "";
  const wanted = plain(writing.slice(minus.length));
  if (!wanted) return [];
  if (wanted.startsWith("@")) return savedOnes(wanted.slice(1), saved);
  const found = [...valuesOf(wanted, facets), ...keysOf(wanted)];
  return found.slice(0, MOST).map((one) => ({ ...one, piece: minus + one.piece }));
}

/** @param {string} wanted @param {{name: string, query: string}[]} saved @returns {Suggestion[]} */
function savedOnes(wanted, saved) {
  const fitting = saved.filter(({ name }) => plain(name).includes(wanted));
  return fitting.slice(0, MOST).map(({ name, query }) => ({
    kind: "saved",
    label: query,
    piece: /\s/.test(name) ? `@"${name}"` : `@${name}`,
    count: null,
  }));
}

/** @param {string} wanted @returns {Suggestion[]} */
function keysOf(wanted) {
  const fitting = KEYS.filter(([key]) => key.startsWith(wanted) && key !== wanted);
  return fitting.map(([key]) => ({ kind: "key", label: key.slice(0, -1), piece: key, count: null }));
}

/** @param {string} wanted @param {Facets | null} facets @returns {Suggestion[]} */
function valuesOf(wanted, facets) {
  if (!facets) return [];
  /** @type {[number, Suggestion][]} */
  const found = [];
  for (const [key, facet] of KEYS) {
    if (!facet) continue;
    const value = wanted.startsWith(key) ? wanted.slice(key.length).replace(/^"/, "") : wanted;
    for (const one of /** @type {import("../core/schemas.js").FacetValue[]} */ (facets[facet])) {
      const rank = rankOf(plain(one.value), value, wanted.startsWith(key));
      if (rank > 0)
        found.push([rank, { kind: key.slice(0, -1), label: one.value, piece: one.filter, count: one.count }]);
    }
  }
  found.sort(([a, x], [b, y]) => b - a || (y.count ?? 0) - (x.count ?? 0));
  return found.map(([, suggestion]) => suggestion);
}

/** @param {string} has @param {string} value @param {boolean} keyed whether the key is written already */
function rankOf(has, value, keyed) {
  if (keyed && !value) return 1;
  if (value.length < 2 && !keyed) return 0;
  if (has.startsWith(value)) return 3;
  const inside = has.split(/[\s/,._-]+/).some((word) => word.startsWith(value));
  return inside ? 2 : 0;
}

/**
 * The text with a suggestion in place of what was being written.
 *
 * @param {string} text
 * @param {number} caret
 * @param {string} piece
 * @returns {{text: string, caret: number}}
 */
export function completed(text, caret, piece) {
  const { from, to } = pieceAt(text, caret);
  const open = piece.endsWith(":");
  const before = text.slice(0, from) + piece + (open ? "" : " ");
  return { text: before + text.slice(to).trimStart(), caret: before.length };
}
