// A reading that a person corrects: its text, JSON and CSV follow. The corrected glyphs of all photos become one set of
// labelled glyphs.
//
//   const reading = new Correctable(answer, { name: "receipt.jpg", photo });   // what /v1/read answers, with pictures
//   const corrections = new Corrections();
//   corrections.carryTo(reading);                     // the same photo's earlier corrections
//   corrections.correct(reading.glyphs[3], 7);        // 0 … 9, NONE for no digit, null takes it back
//   reading.text; reading.json(); reading.csv(); corrections.archive()

import { zipped } from "./zip.js";
import { grayPng } from "./png.js";

export const NONE = "none";
const SAME_PLACE = 0.5; // intersection over union above which two boxes are of one glyph
const COLUMNS = ["path", "page", "line", "index", "value", "confidence", "status", "x", "y", "w", "h", "error"];

export class Correctable {
  /** `photo` is the same for the same file, whatever its name; `dropped`: doubtful digits were left out of the text. */
  constructor(answer, { name, photo, dropped = false }) {
    const { pictures, ...reading } = answer;
    Object.assign(this, { reading, pictures, name, photo, dropped });
    this.glyphs = reading.pages.flatMap((page, number) => {
      const digits = page.lines.flatMap((line, row) => line.digits.map((digit, index) => ({ photo, name, digit, page: number, line: row, index, label: null })));
      return digits.map((glyph, i) => ({ ...glyph, pixels: unpacked(pictures[number].glyphs[i]) }));
    });
  }

  ofPage(number) { return this.glyphs.filter((glyph) => glyph.page === number); }

  /** The text with its corrections: spaces stay where they were. */
  get text() {
    return this.reading.pages.map((page, number) => page.lines.map((line, row) => this.#line(line, number, row)).filter(Boolean).join("\n")).join("\f");
  }
  #line(line, page, row) {
    const glyphs = this.glyphs.filter((glyph) => glyph.page === page && glyph.line === row);
    const characters = line.text.match(/ *\S/g) ?? [];
    let text = "";
    for (const glyph of glyphs) {
      const { status } = glyph.digit;
      const read = status === "rejected" || (this.dropped && status === "doubtful") ? "" : characters.shift() ?? "";
      if (glyph.label === null) text += read;
      else text += (/^ */.exec(read)[0]) + (glyph.label === NONE ? "" : glyph.label);
    }
    return text.replace(/ +/g, " ").trim();
  }

  /** The reading's JSON, as the command line prints it; a corrected digit has `corrected`, and the text follows. */
  json() {
    const pages = this.reading.pages.map((page, number) => {
      const lines = page.lines.map((line, row) => {
        const digits = line.digits.map((digit, index) => {
          const { label } = this.glyphs.find((glyph) => glyph.page === number && glyph.line === row && glyph.index === index);
          return label === null ? digit : { ...digit, corrected: label === NONE ? null : label };
        });
        return { ...line, text: this.#line(line, number, row), digits };
      });
      return { ...page, text: lines.map((line) => line.text).filter(Boolean).join("\n"), lines };
    });
    return JSON.stringify({ ...this.reading, path: this.name, text: this.text, pages });
  }

  /** One row for each glyph, with the command line's columns; a corrected one has its label and the status "corrected". */
  csv() {
    const rows = this.glyphs.map(({ digit, page, line, index, label }) => {
      const value = label === null ? digit.value : label === NONE ? "" : label;
      return [this.name, page, line, index, value, Number(digit.confidence.toFixed(4)), label === null ? digit.status : "corrected", ...digit.box, ""];
    });
    if (!rows.length) rows.push([this.name, ...Array(10).fill(""), ""]);
    return csv([COLUMNS, ...rows]);
  }

}

export class Corrections {
  constructor() { this.glyphs = []; }

  /** The names of the photos that they are of. */
  get photos() { return [...new Map(this.glyphs.map(({ photo, name }) => [photo, name])).values()]; }

  /** Say what a glyph is. Saying what was read anyway is a label too: it confirms the glyph. */
  correct(glyph, label) {
    glyph.label = label;
    this.glyphs = this.glyphs.filter((other) => other !== glyph).concat(label === null ? [] : [glyph]);
  }

  /** Label the glyphs of a new reading as those in the same place were labelled before. Labels without one stay here. */
  carryTo(reading) {
    this.glyphs = this.glyphs.map((before) => {
      if (before.photo !== reading.photo) return before;
      const glyph = reading.ofPage(before.page).find((one) => one.label === null && iou(one.digit.box, before.digit.box) > SAME_PLACE);
      return glyph ? Object.assign(glyph, { label: before.label }) : before;
    });
  }

  /** A zip of the corrected glyphs as PNG, 28 × 28, and index.csv with path and label; no digit has the label "none". */
  async archive() {
    const files = [];
    const rows = [["path", "label"]];
    for (const [i, glyph] of this.glyphs.entries()) {
      const path = `glyphs/${String(i + 1).padStart(4, "0")}.png`;
      files.push([path, await grayPng(glyph.pixels, 28, 28)]);
      rows.push([path, glyph.label]);
    }
    return zipped([["index.csv", new TextEncoder().encode(csv(rows))], ...files]);
  }
}

/** Intersection over union of two boxes [x, y, width, height]. */
function iou([x, y, w, h], [u, v, width, height]) {
  const across = Math.min(x + w, u + width) - Math.max(x, u);
  const down = Math.min(y + h, v + height) - Math.max(y, v);
  const shared = Math.max(0, across) * Math.max(0, down);
  return shared / (w * h + width * height - shared);
}
/** Base64 → bytes. */
function unpacked(text) {
  return text ? Uint8Array.from(atob(text), (character) => character.charCodeAt(0)) : new Uint8Array(784);
}
/** Rows as CSV; what holds a comma, a quote or a line break is quoted, and what a spreadsheet would compute is text. */
function csv(rows) {
  const cell = (value) => {
    const text = typeof value === "string" && /^[=+@\-\t]/.test(value) ? `'${value}` : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(",")).join("\n") + "\n";
}
