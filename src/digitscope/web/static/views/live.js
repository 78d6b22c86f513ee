// Keeps a view up to date with the drawing: once a frame at most, while it is shown, and spoken once all is quiet.
//
//   const follow = live(update, announce);      // update() shows the drawing and returns the sentence's function
//   follow.change(); follow.shown(); follow.hidden(); follow.unmount();

import { dark } from "./colours.js";
import { drawing } from "./drawing.js";

const QUIET = 700; // milliseconds without a change before the answer is spoken

/** `update` returns a function that makes the sentence to speak, or nothing where nothing could be shown yet. */
export function live(update, announce) {
  let visible = true;
  let waiting = 0;
  let speaking = 0;
  function now() {
    waiting = 0;
    const sentence = update();
    if (!sentence) return;
    clearTimeout(speaking);
    if (!drawing.empty) speaking = setTimeout(() => announce(sentence()), QUIET);
  }
  function change() {
    if (!waiting && visible) waiting = requestAnimationFrame(now);
  }
  drawing.addEventListener("change", change);
  dark.addEventListener("change", change);
  return {
    change,
    now,
    isShown: () => visible,
    shown() {
      visible = true;
    },
    hidden() {
      visible = false;
      clearTimeout(speaking);
    },
    unmount() {
      cancelAnimationFrame(waiting);
      clearTimeout(speaking);
      drawing.removeEventListener("change", change);
      dark.removeEventListener("change", change);
    },
  };
}
