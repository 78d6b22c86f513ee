// What is being drawn: strokes on 280 × 280 pixels, on paper that is black as in MNIST or holds one of its images.
//
//   drawing.begin(140, 40, 0.5); drawing.extend([{ x: 120, y: 200, pressure: 0.5 }]);
//   drawing.ink()                               // { width, height, pixels }: Uint8Array, ink bright
//   drawing.addEventListener("change", ...)
//
// The page has one drawing, `drawing`: all its views show the same.

export const SIDE = 280; // ten to a pixel of MNIST's
const PEN = 22; // width of a stroke without pressure; MNIST's own are about 20

export class Drawing extends EventTarget {
  constructor() {
    super();
    this.strokes = [];
    this.open = null; // the stroke that goes on
    this.sample = null; // one of samples.js, under the strokes
    this.canvas = document.createElement("canvas");
    this.canvas.width = this.canvas.height = SIDE;
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    Object.assign(this.context, { lineCap: "round", lineJoin: "round", strokeStyle: "#fff", fillStyle: "#000" });
    this.redraw();
  }

  get empty() {
    return !this.strokes.length && !this.sample;
  }

  /** Whether it is one of MNIST's images and nothing else: it is in MNIST's form then. */
  get untouched() {
    return Boolean(this.sample) && !this.strokes.length;
  }

  /** Start a stroke with a dot. */
  begin(x, y, pressure = 0.5) {
    const point = { x, y, pressure };
    this.open = [point];
    this.strokes.push(this.open);
    this.line(point, point);
    this.changed();
  }

  /** Go on with the stroke through these points. */
  extend(points) {
    const stroke = this.open;
    if (!this.strokes.includes(stroke)) return; // taken back or cleared meanwhile
    for (const point of points) {
      this.line(stroke.at(-1), point);
      stroke.push(point);
    }
    this.changed();
  }

  /** Take back the last stroke, or the image under the strokes. */
  undo() {
    if (this.strokes.length) this.strokes.pop();
    else this.sample = null;
    this.redraw();
    this.changed();
  }

  clear() {
    this.load(null);
  }

  /** Start again from an image of samples.js, or from none. */
  load(sample) {
    this.strokes = [];
    this.sample = sample;
    this.redraw();
    this.changed();
  }

  ink() {
    const { data } = this.context.getImageData(0, 0, SIDE, SIDE);
    const pixels = new Uint8Array(SIDE * SIDE);
    for (let i = 0; i < pixels.length; i++) pixels[i] = data[4 * i];
    return { width: SIDE, height: SIDE, pixels };
  }

  redraw() {
    this.context.fillRect(0, 0, SIDE, SIDE);
    if (this.sample) this.paintSample();
    for (const stroke of this.strokes)
      stroke.forEach((point, i) => this.line(stroke[Math.max(0, i - 1)], point));
  }

  paintSample() {
    const small = document.createElement("canvas");
    small.width = small.height = 28;
    const context = small.getContext("2d");
    const picture = context.createImageData(28, 28);
    const pixels = new Uint32Array(picture.data.buffer);
    for (let i = 0; i < 784; i++) pixels[i] = 0xff000000 | (this.sample.pixels[i] * 0x010101);
    context.putImageData(picture, 0, 0);
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(small, 0, 0, SIDE, SIDE);
  }

  line(from, to) {
    this.context.lineWidth = PEN * (0.6 + 0.8 * to.pressure);
    this.context.beginPath();
    this.context.moveTo(from.x, from.y);
    this.context.lineTo(to.x, to.y);
    this.context.stroke();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}

export const drawing = new Drawing();
