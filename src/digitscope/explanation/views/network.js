// A network in the browser: the layers of a model file, and one forward pass that keeps every layer's numbers.
//
//   const network = await fetchNetwork("models/cnn");     // cnn.json: the layers; cnn.bin: their weights
//   network.forward(pixels);                              // Uint8Array(784), ink bright
//   network.layers.at(-1).output                          // the probabilities
//
// All arrays are channels last, as in Keras: maps [height, width, channels], kernels [height, width, in, out] or
// [in, out]. A layer is a plain object: name, kind, shape, activation, output and, where it has them, kernel, bias,
// kernel_shape, window, and `tops` and `lefts`, the input's row and column at which each window begins.

const ACTIVATIONS = {
  relu: (x) => (x > 0 ? x : 0),
  tanh: (x) => Math.tanh(x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};
const WARM_UPS = 3; // passes until the browser has compiled the loops: the CNN takes 25 ms at first and 3 to 6 then
const unchanged = (x) => x;

/** The layer's activation of one number; softmax, which needs all of them, leaves each as it is. */
export const activation = (layer) => ACTIVATIONS[layer.activation] ?? unchanged;

/** Exponentials of the logits over the temperature, largest 1, and the probabilities that they are the shares of. */
export function softmax(logits, temperature) {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp((logit - most) / temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return { powers, shares: powers.map((power) => power / total) };
}

/** The layers of one model file. `image` is what was last given, and each layer's `output` what it made of that. */
export class Network {
  constructor({ name, temperature, layers, ...record }) {
    Object.assign(this, record, { name, temperature, layers });
    this.image = new Uint8Array(784);
    for (const layer of layers) layer.output ??= new Float32Array(layer.shape.reduce((size, n) => size * n, 1));
  }

  /** Run one image, Uint8Array(784), through every layer, and return the probabilities. */
  forward(image) {
    this.image.set(image);
    const [input, ...layers] = this.layers;
    for (let i = 0; i < input.output.length; i++) input.output[i] = image[i] / 255;
    let before = input;
    for (const layer of layers) {
      RUN[layer.kind](layer, before, this.temperature);
      before = layer;
    }
    return before.output;
  }
}

/** A network from its two files, address.json and address.bin. */
export async function fetchNetwork(address) {
  const [record, weights] = await Promise.all([
    fetched(`${address}.json`).then((response) => response.json()),
    fetched(`${address}.bin`).then((response) => response.arrayBuffer()),
  ]);
  return networkFrom(record, weights);
}

async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`The network did not come. Received: ${address}, status=${response.status}`);
  return response;
}

/** A network from its record and its weights, float32: kernels and biases are places in them, [first, count]. */
export function networkFrom(record, weights) {
  const all = new Float32Array(weights);
  const part = (place) => place && all.subarray(place[0], place[0] + place[1]);
  const layers = record.layers.map((layer) => {
    const bias = part(layer.bias) ?? (layer.kernel && new Float32Array(layer.shape.at(-1))); // some layers have none
    return { ...layer, kernel: part(layer.kernel), bias };
  });
  const network = new Network({ ...record, layers });
  for (let i = 0; i < WARM_UPS; i++) network.forward(new Uint8Array(784).fill(128)); // the first stroke need not wait
  return network;
}

const RUN = {
  Conv2D: convolve,
  DepthwiseConv2D: convolve,
  MaxPooling2D: (layer, before) => pool(layer, before, "largest"),
  AveragePooling2D: (layer, before) => pool(layer, before, "mean"),
  GlobalAveragePooling2D: (layer, before) => pool({ ...layer, shape: [1, 1, layer.shape[0]] }, before, "mean"),
  Flatten: (layer, before) => layer.output.set(before.output),
  Dense: weigh,
};

/** Σ window · kernel + bias, for each place and channel. Zeros, of which there are many after a relu, are skipped. */
function convolve(layer, before) {
  const [height, width, made] = layer.shape;
  const [rows, cols, given] = before.shape;
  const [down, across, taken] = layer.kernel_shape;
  const { kernel, bias, tops, lefts, output } = layer;
  const input = before.output;
  const groups = given / taken; // 1, and in a depthwise layer as many as the input has channels
  const each = made / groups;
  const active = activation(layer);
  const sums = new Float64Array(made);
  for (let row = 0, to = 0; row < height; row++)
    for (let col = 0; col < width; col++, to += made) {
      sums.set(bias);
      for (let i = 0; i < down; i++) {
        const y = tops[row] + i;
        if (y < 0 || y >= rows) continue;
        for (let j = 0; j < across; j++) {
          const x = lefts[col] + j;
          if (x < 0 || x >= cols) continue;
          const weights = (i * across + j) * taken * made;
          for (let k = 0, from = (y * cols + x) * given; k < given; k++, from++) {
            const value = input[from];
            if (value === 0) continue;
            const first = ((k / taken) | 0) * each;
            addScaled(sums, first, first + each, value, kernel, weights + (k % taken) * made + first);
          }
        }
      }
      for (let m = 0; m < made; m++) output[to + m] = active(sums[m]);
    }
}

/** sums[first … last − 1] += value · kernel[at …]: the step that a forward pass consists of. */
function addScaled(sums, first, last, value, kernel, at) {
  for (let m = first; m < last; m++, at++) sums[m] += value * kernel[at];
}

/** The largest or the mean of each window, of what lies inside the input. */
function pool(layer, before, kept) {
  const [height, width, channels] = layer.shape;
  const [rows, cols] = before.shape;
  const [down, across] = layer.window;
  const input = before.output;
  for (let row = 0, to = 0; row < height; row++)
    for (let col = 0; col < width; col++)
      for (let channel = 0; channel < channels; channel++, to++) {
        let largest = -Infinity;
        let sum = 0;
        let count = 0;
        for (let y = Math.max(layer.tops[row], 0); y < Math.min(layer.tops[row] + down, rows); y++)
          for (let x = Math.max(layer.lefts[col], 0); x < Math.min(layer.lefts[col] + across, cols); x++) {
            const value = input[(y * cols + x) * channels + channel];
            if (value > largest) largest = value;
            sum += value;
            count++;
          }
        layer.output[to] = kept === "largest" ? largest : sum / count;
      }
}

/** Σ inputs · weights + bias for each unit; the last layer's softmax makes probabilities of the sums. */
function weigh(layer, before, temperature) {
  const units = layer.shape[0];
  const { kernel, output } = layer;
  const input = before.output;
  const sums = Float64Array.from(layer.bias);
  for (let i = 0; i < input.length; i++) {
    const value = input[i];
    if (value === 0) continue;
    addScaled(sums, 0, units, value, kernel, i * units);
  }
  if (layer.activation === "softmax") output.set(softmax(sums, temperature).shares);
  else output.set(sums.map(activation(layer)));
}
