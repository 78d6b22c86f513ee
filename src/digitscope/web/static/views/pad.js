// The paper that one draws on with mouse, finger, pen or keyboard, with its buttons: pad(drawing, { announce }).

import { element } from "./dom.js";
import { SIDE } from "./drawing.js";

const CELL = SIDE / 28; // the keyboard's pen moves over MNIST's 28 × 28 pixels
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

let pads = 0;

/** { root, unmount() } */
export function pad(drawing, { announce }) {
  const help = `pad-help-${pads++}`;
  const canvas = element("canvas", {
    class: "pad-paper", width: SIDE, height: SIDE, tabindex: 0, role: "application",
    "aria-label": "Paper to draw a digit on", "aria-describedby": help,
  }); // prettier-ignore
  const undo = element("button", { type: "button", onclick: () => drawing.undo() }, "Undo");
  const clear = element("button", { type: "button", onclick: () => drawing.clear() }, "Clear");
  const hint = element("p", { class: "pad-hint", "aria-hidden": "true" }, "Draw a digit here");
  const root = element("div", { class: "pad" },
    element("div", { class: "pad-frame" }, canvas, hint),
    element("div", { class: "pad-buttons" }, undo, clear),
    element("p", { class: "small", id: help },
      "Keyboard: arrows move the pen, Space puts it down or up, Ctrl+Z undoes, Delete clears."),
  ); // prettier-ignore
  const context = canvas.getContext("2d");
  const pen = { x: 13, y: 6, down: false, shown: false };

  function paint() {
    context.drawImage(drawing.canvas, 0, 0);
    if (pen.shown) {
      context.lineWidth = 2;
      context.strokeStyle = "#ffb000";
      context.fillStyle = "rgb(255 176 0 / 45%)";
      context.beginPath();
      context.arc((pen.x + 0.5) * CELL, (pen.y + 0.5) * CELL, 10, 0, 2 * Math.PI);
      if (pen.down) context.fill();
      context.stroke();
    }
    undo.disabled = clear.disabled = drawing.empty;
    hint.hidden = !drawing.empty;
  }

  // A pointer draws while it is pressed. Several events may come as one for each frame: all their points count.
  let drawn = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const pressure = event.pointerType === "pen" ? event.pressure : 0.5;
    return { x: ((event.clientX - box.left) / box.width) * SIDE, y: ((event.clientY - box.top) / box.height) * SIDE, pressure };
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (drawn !== null || event.button !== 0) return;
    drawn = event.pointerId;
    canvas.setPointerCapture(drawn);
    pen.shown = pen.down = false;
    const { x, y, pressure } = place(event);
    drawing.begin(x, y, pressure);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drawn) return;
    const events = event.getCoalescedEvents?.() ?? [];
    drawing.extend((events.length ? events : [event]).map(place));
  });
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, (event) => {
      if (event.pointerId === drawn) drawn = null;
    });

  canvas.addEventListener("focus", () => {
    pen.shown = canvas.matches(":focus-visible");
    paint();
  });
  canvas.addEventListener("blur", () => {
    pen.shown = pen.down = false;
    paint();
  });
  canvas.addEventListener("keydown", (event) => {
    const step = ARROWS[event.key];
    if (step) {
      pen.x = Math.max(0, Math.min(27, pen.x + step[0]));
      pen.y = Math.max(0, Math.min(27, pen.y + step[1]));
      if (pen.down) drawing.extend([spot()]);
      else announce(`row ${pen.y + 1}, column ${pen.x + 1}`);
    } else if (event.key === " ") {
      pen.down = !pen.down;
      announce(`pen ${pen.down ? "down" : "up"} at row ${pen.y + 1}, column ${pen.x + 1}`);
      if (pen.down) drawing.begin(spot().x, spot().y);
    } else {
      const undoes = event.key === "z" && (event.ctrlKey || event.metaKey);
      if (undoes) drawing.undo();
      else if (event.key === "Delete" || event.key === "Backspace") drawing.clear();
      else if (event.key !== "Escape") return;
      pen.down = false;
    }
    event.preventDefault();
    pen.shown = true;
    paint();
  });
  const spot = () => ({ x: (pen.x + 0.5) * CELL, y: (pen.y + 0.5) * CELL, pressure: 0.5 });

  drawing.addEventListener("change", paint);
  paint();
  return { root, unmount: () => drawing.removeEventListener("change", paint) };
}
