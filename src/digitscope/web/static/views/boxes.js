// The photo with a box around each glyph: arrow keys go from one to the next, a digit key says what it is.
//
//   const boxes = new Boxes(figure, { onChoose(glyph), onLabel(glyph, label) });
//   boxes.show(address, size, glyphs);   boxes.choose(glyph);   boxes.refresh(glyph);

import { element } from "./dom.js";
import { NONE } from "./corrections.js";

export const percent = (share) => `${(100 * share).toFixed(share > 0.9995 || share < 0.1 ? 1 : 0)} %`;

/** What a glyph is taken for, in words. */
export function spoken({ digit, label }) {
  if (label !== null) return label === NONE ? "corrected: no digit" : `corrected: ${label}`;
  const sure = `confidence ${percent(digit.confidence)}`;
  if (digit.status === "rejected") return `rejected: no digit, at most a ${digit.value}, ${sure}`;
  return `${digit.value}, ${digit.status}, ${sure}`;
}

const EDGE = 4; // pixels at a label's sides that hold no text

/** The area of earlier labels' texts, in pixels, that a label hides. */
function hidden(label, earlier) {
  const shared = (other) => Math.max(0, Math.min(label.right, other.right - EDGE) - Math.max(label.left, other.left + EDGE)) * Math.max(0, Math.min(label.bottom, other.bottom) - Math.max(label.top, other.top));
  return earlier.reduce((sum, other) => sum + shared(other), 0);
}

export class Boxes {
  constructor(root, { onChoose, onLabel }) {
    Object.assign(this, { onChoose, onLabel, glyphs: [], chosen: null });
    this.image = element("img", { alt: "" });
    this.layer = element("div", { class: "boxes", role: "group", "aria-label": "What was found, in reading order. Arrow keys move, 0 to 9 correct, Delete says that it is no digit, Escape takes it back." });
    this.layer.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#place()).observe(this.layer);
    root.replaceChildren(element("div", { class: "photo" }, this.image, this.layer));
  }

  show(address, size, glyphs) {
    this.image.src = address;
    this.image.width = size[0];
    this.image.height = size[1];
    this.size = size;
    this.glyphs = glyphs;
    this.chosen = null;
    this.buttons = glyphs.map((glyph) => this.#button(glyph));
    this.layer.replaceChildren(...this.buttons);
    glyphs.forEach((glyph) => this.refresh(glyph));
    this.#place();
  }

  /** Labels stand on top of their boxes, or below, where that hides less of the labels before. */
  #place() {
    const places = (this.buttons ?? []).map((button) => ({ button, box: button.getBoundingClientRect(), label: button.firstChild.getBoundingClientRect() }));
    const taken = [];
    for (const { button, box, label: { left, right, height } } of places) {
      const at = (top) => ({ left, right, top, bottom: top + height });
      const above = at(box.top - height), below = at(box.bottom);
      const low = hidden(above, taken) > hidden(below, taken);
      button.toggleAttribute("data-low", low);
      taken.push(low ? below : above);
    }
  }

  #button(glyph) {
    const [x, y, w, h] = glyph.digit.box;
    const [width, height] = this.size;
    const style = { left: `${(100 * x) / width}%`, top: `${(100 * y) / height}%`, width: `${(100 * w) / width}%`, height: `${(100 * h) / height}%` };
    return element("button", { type: "button", style, tabindex: -1, onclick: () => this.choose(glyph), onfocus: () => this.choose(glyph) }, element("span"));
  }

  /** Draw a glyph's box anew, after its label has changed. */
  refresh(glyph) {
    const button = this.buttons[this.glyphs.indexOf(glyph)];
    const { digit, label } = glyph;
    button.className = label !== null ? "corrected" : digit.status;
    button.firstChild.textContent = label === NONE || (label === null && digit.status === "rejected") ? "×" : label ?? (digit.status === "doubtful" ? `${digit.value}?` : digit.value);
    button.setAttribute("aria-label", spoken(glyph));
    button.tabIndex = glyph === (this.chosen ?? this.glyphs[0]) ? 0 : -1;
  }

  choose(glyph, { focus = false } = {}) {
    const before = this.chosen;
    this.chosen = glyph;
    for (const other of [before, this.glyphs[0], glyph]) if (other) this.refresh(other);
    this.buttons.forEach((button, i) => button.classList.toggle("chosen", this.glyphs[i] === glyph));
    if (focus) this.buttons[this.glyphs.indexOf(glyph)].focus();
    if (before !== glyph) this.onChoose(glyph);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.glyphs.indexOf(this.chosen ?? this.glyphs[0]);
    const to = { ArrowRight: at + 1, ArrowDown: this.#beside(at, 1), ArrowLeft: at - 1, ArrowUp: this.#beside(at, -1), Home: 0, End: this.glyphs.length - 1 }[event.key];
    if (to !== undefined) this.choose(this.glyphs[Math.max(0, Math.min(this.glyphs.length - 1, to))], { focus: true });
    else if (/^[0-9]$/.test(event.key)) this.onLabel(this.glyphs[at], Number(event.key));
    else if (event.key === "Delete" || event.key === "Backspace") this.onLabel(this.glyphs[at], NONE);
    else if (event.key === "Escape") this.onLabel(this.glyphs[at], null);
    else return;
    event.preventDefault();
  }
  /** The nearest glyph of the row above or below. */
  #beside(at, step) {
    const here = this.glyphs[at];
    const row = this.glyphs.filter((glyph) => glyph.line === here.line + step);
    const middle = (glyph) => glyph.digit.box[0] + glyph.digit.box[2] / 2;
    const nearest = row.sort((a, b) => Math.abs(middle(a) - middle(here)) - Math.abs(middle(b) - middle(here)))[0];
    return nearest ? this.glyphs.indexOf(nearest) : at;
  }
}
