/** Folders as paths: pure. */

/** @typedef {import("../core/schemas.js").FacetValue} FacetValue */

/**
 * Folders right below one. A level with nothing of its own is there as well: the server lists every level.
 *
 * @param {FacetValue[]} folders
 * @param {string} parent "" for the top
 */
export function childrenOf(folders, parent) {
  if (parent)
    return folders.filter(
      ({ value }) => value.startsWith(`${parent}/`) && !value.slice(parent.length + 1).includes("/"),
    );
  const known = new Set(folders.map(({ value }) => value));
  return folders.filter(
    ({ value }) =>
      !crumbsOf(value)
        .slice(0, -1)
        .some(({ path }) => known.has(path)),
  );
}

/**
 * @param {string} path "Trips/2023/Lisbon"
 * @returns {{name: string, path: string}[]} "Trips", "Trips/2023", …
 */
export function crumbsOf(path) {
  const parts = path.split("/");
  return parts.flatMap((name, i) => (name ? [{ name, path: parts.slice(0, i + 1).join("/") }] : []));
}
