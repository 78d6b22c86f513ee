// One question after the other. Each answer is sent, and kept by the server, before the next question counts as shown.
const $ = (id) => document.getElementById(id);
const AHEAD = 5; // crops that are fetched before they are asked for

let questions = [], at = 0, chosen = 0, busy = false;
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
  $("crop").hidden = $("missing").hidden = false;
  $("missing").hidden = true;
  $("crop").alt = `${one.title}, as written`;
  $("crop").src = crop.src;
  $("where").textContent = [one.title, one.path, one.member, `page ${one.page + 1}`].filter(Boolean).join(" · ");
  $("readings").replaceChildren(...one.alternatives.map(([value, p], number) => {
    const item = document.createElement("li"), button = document.createElement("button"), odds = document.createElement("small");
    button.append(value, odds);
    odds.textContent = `${(100 * p).toFixed(1)} %`;
    button.onclick = () => answer(value);
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

$("crop").onerror = async () => {
  const said = await fetch($("crop").src);
  $("crop").hidden = true;
  $("missing").hidden = false;
  $("missing").textContent = said.ok ? "" : (await said.json()).detail;
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
  } finally { busy = false; }
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

Object.entries({ accept, undo, later, finish, again: undo, nothing: () => answer(null) }).forEach(([id, act]) => { $(id).onclick = act; });

document.addEventListener("keydown", (event) => {
  const undoing = event.key === "z" && (event.ctrlKey || event.metaKey);
  if (!undoing && (event.ctrlKey || event.metaKey || event.altKey)) return;
  if (at < 0) { if (undoing) { event.preventDefault(); undo(); } return; }
  const one = questions[at], typing = $("typed");
  const inside = event.target instanceof HTMLButtonElement;
  if (undoing) undo();
  else if (event.key === "Enter" && !inside) accept();
  else if (event.key === "-" ) answer(null);
  else if (event.key === " " && !inside) later();
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const count = one.alternatives.length || 1;
    chosen = (chosen + (event.key === "ArrowDown" ? 1 : count - 1)) % count;
    mark();
  } else if (/^[0-9]$/.test(event.key)) {
    if (one.one_digit) answer(event.key);
    else if (event.target !== typing) typing.value += event.key;
    else return;
  } else if (event.key === "Backspace" && event.target !== typing) typing.value = typing.value.slice(0, -1);
  else return;
  event.preventDefault();
});

start().catch((error) => { $("error").hidden = false; $("error").textContent = error.message; });
