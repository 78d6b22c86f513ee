// A drawing → MNIST's own form, as the Python package does it (reading/normalization.py): longest side 20 pixels, a pen
// of MNIST's width, the centre of mass in the middle of 28 × 28. The constants are the package's.
//
//   normalize({ width, height, pixels })      // pixels: Uint8Array, ink bright → Uint8Array(784)

const SIDE = 28;
const BOX = 20;
const CENTRE = 14;
const WORKING_SIDE = 80; // pixels of the longest side while strokes are widened: four to one of MNIST's
const THINNEST = (2.0 * WORKING_SIDE) / BOX; // strokes thinner than MNIST's own are widened to this
const THICKEST = (3.6 * WORKING_SIDE) / BOX; // and thicker ones thinned to this
const HALF_INK = 128; // brighter pixels count as ink
const FULL_INK_QUANTILE = 0.9; // the inked pixels' quantile that becomes full ink
const [STRAIGHT, DIAGONAL] = [62587, 89738]; // steps of 0.955 and 1.3693 pixels in 1/65536, as OpenCV measures distance

/** Bring one glyph into MNIST's form; all zeros where nothing is above half ink. */
export function normalize(ink) {
  const box = inkBox(ink);
  if (!box) return new Uint8Array(SIDE * SIDE);
  const glyph = cropped(ink, box);
  const scale = WORKING_SIDE / Math.max(glyph.width, glyph.height);
  const sized = resized(glyph, ...scaledSize(glyph, scale), scale < 1 ? areaWeights : cubicWeights);
  return centred(fitted(redrawn(sized)));
}

/** The whole drawing made 28 × 28 and nothing else: what a page would show its network that knows no better. */
export function shrunk(ink) {
  return resized(ink, SIDE, SIDE, areaWeights).pixels;
}

/** The box of what is at least half as bright as full ink; null for an empty image. */
function inkBox({ width, height, pixels }) {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++)
      if (pixels[i] >= HALF_INK) {
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        bottom = y;
      }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

function cropped(image, { left, top, width, height }) {
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (top + y) * image.width + left;
    pixels.set(image.pixels.subarray(from, from + width), y * width);
  }
  return { width, height, pixels };
}

function framed(image, margin) {
  const made = { width: image.width + 2 * margin, height: image.height + 2 * margin };
  const pixels = new Uint8Array(made.width * made.height);
  for (let y = 0; y < image.height; y++)
    pixels.set(image.pixels.subarray(y * image.width, (y + 1) * image.width), (y + margin) * made.width + margin);
  return { ...made, pixels };
}

/** To the nearest whole number, halves to the even one, as Python and OpenCV round. */
function rounded(x) {
  const floor = Math.floor(x);
  return x - floor === 0.5 ? floor + (floor & 1) : Math.round(x);
}

const scaledSize = ({ width, height }, scale) => [width, height].map((side) => Math.max(1, rounded(side * scale)));

/** Scale to width × height: first along the rows, then along the columns. */
function resized(image, width, height, weightsOf) {
  const middle = new Float64Array(image.height * width);
  weightsOf(image.width, width).forEach((weights, x) => {
    for (const [from, weight] of weights)
      for (let y = 0; y < image.height; y++) middle[y * width + x] += weight * image.pixels[y * image.width + from];
  });
  const sums = new Float64Array(height * width);
  weightsOf(image.height, height).forEach((weights, y) => {
    for (const [from, weight] of weights)
      for (let x = 0; x < width; x++) sums[y * width + x] += weight * middle[from * width + x];
  });
  return { width, height, pixels: Uint8Array.from(sums, (sum) => Math.max(0, Math.min(255, rounded(sum)))) };
}

/** For each pixel made, the pixels that it covers, each with its share. */
function areaWeights(given, made) {
  const scale = given / made;
  return Array.from({ length: made }, (_, to) => {
    const [begin, end] = [to * scale, Math.min((to + 1) * scale, given)];
    const weights = [];
    for (let from = Math.floor(begin); from < end - 1e-9; from++)
      weights.push([from, (Math.min(from + 1, end) - Math.max(from, begin)) / (end - begin)]);
    return weights;
  });
}

/** For each pixel made, the four nearest with their weights in a cubic convolution (a = −0.75, OpenCV's). */
function cubicWeights(given, made) {
  const scale = given / made;
  const weight = (x) => {
    const d = Math.abs(x);
    return d <= 1 ? (1.25 * d - 2.25) * d * d + 1 : ((-0.75 * d + 3.75) * d - 6) * d + 3;
  };
  return Array.from({ length: made }, (_, to) => {
    const place = (to + 0.5) * scale - 0.5;
    const first = Math.floor(place) - 1;
    return [0, 1, 2, 3].map((k) => [Math.max(0, Math.min(given - 1, first + k)), weight(place - first - k)]);
  });
}

/** The glyph with its strokes widened, or thinned where that leaves it whole, to those of MNIST. */
function redrawn(glyph) {
  const width = strokeWidth(glyph);
  if (width >= THINNEST - 1 && width <= THICKEST + 1) return glyph;
  const radius = rounded(Math.abs(width - (width < THINNEST ? THINNEST : THICKEST)) / 2) || 1;
  const frame = framed(glyph, radius);
  if (width < THINNEST) return dilated(frame, radius);
  const thin = eroded(frame, radius);
  const box = inkBox(thin);
  return box && componentCount(thin) === componentCount(frame) ? cropped(thin, box) : glyph;
}

/** The typical width of the pen in pixels: twice the mean height of the distance transform's ridge. */
function strokeWidth(glyph) {
  const { width, height, pixels } = framed(glyph, 1);
  const far = new Int32Array(width * height).fill(1 << 30);
  for (let i = 0; i < far.length; i++) if (pixels[i] < HALF_INK) far[i] = 0;
  const relax = (i, step) => {
    far[i] = Math.min(far[i], far[i - step * width - step] + DIAGONAL, far[i - step * width] + STRAIGHT,
      far[i - step * width + step] + DIAGONAL, far[i - step] + STRAIGHT); // prettier-ignore
  };
  for (let y = 1; y < height - 1; y++) for (let x = 1; x < width - 1; x++) relax(y * width + x, 1);
  for (let y = height - 2; y > 0; y--) for (let x = width - 2; x > 0; x--) relax(y * width + x, -1);
  let [sum, count] = [0, 0];
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      if (!far[i]) continue;
      let ridge = true;
      for (let dy = -width; dy <= width; dy += width)
        for (let dx = -1; dx <= 1; dx++) if (far[i + dy + dx] > far[i]) ridge = false;
      if (ridge) {
        sum += far[i] / 65536;
        count++;
      }
    }
  return count ? (2 * sum) / count - 1 : 0;
}

/** Each pixel becomes the largest within a disc around it. */
function dilated({ width, height, pixels }, radius) {
  const levels = [pixels]; // levels[k][i]: the largest of the 2^k pixels from i on, within its row
  for (let step = 1; step <= radius; step *= 2) {
    const last = levels.at(-1);
    levels.push(last.map((value, i) => Math.max(value, last[i + step] ?? 0)));
  }
  const made = new Uint8Array(pixels);
  for (let dy = -radius; dy <= radius; dy++) {
    const reach = rounded(Math.sqrt(radius * radius - dy * dy));
    for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++)
      for (let x = 0; x < width; x++) {
        const [first, last] = [Math.max(0, x - reach), Math.min(width - 1, x + reach)];
        const k = 31 - Math.clz32(last - first + 1);
        const row = (y + dy) * width;
        const best = Math.max(levels[k][row + first], levels[k][row + last - (1 << k) + 1]);
        if (best > made[y * width + x]) made[y * width + x] = best;
      }
  }
  return { width, height, pixels: made };
}

/** Each pixel becomes the smallest within a disc around it. */
function eroded(image, radius) {
  const inverted = ({ pixels, ...size }) => ({ ...size, pixels: pixels.map((value) => 255 - value) });
  return inverted(dilated(inverted(image), radius));
}

/** The number of connected components of ink; diagonal neighbours are connected. */
function componentCount({ width, height, pixels }) {
  const open = Uint8Array.from(pixels, (value) => (value >= HALF_INK ? 1 : 0));
  let count = 0;
  for (let start = 0; start < open.length; start++) {
    if (!open[start]) continue;
    count++;
    open[start] = 0;
    const ahead = [start];
    while (ahead.length) {
      const i = ahead.pop();
      const [x, y] = [i % width, Math.floor(i / width)];
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++)
          if (open[v * width + u]) {
            open[v * width + u] = 0;
            ahead.push(v * width + u);
          }
    }
  }
  return count;
}

/** The glyph in the 20 × 20 box, its aspect kept, its brightest ink at 255. */
function fitted(glyph) {
  const scale = BOX / Math.max(glyph.width, glyph.height);
  const small = resized(glyph, ...scaledSize(glyph, scale), areaWeights);
  const inked = small.pixels.filter((value) => value > 0).sort();
  const full = inked.length ? inked[rounded(FULL_INK_QUANTILE * (inked.length - 1))] : 255;
  return { ...small, pixels: small.pixels.map((value) => Math.min(value * (255 / full), 255)) };
}

/** The glyph placed in 28 × 28 with its centre of mass in the middle, to the nearest pixel. */
function centred({ width, height, pixels }) {
  let [total, across, down] = [0, 0, 0];
  pixels.forEach((value, i) => {
    total += value;
    across += value * (i % width);
    down += value * Math.floor(i / width);
  });
  const place = (sum, side) => Math.max(0, Math.min(SIDE - side, rounded(CENTRE - sum / (total || 1))));
  const [left, top] = [place(across, width), place(down, height)];
  const image = new Uint8Array(SIDE * SIDE);
  for (let y = 0; y < height; y++) image.set(pixels.subarray(y * width, (y + 1) * width), (top + y) * SIDE + left);
  return image;
}
