/** What the page shows, as the query part of its address: so that Back works and a bookmark does. */

/** @typedef {"timeline" | "search" | "folders" | "places" | "map" | "groups" | "duplicates" | "saved" | "library" | "models"} View */

/**
 * @typedef {object} Address
 * @property {View} view
 * @property {string} q the query's text
 * @property {"" | "relevance" | "date" | "name"} sort "" is the default of the search
 * @property {number} photo the photograph that is open, 0 for none
 * @property {number} pictures how many pictures from outside the library belong to the search
 * @property {string} folder the folder of the view of folders, "" for the top
 * @property {"" | "exact" | "same" | "similar"} tier of duplicates
 * @property {number} n number of groups, 0 for as many as show
 * @property {number} group the group that is open, from 1, 0 for none
 * @property {string} at where a map is: "x,y,zoom"
 */

/** @type {readonly View[]} */
export const VIEWS = [
  "timeline",
  "search",
  "folders",
  "places",
  "map",
  "groups",
  "duplicates",
  "saved",
  "library",
  "models",
];

/** @type {Readonly<Address>} */
export const HOME = Object.freeze({
  view: "timeline",
  q: "",
  sort: "",
  photo: 0,
  pictures: 0,
  folder: "",
  tier: "",
  n: 0,
  group: 0,
  at: "",
});

const CHOICES = { sort: ["relevance", "date", "name"], tier: ["exact", "same", "similar"], view: VIEWS };
const MOST = { photo: Number.MAX_SAFE_INTEGER, pictures: 10, n: 200, group: 1000 };

/**
 * Reads an address; what it does not know, or is out of range, is as if it was not there.
 *
 * @param {string} search "?q=…", as of `location.search`
 * @returns {Address}
 */
export function parseAddress(search) {
  const given = new URLSearchParams(search);
  const address = { ...HOME };
  for (const key of /** @type {const} */ (["q", "folder", "at"])) address[key] = given.get(key) ?? "";
  for (const key of /** @type {const} */ (["photo", "pictures", "n", "group"])) {
    address[key] = whole(given.get(key), MOST[key]);
  }
  for (const key of /** @type {const} */ (["sort", "tier", "view"])) {
    const value = given.get(key) ?? "";
    if (/** @type {readonly string[]} */ (CHOICES[key]).includes(value))
      Object.assign(address, { [key]: value });
  }
  if (!given.has("view") && (address.q || address.pictures)) address.view = "search";
  return address;
}

/** @param {string | null} text @param {number} most */
function whole(text, most) {
  const number = /^\d{1,16}$/.test(text ?? "") ? Number(text) : 0;
  return number <= most ? number : 0;
}

/**
 * The shortest text that `parseAddress` reads back as the same address.
 *
 * @param {Address} address
 * @returns {string} "" for home, otherwise "?…"
 */
export function formatAddress(address) {
  const said = new URLSearchParams();
  const searching = Boolean(address.q || address.pictures);
  const implied = searching ? "search" : HOME.view;
  if (address.view !== implied) said.set("view", address.view);
  for (const [key, value] of Object.entries(address)) {
    if (key !== "view" && value) said.set(key, String(value));
  }
  const text = said.toString();
  return text ? `?${text}` : "";
}
