// How one unit's value comes about, in double precision: what it sees, its weights, the products and their sum.

import { activation, softmax } from "./network.js";
import { channelsOf, unitAt, valueOf } from "./units.js";

/** The cells of the layer before that the unit's window covers; `from` is null over the edge, and the input 0. */
function windowOf(network, u, channel) {
  const layer = network.layers[u.layer];
  const before = network.layers[u.layer - 1];
  const cells = [];
  for (let i = 0; i < layer.window[0]; i++)
    for (let j = 0; j < layer.window[1]; j++) {
      const [row, col] = [layer.tops[u.row] + i, layer.lefts[u.col] + j];
      const inside = row >= 0 && col >= 0 && row < before.shape[0] && col < before.shape[1];
      const from = inside ? { layer: u.layer - 1, channel, row, col } : null;
      cells.push({ i, j, from, input: from ? valueOf(network, from) : 0 });
    }
  return cells;
}

/** { parts, products, bias, before, value }: for each map of the layer before, its entries and their sum. */
export function convolution(network, u) {
  const layer = network.layers[u.layer];
  const [, across, taken, made] = layer.kernel_shape;
  const groups = channelsOf(network.layers[u.layer - 1]) / taken;
  const first = Math.floor(u.channel / (made / groups)) * taken;
  const parts = Array.from({ length: taken }, (_, k) => {
    const entries = windowOf(network, u, first + k).map(({ i, j, from, input }) => {
      const weight = layer.kernel[((i * across + j) * taken + k) * made + u.channel];
      return { from, input, weight, product: input * weight };
    });
    return { channel: first + k, entries, sum: total(entries.map((entry) => entry.product)) };
  });
  return { parts, ...summed(layer, u, total(parts.map((part) => part.sum))) };
}

/** { terms, products, bias, before, value }; after a softmax, `value` is the logit still: see `classes`. */
export function dense(network, u) {
  const layer = network.layers[u.layer];
  const units = channelsOf(layer);
  const terms = Array.from(network.layers[u.layer - 1].output, (input, i) => {
    const weight = layer.kernel[i * units + u.channel];
    return { from: unitAt(network, u.layer - 1, i), input, weight, product: input * weight };
  });
  return { terms, ...summed(layer, u, total(terms.map((term) => term.product))) };
}

/** How the last layer's logits become probabilities: { logit, power, share } for each class. */
export function classes(network, number) {
  const count = channelsOf(network.layers[number]);
  const logits = Array.from({ length: count }, (_, channel) => dense(network, { layer: number, channel, row: 0, col: 0 }).before);
  const { powers, shares } = softmax(logits, network.temperature);
  return logits.map((logit, i) => ({ logit, power: powers[i], share: shares[i] }));
}

/** { entries, winners, sum, count, value }: the window, and those of its cells that hold the largest value. */
export function pooling(network, u) {
  const entries = windowOf(network, u, u.channel);
  const inside = entries.filter((entry) => entry.from);
  const largest = Math.max(...inside.map((entry) => entry.input));
  const isMax = network.layers[u.layer].kind === "MaxPooling2D";
  for (const entry of inside) entry.win = isMax && entry.input === largest;
  const sum = total(inside.map((entry) => entry.input));
  const winners = inside.filter((entry) => entry.win).length;
  return { entries, winners, sum, count: inside.length, value: isMax ? largest : sum / inside.length };
}

function summed(layer, u, products) {
  const bias = layer.bias[u.channel];
  return { products, bias, before: products + bias, value: activation(layer)(products + bias) };
}

const total = (values) => values.reduce((sum, value) => sum + value, 0);
