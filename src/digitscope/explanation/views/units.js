// Units of a network, as { layer, channel, row, col }: their names, values and places. A vector's unit has row and col 0
// and its index as channel. "conv2:5:3:4" is layer conv2, channel 5, row 3, column 4; "dense1:11" a vector's unit.

export const isMap = (layer) => layer.shape.length === 3;
export const rowsOf = (layer) => (isMap(layer) ? layer.shape[0] : 1);
export const colsOf = (layer) => (isMap(layer) ? layer.shape[1] : 1);
export const channelsOf = (layer) => layer.shape[layer.shape.length - 1];
export const flatIndex = (layer, u) => (u.row * colsOf(layer) + u.col) * channelsOf(layer) + u.channel;
export const valueOf = (network, u) => network.layers[u.layer].output[flatIndex(network.layers[u.layer], u)];

export function nameOf(network, u) {
  const layer = network.layers[u.layer];
  return [layer.name, u.channel, ...(isMap(layer) ? [u.row, u.col] : [])].join(":");
}

/** How many units of a vector stand in one row of its picture. */
export const acrossOf = (layer) => (channelsOf(layer) <= 16 ? channelsOf(layer) : channelsOf(layer) % 28 === 0 ? 28 : 32);

/** The unit whose value stands at `index` of the layer's output. */
export function unitAt(network, number, index) {
  const layer = network.layers[number];
  const channels = channelsOf(layer);
  const place = Math.floor(index / channels);
  return { layer: number, channel: index % channels, row: Math.floor(place / colsOf(layer)), col: place % colsOf(layer) };
}

/** The unit of the layer with the largest value, positive or negative. */
export function strongest(network, number) {
  const { output } = network.layers[number];
  return unitAt(network, number, output.reduce((best, v, i) => (Math.abs(v) > Math.abs(output[best]) ? i : best), 0));
}

/** The unit of that name, or a sentence that says what is wrong with it. */
export function parse(network, text) {
  const { layers } = network;
  const parts = text.trim().split(":");
  const numbers = parts.slice(-3).every((p) => /^\d+$/.test(p)) && parts.length > 3 ? parts.splice(-3) : parts.splice(-1);
  const number = layers.findIndex((layer) => layer.name === parts.join(":"));
  const layer = layers[number];
  const names = layers.map((l) => `${l.name} (${l.shape.join(" × ")})`).join(", ");
  if (!layer) return `There is no such layer. Expected one of: ${names}.`;
  const [channel, row, col] = [...numbers.map((n) => (/^\d+$/.test(n) ? +n : NaN)), 0, 0];
  const fits = numbers.length === layer.shape.length && channel < channelsOf(layer) && row < rowsOf(layer) && col < colsOf(layer);
  if (!fits) return `There is no such unit. ${layer.name} has the shape ${layer.shape.join(" × ")}: write ${layer.name}${isMap(layer) ? ":channel:row:column" : ":index"}.`;
  return { layer: number, channel, row, col };
}

/** The pixels of the image that the unit sees: rows top … bottom − 1, columns left … right − 1. */
export function fieldOf(network, u) {
  const layer = network.layers[u.layer];
  if (layer.kind === "Flatten") return fieldOf(network, unitAt(network, u.layer - 1, u.channel));
  if (!layer.rows) return { top: Math.floor(u.channel / 28), bottom: Math.floor(u.channel / 28) + 1, left: u.channel % 28, right: (u.channel % 28) + 1 };
  const [top, bottom] = layer.rows[u.row];
  const [left, right] = layer.cols[u.col];
  return { top, bottom, left, right };
}
