// From the drawing to what the networks see, with the time that it takes: one drawing, one set of sliders for all views.

import { altered, UNALTERED } from "./alterations.js";
import { drawing } from "./drawing.js";
import { normalize, shrunk } from "./normalize.js";

/** How the drawing is brought to the networks: in MNIST's form or as it is, and what the sliders do to it then. */
export const settings = { normalized: true, alterations: { ...UNALTERED } };

/** { asDrawn, inForm, seen }, each Uint8Array(784): the drawing made small, in MNIST's form, and what networks see. */
export function seenImages() {
  if (drawing.untouched) {
    const { pixels } = drawing.sample; // MNIST's own images have its form
    return { asDrawn: pixels, inForm: pixels, seen: altered(pixels, settings.alterations) };
  }
  const ink = drawing.ink();
  const [asDrawn, inForm] = [shrunk(ink), normalize(ink)];
  return { asDrawn, inForm, seen: altered(settings.normalized ? inForm : asDrawn, settings.alterations) };
}
