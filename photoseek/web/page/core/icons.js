/** Line drawings on a grid of 24, in the colour of the text around them. */

const SVG = "http://www.w3.org/2000/svg";

/** @type {Record<string, string>} */
const DRAWINGS = {
  album: "M4 8h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2zM6 4h14a2 2 0 0 1 2 2v10",
  back: "M15 5l-7 7 7 7",
  bookmark: "M7 4h10a1 1 0 0 1 1 1v15l-6-4-6 4V5a1 1 0 0 1 1-1z",
  camera:
    "M4 8h3l2-3h6l2 3h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1zM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6L6 18",
  copies: "M9 9h10v11H9zM15 9V4H5v11h4",
  copy: "M8 8h11v12H8zM16 8V4H5v12h3",
  date: "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4",
  down: "M6 9l6 6 6-6",
  download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  folder: "M3 6h6l2 2.5h10V19H3z",
  globe:
    "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3 3 3.5 6 3.5 9s-.5 6-3.5 9c-3-3-3.5-6-3.5-9s.5-6 3.5-9z",
  groups:
    "M7 4a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM17 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM11 14a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5.5M12 7.5v.5",
  keyboard: "M2 7h20v11H2zM6 11h.5M10 11h.5M14 11h.5M18 11h.5M8 15h8",
  library: "M4 5h16v6H4zM4 13h16v6H4zM7.5 8h.5M7.5 16h.5",
  menu: "M4 7h16M4 12h16M4 17h16",
  minus: "M6 12h12",
  model: "M7 7h10v10H7zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  next: "M9 5l7 7-7 7",
  pause: "M8 5v14M16 5v14",
  picture: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15.5 8.5v.5",
  pin: "M12 21c4.5-5 7-8.5 7-12a7 7 0 1 0-14 0c0 3.5 2.5 7 7 12zM12 7a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  play: "M8 5l11 7-11 7z",
  plus: "M12 6v12M6 12h12",
  reveal: "M3 6h6l2 2.5h8V11M3 6v13h15l3-8H6.5L3 19",
  scatter: "M6 16v.5M9 10v.5M13 14v.5M16 7v.5M18 15v.5M10 18v.5M6 6v.5M13 4v.5M19 11v.5",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L21 21",
  similar:
    "M10 3l1.800 5.200L17 10l-5.200 1.800L10 17l-1.800-5.200L3 10l5.200-1.800zM18 15l.9 2.100L21 18l-2.100.9L18 21l-.9-2.100L15 18l2.100-.9z",
  sort: "M4 7h10M4 12h7M4 17h4M17 6v12M14 15l3 3 3-3",
  stop: "M6 6h12v12H6z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22M5 5l1.700 1.700M17.300 17.300L19 19M19 5l-1.700 1.700M6.700 17.300L5 19",
  tag: "M3 4h8l10 10-7 7L4 11zM8 8.5v.5",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  warning: "M12 4l9.5 16h-19zM12 10v4.5M12 17v.5",
  zoom: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L21 21M7.5 10.5h6M10.5 7.5v6",
};

/**
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", DRAWINGS[name] ?? "");
  svg.append(path);
  return svg;
}
