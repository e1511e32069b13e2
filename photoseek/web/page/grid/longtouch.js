/** A finger that rests on something: the browser's own menu, a drag and the click after it do not come then. */

const LONG = 450; // milliseconds
const STILL = 10; // pixels

/** @param {HTMLElement} element @param {(event: PointerEvent) => void} act called with where the finger came down */
export function listenToLongTouch(element, act) {
  /** @type {PointerEvent | null} */
  let finger = null;
  let held = false;
  let timer = 0;
  const rest = () => {
    clearTimeout(timer);
    if (finger && !held) act(finger);
    held = true;
  };
  element.addEventListener("pointerdown", (event) => {
    clearTimeout(timer);
    held = false;
    finger = event.pointerType === "touch" && event.isPrimary ? event : null;
    if (finger) timer = window.setTimeout(rest, LONG);
  });
  element.addEventListener("pointermove", (event) => {
    if (finger && Math.hypot(event.clientX - finger.clientX, event.clientY - finger.clientY) > STILL)
      clearTimeout(timer);
  });
  for (const type of ["pointerup", "pointercancel"])
    element.addEventListener(type, () => clearTimeout(timer));
  element.addEventListener("contextmenu", (event) => {
    if (!finger) return;
    event.preventDefault();
    rest();
  });
  element.addEventListener("dragstart", (event) => finger && event.preventDefault());
  const swallow = (/** @type {Event} */ event) => {
    if (!held) return;
    held = false;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  element.addEventListener("click", swallow, { capture: true });
}
