// One question after the other. Each answer is sent, and kept by the server, before the next question counts as shown.
const $ = (id) => document.getElementById(id);
const AHEAD = 5; // crops that are fetched before they are asked for

let questions = [], at = 0, chosen = 0;
let busy = false; // an answer is being kept
let shown = false; // the question's crop, or why there is none
const pressed = []; // keys that came while busy, or before the crop that they are about was shown
const order = []; // the questions answered here, last one last
const images = new Map();

async function send(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error((await answer.json()).detail);
  return answer.status === 204 ? null : answer.json();
}

async function start() {
  const found = await (await fetch("/questions")).json();
  questions = found.questions;
  $("file").textContent = found.file;
  at = questions.findIndex((one) => !one.answered);
  show();
}

function image(number) {
  if (!images.has(number)) {
    const loading = new Image();
    loading.src = `/crops/${number}.png?of=${questions[number].about}`; // or another file's is in the browser's cache
    images.set(number, loading);
  }
  return images.get(number);
}

function show() {
  const done = questions.filter((one) => one.answered).length;
  $("progress").max = questions.length || 1;
  $("progress").value = done;
  $("count").textContent = `${done} of ${questions.length}`;
  const over = at < 0;
  $("question").hidden = over;
  $("done").hidden = !over;
  if (over) {
    $("result").textContent = questions.length ? `All ${questions.length} answered.` : "Nothing is doubtful.";
    $("again").hidden = !order.length;
    $("result").focus();
    return;
  }
  const one = questions[at];
  chosen = 0;
  $("typed").value = "";
  const crop = image(at);
  loaded(crop.complete && crop.naturalWidth > 0);
  $("crop").hidden = false;
  $("missing").hidden = true;
  $("crop").alt = `${one.title}, as written`;
  $("crop").src = crop.src;
  $("where").textContent = [one.title, one.path, one.member, `page ${one.page + 1}`].filter(Boolean).join(" · ");
  $("readings").replaceChildren(...one.alternatives.map(([value, p], number) => {
    const item = document.createElement("li"), button = document.createElement("button"), odds = document.createElement("small");
    button.append(value, odds);
    odds.textContent = `${(100 * p).toFixed(1)} %`;
    button.onclick = () => { if (shown) answer(value); };
    button.dataset.number = number;
    item.append(button);
    return item;
  }));
  mark();
  for (let next = at + 1; next <= Math.min(at + AHEAD, questions.length - 1); next++) image(next);
  for (const old of images.keys()) if (old < at - AHEAD) images.delete(old);
}

function mark() {
  for (const button of $("readings").querySelectorAll("button")) button.setAttribute("aria-pressed", String(Number(button.dataset.number) === chosen));
}

function loaded(is) {
  shown = is;
  $("loading").hidden = is;
  $("crop").classList.toggle("waiting", !is);
}

$("crop").onload = () => { loaded(true); replay(); };

$("crop").onerror = async () => {
  const number = at;
  let why = "The picture cannot be loaded.";
  try {
    const said = await fetch($("crop").src);
    if (!said.ok) why = (await said.json()).detail;
  } catch { /* the server is gone, which the answer will say too */ }
  if (number !== at) return;
  $("crop").hidden = true;
  $("missing").hidden = false;
  $("missing").textContent = why;
  loaded(true);
  replay();
};

function next(from) {
  for (let step = 1; step <= questions.length; step++) {
    const number = (from + step) % questions.length;
    if (!questions[number].answered) return number;
  }
  return -1;
}

async function guarded(work) {
  if (busy) return;
  busy = true;
  try { await work(); } catch (error) {
    $("error").hidden = false;
    $("error").textContent = `The answer was not kept: ${error.message}`;
    pressed.length = 0; // they were meant for the next question
  } finally { busy = false; }
  replay();
}

const answer = (value) => guarded(async () => {
  const one = questions[at];
  await send("/answers", { key: one.key, value });
  $("error").hidden = true;
  Object.assign(one, { answered: true, answer: value });
  order.push(at);
  at = next(at);
  show();
});

const undo = () => guarded(async () => {
  if (!order.length) return;
  const number = order.at(-1), one = questions[number];
  await send("/answers/back", { key: one.key });
  order.pop();
  one.answered = false;
  at = number;
  show();
});

function accept() {
  if (!shown) return;
  const typed = $("typed").value, first = questions[at].alternatives[chosen];
  if (typed) answer(typed);
  else if (first) answer(first[0]);
}

const later = () => { at = next(at); show(); };

const finish = () => guarded(async () => {
  const { answers } = await send("/finish", {});
  $("done").querySelector(".keys").hidden = true;
  $("result").textContent = `${answers} ${answers === 1 ? "answer is" : "answers are"} in the file. You can close this page.`;
});

Object.entries({ accept, undo, later, finish, again: undo, nothing: () => { if (shown) answer(null); } }).forEach(([id, act]) => { $(id).onclick = act; });

/** What a key stands for, or null where it is the browser's. */
function meant(event) {
  const undoing = event.key === "z" && (event.ctrlKey || event.metaKey);
  if (undoing) return "undo";
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.target instanceof HTMLButtonElement && (event.key === "Enter" || event.key === " ")) return null;
  return /^([0-9 -]|Enter|Backspace|ArrowDown|ArrowUp)$/.test(event.key) ? event.key : null;
}

/** Do what a key stands for; false where it waits for the crop. */
function act(key) {
  const one = questions[at], typing = $("typed");
  if (!one) { if (key === "undo") undo(); return true; }
  const digit = /^[0-9]$/.test(key);
  if (!shown && (key === "Enter" || key === "-" || (digit && one.one_digit))) return key === "Enter" && !typing.value;
  if (key === "undo") undo();
  else if (key === "Enter") accept();
  else if (key === "-") answer(null);
  else if (key === " ") later();
  else if (key === "Backspace") typing.value = typing.value.slice(0, -1);
  else if (digit && one.one_digit) answer(key);
  else if (digit) typing.value += key;
  else {
    const count = one.alternatives.length || 1;
    chosen = (chosen + (key === "ArrowDown" ? 1 : count - 1)) % count;
    mark();
  }
  return true;
}

/** Do what was pressed meanwhile, in order. */
function replay() {
  while (pressed.length && !busy && act(pressed[0])) pressed.shift();
}

document.addEventListener("keydown", (event) => {
  const key = meant(event);
  if (key === null) return;
  const edits = event.target === $("typed") && /^([0-9]|Backspace)$/.test(key) && !questions[at]?.one_digit;
  if (edits && !busy && !pressed.length) return; // the input does it
  event.preventDefault();
  if (event.repeat && !/^(Backspace|Arrow)/.test(key)) return; // a key held down answers once
  pressed.push(key);
  replay();
});

start().catch((error) => { $("error").hidden = false; $("error").textContent = error.message; });
