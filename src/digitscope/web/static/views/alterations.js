// What the sliders do to a 28 × 28 image before the networks see it: thicken, turn, shift, add noise, in this order.
//
//   altered(pixels, { right: 3, down: 0, turn: 15, thicker: 0.5, noise: 0.2 })      // Uint8Array(784) → the same

const SIDE = 28;
const MIDDLE = 13.5;

/** Pixels to the right and down, degrees clockwise, pixels of stroke on either side (less than 0: thinner), and noise's
 * standard deviation as a share of full ink. */
export const UNALTERED = { right: 0, down: 0, turn: 0, thicker: 0, noise: 0 };

export function altered(image, { right, down, turn, thicker, noise }) {
  let values = Float64Array.from(image);
  if (thicker > 0) values = thickened(values, thicker);
  if (thicker < 0) values = thickened(values.map((v) => 255 - v), -thicker).map((v) => 255 - v);
  if (right || down || turn) values = moved(values, right, down, (turn * Math.PI) / 180);
  if (noise) values = values.map((v, i) => v + 255 * noise * NOISE[i]);
  return Uint8Array.from(values, (v) => Math.max(0, Math.min(255, Math.round(v))));
}

/** Each pixel takes the largest within `radius`; what lies less than a pixel beyond counts in part. */
function thickened(values, radius) {
  const reach = Math.ceil(radius);
  const made = Float64Array.from(values);
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) {
      const share = Math.min(1, radius + 1 - Math.hypot(dx, dy));
      if (share <= 0 || (!dx && !dy)) continue;
      for (let y = Math.max(0, -dy); y < Math.min(SIDE, SIDE - dy); y++)
        for (let x = Math.max(0, -dx); x < Math.min(SIDE, SIDE - dx); x++) {
          const i = y * SIDE + x;
          made[i] = Math.max(made[i], share * values[i + dy * SIDE + dx]);
        }
    }
  return made;
}

/** Turned about the middle, then shifted; each pixel is taken from between its four neighbours. */
function moved(values, right, down, angle) {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const at = (x, y) => (x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : values[y * SIDE + x]);
  return values.map((_, i) => {
    const [x, y] = [(i % SIDE) - right - MIDDLE, Math.floor(i / SIDE) - down - MIDDLE];
    const [u, v] = [cos * x + sin * y + MIDDLE, cos * y - sin * x + MIDDLE];
    const [left, top] = [Math.floor(u), Math.floor(v)];
    const [a, b] = [u - left, v - top];
    const upper = (1 - a) * at(left, top) + a * at(left + 1, top);
    const lower = (1 - a) * at(left, top + 1) + a * at(left + 1, top + 1);
    return (1 - b) * upper + b * lower;
  });
}

/** Normal noise, the same at every call: a slider shows the strength of one noise, not a new one at each move. */
const NOISE = (() => {
  let state = 28;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float64Array.from({ length: SIDE * SIDE }, () =>
    Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
})();
