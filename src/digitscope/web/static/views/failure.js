// A part of the page that did not load: failure("The CNN", error, again) is a note with a button to try again.

import { element } from "./dom.js";

/** `what` begins the sentence; the error itself is for the console. */
export function failure(what, error, again) {
  console.error(error);
  return element("div", { class: "note", role: "alert" },
    element("p", {}, `${what} could not be loaded. Is the service still running?`),
    element("button", { type: "button", onclick: again }, "Try again")); // prettier-ignore
}
