/**
 * Rings of a TopoJSON file (https://github.com/topojson/topojson-specification), on the plane of
 * the map. Arcs are stored as steps from point to point, in whole numbers.
 *
 * @typedef {{transform: {scale: [number, number], translate: [number, number]}, arcs: [number, number][][], objects: Record<string, any>}} Topology
 */

import { projected } from "./projection.js";

/**
 * @param {Topology} topology
 * @param {string} name of the object, such as "land"
 * @returns {Float64Array[]} x, y, x, y, … of each ring
 */
export function ringsOf(topology, name) {
  const arcs = topology.arcs.map((arc) => decoded(arc, topology.transform));
  return polygonsOf(topology.objects[name])
    .flat()
    .map((ring) => joined(ring, arcs));
}

/** @param {any} geometry @returns {number[][][]} rings of each polygon, as numbers of arcs */
function polygonsOf(geometry) {
  if (geometry.type === "GeometryCollection") return geometry.geometries.flatMap(polygonsOf);
  if (geometry.type === "MultiPolygon") return geometry.arcs;
  return geometry.type === "Polygon" ? [geometry.arcs] : [];
}

/** @param {[number, number][]} arc @param {Topology["transform"]} transform @returns {[number, number][]} */
function decoded(arc, { scale, translate }) {
  let [x, y] = [0, 0];
  return arc.map(([dx, dy]) => {
    x += dx;
    y += dy;
    return projected(x * scale[0] + translate[0], y * scale[1] + translate[1]);
  });
}

/** A negative number is an arc backwards: ~n. @param {number[]} ring @param {[number, number][][]} arcs */
function joined(ring, arcs) {
  const points = ring.flatMap((n, i) => {
    const arc = n < 0 ? [...arcs[~n]].reverse() : arcs[n];
    return i ? arc.slice(1) : arc;
  });
  return Float64Array.from(points.flat());
}
