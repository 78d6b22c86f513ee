// Numbers as colours: blue adds, orange takes away, and zero has the paper's own tone.

const TONES = {
  light: { zero: [239, 237, 230], adds: [[120, 165, 240], [22, 66, 160]], takes: [[245, 175, 110], [165, 62, 4]] },
  dark: { zero: [30, 34, 43], adds: [[52, 104, 200], [176, 212, 255]], takes: [[190, 88, 20], [255, 205, 150]] },
};
const STEPS = 255; // shades on either side of zero

export const dark = matchMedia("(prefers-color-scheme: dark)");

/** The colour [red, green, blue] of a share of the scale, −1 … 1. */
export function tone(share) {
  const { zero, adds, takes } = TONES[dark.matches ? "dark" : "light"];
  const [middle, end] = share < 0 ? takes : adds;
  const t = Math.min(Math.abs(share), 1) ** 0.8;
  const [from, to, u] = t < 0.5 ? [zero, middle, 2 * t] : [middle, end, 2 * t - 1];
  return from.map((c, i) => Math.round(c + (to[i] - c) * u));
}

export const css = (rgb) => `rgb(${rgb.join(",")})`;
const luminance = ([r, g, b]) => 0.2126 * (r / 255) ** 2.2 + 0.7152 * (g / 255) ** 2.2 + 0.0722 * (b / 255) ** 2.2;
/** Black or white, whichever can be read on `rgb`: both have a contrast of 4.6 there, as WCAG defines it. */
export const legible = (rgb) => (luminance(rgb) > 0.179 ? "#000" : "#fff");

const palettes = {};
/** All shades as 32-bit pixels, −1 first: what a whole feature map is painted with. */
function palette() {
  const scheme = dark.matches ? "dark" : "light";
  palettes[scheme] ??= packed(Array.from({ length: 2 * STEPS + 1 }, (_, i) => tone((i - STEPS) / STEPS)));
  return palettes[scheme];
}
function packed(colours) {
  return new Uint32Array(Uint8ClampedArray.from(colours.flatMap((rgb) => [...rgb, 255])).buffer);
}

/** Paint height × width cells from numbers: cell i shows values[offset + i · step], on a scale of −most … most. */
export function paintValues(canvas, height, width, values, { most, offset = 0, step = 1 }) {
  const colours = palette();
  paintPixels(canvas, height, width, (pixels) => {
    const factor = STEPS / most;
    for (let i = 0, at = offset; i < pixels.length; i++, at += step) {
      const shade = at < values.length ? Math.round(values[at] * factor) : 0;
      pixels[i] = colours[STEPS + Math.max(-STEPS, Math.min(STEPS, shade))];
    }
  });
}

/** Paint height × width grey pixels, 0 … 255. */
export function paintGrey(canvas, height, width, image) {
  paintPixels(canvas, height, width, (pixels) => {
    for (let i = 0; i < pixels.length; i++) pixels[i] = 0xff000000 | (image[i] * 0x010101);
  });
}

/** Paint height × width cells; `at(i)` is cell i's colour. */
export function paint(canvas, height, width, at) {
  paintPixels(canvas, height, width, (pixels, bytes) => {
    for (let i = 0; i < pixels.length; i++) bytes.set([...at(i), 255], 4 * i);
  });
}

function paintPixels(canvas, height, width, fill) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  const picture = context.createImageData(width, height);
  fill(new Uint32Array(picture.data.buffer), picture.data);
  context.putImageData(picture, 0, 0);
}
