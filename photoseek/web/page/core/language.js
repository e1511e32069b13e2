/** Strings, dates and numbers in the language of the person. One file for each language. */

export const LANGUAGES = /** @type {const} */ (["en", "de", "ja"]);
const KEY = "photoseek.language";

/** @typedef {Record<string, any>} Strings */

/** @type {Strings} */
let strings = {};
let code = "en";
let plural = new Intl.PluralRules("en");

/** @returns {string} the language in use, such as "de" */
export const language = () => code;

/** @returns {string} that a person chose, or the browser's first that there is a file for */
function wanted() {
  const offered = [localStorage.getItem(KEY) ?? "", ...navigator.languages];
  const known = offered.map((tag) => tag.slice(0, 2).toLowerCase());
  return known.find((tag) => LANGUAGES.includes(/** @type {any} */ (tag))) ?? "en";
}

/** Loads the strings; to be awaited before anything is shown. */
export async function loadLanguage() {
  const tag = wanted();
  const response = await fetch(`/page/languages/${tag}.json`);
  strings = await response.json();
  code = tag;
  plural = new Intl.PluralRules(tag);
  document.documentElement.lang = tag;
}

/** @param {string} tag kept for the next visit; the page loads anew */
export function chooseLanguage(tag) {
  localStorage.setItem(KEY, tag);
  location.reload();
}

/**
 * The string of a key such as "grid.select", its `{name}`s filled in. Of a string with plural
 * forms, that for `values.n`.
 *
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const found = key.split(".").reduce((level, part) => level?.[part], strings);
  if (found === undefined) return key;
  const form = typeof found === "string" ? found : (found[plural.select(Number(values.n))] ?? found.other);
  return form.replace(/\{(\w+)\}/g, (/** @type {string} */ whole, /** @type {string} */ name) =>
    name in values ? said(values[name] ?? "") : whole,
  );
}

/** @param {string | number} value */
const said = (value) => (typeof value === "number" ? number(value) : value);

/** @param {number} value */
export const number = (value) => new Intl.NumberFormat(code, { maximumFractionDigits: 1 }).format(value);

/** @param {number} share 0 to 1 */
export const percent = (share) =>
  new Intl.NumberFormat(code, { style: "percent", maximumFractionDigits: 0 }).format(share);

/** @param {number} bytes */
export function size(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(bytes || 1) / 3)));
  const options = {
    style: /** @type {const} */ ("unit"),
    unit: units[step],
    maximumFractionDigits: step > 1 ? 1 : 0,
  };
  return new Intl.NumberFormat(code, options).format(bytes / 1000 ** step);
}

/** @param {number} seconds */
export function duration(seconds) {
  const [amount, unit] =
    seconds < 90 ? [seconds, "second"] : seconds < 5400 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  return new Intl.NumberFormat(code, {
    style: "unit",
    unit,
    unitDisplay: "long",
    maximumFractionDigits: 0,
  }).format(amount);
}

/**
 * A date of a camera: its own clock, no zone.
 *
 * @param {string | null} iso
 * @param {Intl.DateTimeFormatOptions} [style]
 */
export function date(iso, style = { dateStyle: "long", timeStyle: "short" }) {
  if (!iso) return "";
  const moment = new Date(iso.replace(/(Z|[+-]\d\d:?\d\d)$/, ""));
  return Number.isNaN(moment.getTime()) ? "" : new Intl.DateTimeFormat(code, style).format(moment);
}

/** A month such as "2023-07", or whatever else it says. @param {string} text */
export function month(text) {
  const found = /^(\d{4})-(\d\d)$/.exec(text);
  if (!found) return text;
  return new Intl.DateTimeFormat(code, { month: "long", year: "numeric", timeZone: "UTC" }).format(
    Date.UTC(Number(found[1]), Number(found[2]) - 1),
  );
}

/**
 * A day counted from 1970.
 *
 * @param {number} days
 * @param {Intl.DateTimeFormatOptions} style
 */
export const day = (days, style) =>
  new Intl.DateTimeFormat(code, { ...style, timeZone: "UTC" }).format(new Date(days * 86_400_000));
