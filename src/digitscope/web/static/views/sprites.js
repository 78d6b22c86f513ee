// Images of 28 × 28 pixels that stand in one picture, row after row: `await sheet("data/mistakes.png", 30)`.

import { element } from "./dom.js";

export async function sheet(address, across) {
  const image = new Image();
  image.src = address;
  await image.decode();
  /** One of them as a canvas. */
  return (index, label) => {
    const canvas = element("canvas", { width: 28, height: 28, class: "exact", role: "img", "aria-label": label });
    canvas.getContext("2d").drawImage(image, 28 * (index % across), 28 * Math.floor(index / across), 28, 28, 0, 0, 28, 28);
    return canvas;
  };
}
