// Read a photo: what was found on it, how it got from photo to glyph, and corrections that can be taken away.

import { element } from "./dom.js";
import { Boxes, percent, spoken } from "./boxes.js";
import { camera } from "./camera.js";
import { Correctable, Corrections, NONE } from "./corrections.js";
import { crc32 } from "./zip.js";

const EXAMPLES = [["receipt.jpg", "a receipt"], ["board.jpg", "a board"], ["ruled.jpg", "ruled paper"]];
const KINDS = "image/*,.heic,.heif,.pdf,.tif,.tiff";
const UNREADABLE = ["unsupported-type", "unreadable-image", "image-too-large", "body-too-large"]; // whatever is asked of it
const HINT = "Choose a box, or move with the arrow keys; then press 0 to 9 for what it is, Delete for no digit, Escape to take it back.";

export function mount(root, { request, announce }) {
  let reading = null;
  let page = 0;
  let shown = null; // the photo that is shown: { name, load }
  let last = null; // the photo that was asked for last
  let address = null;
  const corrections = new Corrections();
  const queue = newestNext();

  const choose = element("input", { type: "file", accept: KINDS, class: "unseen", id: "photo-file", "aria-describedby": "photo-kinds", onchange: () => bring(choose.files) });
  const phone = element("input", { type: "file", accept: "image/*", capture: "environment", class: "unseen", id: "photo-camera", onchange: () => bring(phone.files) });
  const lens = camera((file) => bring([file]));
  const examples = EXAMPLES.map(([file, title]) =>
    element("button", { type: "button", class: "example", onclick: () => example(file) }, element("img", { src: `examples/${file}`, alt: "", loading: "lazy" }), title));
  const drop = element("div", { class: "drop card" },
    element("div", { class: "row" }, choose, element("label", { for: "photo-file", class: "button primary" }, "Choose a photo"), phone, element("label", { for: "photo-camera", class: "button camera" }, "Take one"), lens.opener),
    lens.root,
    element("p", { class: "small", id: "photo-kinds" }, "or drop or paste one here: a photo, a scan or a PDF"),
    element("div", { class: "row examples" }, element("span", { class: "small" }, "No photo at hand?"), ...examples));
  const again = () => last && ask(last);
  const expect = element("input", { id: "photo-expect", placeholder: "\\d{5}", maxlength: 200, spellcheck: false, autocapitalize: "off", autocomplete: "off", "aria-describedby": "photo-expect-help", onchange: again });
  const doubtful = element("select", { id: "photo-doubtful", onchange: again },
    ...[["mark", "marked with ?"], ["keep", "its likeliest value"], ["drop", "left out"]].map(([value, title]) => element("option", { value }, title)));
  const least = element("input", { id: "photo-least", type: "number", min: 0, max: 1, step: "any", placeholder: "0.9", "aria-describedby": "photo-least-help", onchange: again });
  const region = element("input", { id: "photo-region", placeholder: "x,y,width,height", maxlength: 40, inputmode: "numeric", autocomplete: "off", "aria-describedby": "photo-region-help", onchange: again });
  const settings = element("details", { class: "options" }, element("summary", {}, "Options"), element("div", { class: "fields" },
    element("label", { for: "photo-expect" }, "Each row is"), expect, element("p", { class: "small", id: "photo-expect-help" }, "A pattern such as \\d{5}, or a check digit: luhn, isbn, iban:DE; or both, with a space between."),
    element("label", { for: "photo-least" }, "Doubtful below"), least, element("p", { class: "small", id: "photo-least-help" }, "A confidence from 0 to 1."),
    element("label", { for: "photo-doubtful" }, "A doubtful digit is"), doubtful,
    element("label", { for: "photo-region" }, "Read only"), region, element("p", { class: "small", id: "photo-region-help" }, "A box, in pixels of the page. The whole page where this is empty.")));
  drop.append(settings);
  const status = element("p", { class: "status", role: "status" });
  const remark = element("p", { class: "small", role: "status" });
  const figure = element("figure", { class: "found" });
  const text = element("output", { class: "text", "aria-label": "The text that was read" });
  const fitting = element("ol", { class: "fitting", "aria-label": "Each row as it fits what was expected" });
  const panel = element("div", { class: "glyph", "aria-label": "The chosen glyph", role: "group" });
  const download = element("button", { type: "button", onclick: () => save() });
  const pager = element("div", { class: "row pager", hidden: true });
  const steps = element("ol", { class: "steps" });
  const copies = [["Text", () => reading.text], ["JSON", () => reading.json()], ["CSV", () => reading.csv()]].map(([name, made]) =>
    element("button", { type: "button", onclick: () => copy(name, made()) }, name));
  const result = element("div", { hidden: true },
    element("div", { class: "sides" },
      element("div", {}, pager, figure, element("p", { class: "small legend" },
        element("span", { class: "accepted" }, "accepted"), element("span", { class: "doubtful" }, "doubtful"), element("span", { class: "rejected" }, "no digit"), element("span", { class: "corrected" }, "corrected"))),
      element("aside", { class: "card", "aria-label": "What was read" },
        element("h2", {}, "Text"), text, fitting, element("div", { class: "row" }, element("span", { class: "small" }, "Copy as"), ...copies),
        panel, download)),
    element("section", {}, element("h2", {}, "From photo to glyph"), element("p", { class: "lead" }, "Each step up to the 28 × 28 pixels that the network sees."), steps));
  const boxes = new Boxes(figure, { onChoose: showGlyph, onLabel: label });

  root.classList.add("photo-view");
  root.append(element("h1", {}, "Read a photo"),
    element("p", { class: "lead" }, "Handwritten digits on paper, in any light. Nothing of it is kept."), drop, status, remark, result);

  // While this view is shown, a file may be dropped anywhere in the window.
  const listening = new AbortController();
  const listen = (kind, act) => document.addEventListener(kind, (event) => root.hidden || act(event), { signal: listening.signal });
  for (const kind of ["dragenter", "dragover"]) listen(kind, (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    drop.classList.add("over");
  });
  for (const kind of ["dragleave", "drop"]) listen(kind, () => drop.classList.remove("over"));
  listen("drop", (event) => {
    if (event.dataTransfer.files.length) event.preventDefault();
    bring(event.dataTransfer.files);
  });
  listen("paste", (event) => bring(event.clipboardData?.files ?? []));

  function bring([file, ...others]) {
    if (!file) return; // none was chosen
    ask({ name: file.name, load: () => file }, others.length && `One file is read at a time: the first of ${others.length + 1} was taken.`);
  }

  function example(file) {
    const load = async () => new File([await (await request(`examples/${file}`)).blob()], file, { type: "image/jpeg" });
    ask({ name: file, load });
  }

  /** Read a photo once the one under way is read, unless another is asked for meanwhile. */
  function ask(photo, said = "") {
    last = photo;
    choose.value = phone.value = "";
    status.className = "status busy";
    status.textContent = `Reading ${photo.name} …`;
    remark.textContent = said || "";
    queue((isNewest) => read(photo, isNewest));
  }

  async function read(photo, isNewest) {
    try {
      const file = await photo.load();
      const start = performance.now();
      const options = { method: "POST", body: file, headers: { "Content-Type": file.type || "application/octet-stream" } };
      const query = new URLSearchParams({ pictures: true, doubtful: doubtful.value });
      for (const [name, field] of [["expect", expect], ["min_confidence", least], ["region", region]]) if (field.value.trim()) query.set(name, field.value.trim());
      const answer = await (await request(`v1/read?${query}`, options)).json();
      const elapsed = performance.now() - start;
      const read = new Correctable(answer, { name: file.name, photo: await fingerprint(file), dropped: query.get("doubtful") === "drop" });
      const picture = (await displayable(file)) ? file : null;
      if (!isNewest()) return;
      shown = photo;
      show(read, picture, elapsed);
    } catch (error) {
      if (isNewest()) complain(error);
    }
  }

  /** Say what is wrong. What was read before stays. */
  function complain(error) {
    if (UNREADABLE.includes(error.kind)) last = shown;
    status.className = "status note";
    status.textContent = error.message;
    if (reading) remark.textContent = `${remark.textContent} What you see is ${reading.name}, as it was read before.`.trim();
    status.scrollIntoView({ block: "nearest" });
  }

  /** `picture` is the file where the browser can show it. */
  function show(read, picture, elapsed) {
    corrections.carryTo(read);
    reading = read;
    if (address) URL.revokeObjectURL(address);
    address = picture && URL.createObjectURL(picture);
    const count = reading.glyphs.filter(({ digit }) => digit.status !== "rejected").length;
    const pages = reading.reading.pages.length;
    const found = count ? `${count} digit${count === 1 ? "" : "s"}` : "no digit";
    status.className = "status";
    status.textContent = `${reading.name}: ${found}${pages > 1 ? ` on ${pages} pages` : ""}, read in ${Math.round(reading.reading.elapsed_ms)} ms (${Math.round(elapsed)} ms with the way there and back).`;
    announce(count ? `${found}: ${reading.text.replace(/[\n\f]/g, ", ")}` : "No digit was found.");
    result.hidden = false;
    pager.hidden = pages < 2;
    pager.replaceChildren(...Array.from({ length: pages }, (_, n) => element("button", { type: "button", onclick: () => turn(n) }, `Page ${n + 1}`)));
    turn(0);
  }

  /** Show one page of the reading. */
  function turn(number) {
    page = number;
    [...pager.children].forEach((button, n) => button.toggleAttribute("aria-current", n === page));
    const { size } = reading.reading.pages[page];
    const pictures = reading.pictures[page];
    boxes.show(address ?? pictures.page, size, reading.ofPage(page));
    boxes.image.alt = `${reading.name}, page ${page + 1}, as it was read`;
    const filled = pictures.steps.filter(({ small }) => !small || boxes.glyphs.length); // without a glyph, theirs is empty
    steps.replaceChildren(...filled.map(({ title, picture, small }) =>
      element("li", {}, element("figure", {}, element("img", { src: picture, alt: "", class: small ? "exact" : "" }), element("figcaption", {}, title)))));
    refresh();
    panel.replaceChildren(element("p", { class: "small" }, boxes.glyphs.length ? HINT : "Nothing that could be a digit was found on this page."));
  }

  function refresh() {
    const pages = reading.text.split("\f");
    if (pages.length === 1) text.textContent = pages[0] || "no digit";
    else text.replaceChildren(...pages.flatMap((one, n) => [element("span", { class: "leaf" }, `Page ${n + 1}${one ? "" : ": no digit"}`), one]));
    text.classList.toggle("none", pages.every((one) => !one));
    fitting.replaceChildren(...reading.reading.pages[page].lines.filter((line) => line.expected).map(({ expected, text }) =>
      element("li", {}, expected.text === null ? `${text || "…"} does not fit` : element("b", {}, expected.text), expected.text === null ? "" : ` ${percent(expected.probability)}`)));
    const count = corrections.glyphs.length;
    const photos = corrections.photos.length;
    download.disabled = !count;
    download.textContent = count ? `Download ${count} correction${count === 1 ? "" : "s"}${photos > 1 ? ` of ${photos} photos` : ""}` : "No corrections yet";
  }

  function label(glyph, value) {
    corrections.correct(glyph, value);
    boxes.choose(glyph);
    boxes.refresh(glyph);
    boxes.buttons[boxes.glyphs.indexOf(glyph)].classList.add("chosen");
    refresh();
    showGlyph(glyph);
    announce(value === null ? `Taken back: ${spoken(glyph)}` : spoken(glyph));
  }

  /** The chosen glyph: its pixels, what it may be, and keys to say what it is. */
  function showGlyph(glyph) {
    const canvas = element("canvas", { width: 28, height: 28, class: "exact", role: "img", "aria-label": "The glyph as the network sees it, 28 by 28 pixels" });
    const image = new ImageData(28, 28);
    glyph.pixels.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
    canvas.getContext("2d").putImageData(image, 0, 0);
    const bars = glyph.digit.alternatives.map(([value, share], i) => element("li", { class: i ? "" : "best" },
      element("b", {}, value), element("span", { class: "track" }, element("span", { style: { width: `${100 * share}%` } })), element("i", {}, percent(share))));
    const keys = [...Array(10).keys(), NONE].map((value) =>
      element("button", { type: "button", "aria-pressed": String(glyph.label === value), onclick: () => label(glyph, glyph.label === value ? null : value) }, value === NONE ? "no digit" : value));
    panel.replaceChildren(
      element("div", { class: "pair" }, canvas, element("div", {}, element("h3", {}, spoken(glyph)), element("ol", { class: "bars", "aria-label": "Probability of the three likeliest digits" }, ...bars))),
      element("p", { class: "small" }, "It is …"), element("div", { class: "keys", role: "group", "aria-label": "Correct it" }, ...keys));
  }

  async function copy(name, value) {
    try {
      await navigator.clipboard.writeText(value);
    } catch { // where the page is not served from a secure address, there is no clipboard to write to
      const area = element("textarea", { class: "unseen" });
      area.value = value;
      root.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    announce(`${name} copied`);
    const button = copies.find((one) => one.textContent.startsWith(name));
    button.textContent = `${name} ✓`;
    setTimeout(() => { button.textContent = name; }, 1500);
  }

  async function save() {
    const [first, ...others] = corrections.photos;
    const name = others.length ? "corrections.zip" : `${first.replace(/\.[^.]*$/, "")}-corrections.zip`;
    const link = element("a", { href: URL.createObjectURL(await corrections.archive()), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  return {
    hidden: () => lens.close(),
    unmount: () => {
      lens.close();
      listening.abort();
    },
  };
}

/**
 * A queue for one job at a time, in which only the newest waits: `queue(job)`. A job is given a function that says
 * whether it still is the newest.
 */
function newestNext() {
  let busy = false;
  let next = null;
  return async (job) => {
    next = job;
    if (busy) return;
    busy = true;
    while (next) {
      const own = next;
      next = null;
      await own(() => next === null);
    }
    busy = false;
  };
}

/** The same for the same file, and for no other. */
async function fingerprint(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return `${crc32(bytes)}-${bytes.length}`;
}

/** Whether the browser itself can show the file. */
async function displayable(file) {
  try {
    (await createImageBitmap(file)).close();
    return true;
  } catch {
    return false;
  }
}
