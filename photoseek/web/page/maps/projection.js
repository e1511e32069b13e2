/** Web Mercator (EPSG:3857), with the world from 0 to 1: as people know maps. */

const NORTHMOST = 85.051129;

/** @param {number} longitude in degrees @param {number} latitude @returns {[number, number]} */
export function projected(longitude, latitude) {
  const bounded = Math.max(-NORTHMOST, Math.min(NORTHMOST, latitude));
  const sine = Math.sin((bounded * Math.PI) / 180);
  return [longitude / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
}

/** @param {number} x @param {number} y @returns {[number, number]} longitude, latitude in degrees */
export function unprojected(x, y) {
  const n = Math.PI * (1 - 2 * y);
  return [(x - 0.5) * 360, (Math.atan(Math.sinh(n)) * 180) / Math.PI];
}

/** Kilometres that a stretch of the plane is at a latitude. @param {number} stretch @param {number} latitude */
export const kilometres = (stretch, latitude) => stretch * 40_075 * Math.cos((latitude * Math.PI) / 180);

/**
 * A round length for a scale bar.
 *
 * @param {number} most kilometres
 */
export function roundLength(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((step) => step * power).find((length) => length <= most) ?? power;
}
