/** The list of keys, for `?`. */

import { h } from "../core/dom.js";
import { t } from "../core/language.js";
import { dialog } from "./dialogs.js";

/** What the list of keys says: keys, and the name of the string. @type {[string, string][]} */
const LIST = [
  ["/", "search"],
  ["← → ↑ ↓", "move"],
  ["Enter", "open"],
  ["Esc", "close"],
  ["s", "similar"],
  ["+", "more"],
  ["-", "less"],
  ["x", "select"],
  ["Shift + ← →", "extend"],
  ["Ctrl + A", "all"],
  ["t", "tag"],
  ["c", "copy"],
  ["d", "download"],
  ["r", "reveal"],
  ["i", "info"],
  ["z", "zoom"],
  ["Home · End", "ends"],
  ["g + p/s/f/m", "go"],
  ["?", "help"],
];

export function showKeys() {
  dialog(
    t("keys.title"),
    h(
      "dl",
      { class: "keys" },
      LIST.map(([keys, name]) =>
        h(
          "div",
          {},
          h(
            "dt",
            {},
            keys.split(" ").map((key) => (key === "+" && keys !== "+" ? " + " : h("kbd", {}, key))),
          ),
          h("dd", {}, t(`keys.${name}`)),
        ),
      ),
    ),
  );
}
