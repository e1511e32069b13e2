/** Where the page begins: language, frame, the library's state, then the view of the address. */

import * as api from "./core/api.js";
import { $, append, h } from "./core/dom.js";
import { loadLanguage, t } from "./core/language.js";
import { remember, watchRoute } from "./core/route.js";
import { Lightbox } from "./photo/lightbox.js";
import { acceptPictures } from "./query/outside.js";
import { SearchBox } from "./query/searchbox.js";
import { followIndexing } from "./shell/indexing.js";
import { listenToKeys } from "./shell/keyboard.js";
import { SelectionBar } from "./shell/selectionbar.js";
import { followLinks, Sidebar } from "./shell/sidebar.js";
import { Stage } from "./shell/stage.js";
import { complain, liveRegions } from "./shell/toasts.js";
import { Views } from "./shell/views.js";

async function begin() {
  const status = api.status();
  status.catch(() => undefined);
  await loadLanguage();
  const { stage, sidebar } = frame();
  stage.status = await status;
  const views = new Views(stage, sidebar);
  const lightbox = new Lightbox(stage);
  watchRoute((now, before) => {
    stage.box.follow();
    views.follow(now, before);
    lightbox.follow(now);
  });
  listenToKeys(stage, views, lightbox);
  followIndexing(stage, sidebar);
  await views.start();
  lightbox.start();
}

/** The parts that stay whatever is shown. */
function frame() {
  const box = new SearchBox();
  const sidebar = new Sidebar();
  const main = h("main", { id: "main", tabindex: -1 });
  const stage = new Stage(main, box);
  append(
    $("#app"),
    h(
      "a",
      {
        class: "skip",
        href: "#main",
        on: {
          click: (/** @type {Event} */ event) => {
            event.preventDefault();
            main.focus();
          },
        },
      },
      t("nav.skip"),
    ),
    sidebar.element,
    sidebar.veil,
    h(
      "div",
      { class: "column" },
      h("header", { class: "bar" }, sidebar.button, box.element),
      main,
      new SelectionBar(stage).element,
    ),
    ...liveRegions(),
  );
  keepScroll(main);
  acceptPictures();
  followLinks();
  return { stage, sidebar };
}

/** Back finds the place again. @param {HTMLElement} main */
function keepScroll(main) {
  history.scrollRestoration = "manual";
  let timer = 0;
  main.addEventListener(
    "scroll",
    () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => remember({ scroll: main.scrollTop }), 150);
    },
    { passive: true },
  );
}

begin().catch(complain);
