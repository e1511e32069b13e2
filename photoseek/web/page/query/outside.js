/** Searching by a picture that is dropped anywhere, pasted, or chosen. */

import { h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/language.js";
import { go, here, remember, remembered } from "../core/route.js";
import { mark } from "../photo/actions.js";
import { complain } from "../shell/toasts.js";
import { held, keep, keptAs, picturesIn } from "./pictures.js";

/** @typedef {import("./pictures.js").Held} Held */

export const PHOTO_TYPE = "application/x-photoseek-id";
const MOST = 10;

/** Pictures of the search that the page shows now; fewer than its address says after a reload. @returns {Held[]} */
export const picturesNow = () => (here().pictures ? keptAs(remembered().pictures) : []);

/** Searches with these pictures beside the words. @param {Held[]} pictures */
export function searchWith(pictures) {
  const view = "search";
  const q = here().view === "search" ? here().q : "";
  go({ view, q, photo: 0, folder: "", group: 0, pictures: pictures.length }, { quiet: true });
  remember({ pictures: pictures.length ? keep(pictures) : undefined });
  go({}, { replace: true });
}

/** @param {File[]} files */
export function addPictures(files) {
  if (!files.length) return complain(new Error(t("picture.none")));
  searchWith([...picturesNow(), ...files.map((file) => held(file))].slice(0, MOST));
}

/** @param {number} index */
export const dropPicture = (index) => searchWith(picturesNow().filter((_, i) => i !== index));

/** Turns a picture to the other side: less like it instead of more. @param {number} index */
export const turnPicture = (index) =>
  searchWith(picturesNow().map((one, i) => (i === index ? { ...one, liked: !one.liked } : one)));

/** A button that opens the file chooser. */
export function chooser() {
  const input = h("input", {
    type: "file",
    accept: "image/*,.heic,.heif,.avif,.tif,.tiff,.dng",
    multiple: true,
    class: "unseen",
    tabindex: -1,
    "aria-hidden": "true",
  });
  input.addEventListener("change", () => {
    addPictures([...(input.files ?? [])]);
    input.value = "";
  });
  const label = t("picture.choose");
  const button = h(
    "button",
    {
      type: "button",
      class: "plain choose-picture",
      "aria-label": label,
      title: label,
      on: { click: () => input.click() },
    },
    icon("camera"),
  );
  return [button, input];
}

/** Listens on the whole page for what is dropped or pasted. */
export function acceptPictures() {
  const veil = h(
    "div",
    { class: "veil", hidden: true },
    h("div", {}, icon("picture"), h("p", {}, t("picture.drop"))),
  );
  document.body.append(veil);
  let depth = 0;
  const close = () => {
    depth = 0;
    veil.hidden = true;
  };
  window.addEventListener("dragenter", (event) => {
    depth += 1;
    veil.hidden = !offers(event);
  });
  window.addEventListener("dragleave", () => --depth <= 0 && close());
  window.addEventListener("dragend", close); // Esc while a photograph of the grid is dragged
  window.addEventListener("dragover", (event) => offers(event) && event.preventDefault());
  window.addEventListener("drop", (event) => {
    close();
    dropped(event);
  });
  window.addEventListener("paste", pasted);
}

/** @param {DragEvent} event */
const offers = (event) =>
  Boolean(event.dataTransfer?.types.some((type) => type === "Files" || type === PHOTO_TYPE));

/** @param {DragEvent} event */
function dropped(event) {
  if (!offers(event)) return;
  event.preventDefault();
  const id = Number(event.dataTransfer?.getData(PHOTO_TYPE));
  if (id) mark(id, 1);
  else addPictures(picturesIn(event.dataTransfer));
}

/** @param {ClipboardEvent} event */
function pasted(event) {
  const files = picturesIn(event.clipboardData);
  if (!files.length) return;
  event.preventDefault();
  addPictures(files);
}
