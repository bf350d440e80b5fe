"use strict";

// One decision goes to the server at a time, and the page moves on only when it is safe there.

const $ = (id) => document.getElementById(id);
const { t, labels, themes } = JSON.parse($("words").textContent);
const themeByKey = new Map(themes.filter((e) => e.key).map((e) => [e.key, e.id]));
const nameOf = new Map([...labels, ...themes].map((e) => [e.id, e.name]));

const page = { rows: [], at: 0, revision: -1, read: 0, gone: false, last: 0, steps: [] };
let queue = Promise.resolve();

function say(name, fields = {}) {
  return t[name].replace(/\{(\w+)\}/g, (_, field) => fields[field]);
}

function tell(text) {
  // Emptied first, so that a screen reader says the same sentence again.
  $("said").textContent = "";
  requestAnimationFrame(() => { $("said").textContent = text; });
}

// ---------------------------------------------------------------- server

async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const response = await fetch(path, { ...options, cache: "no-store" });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

async function reload() {
  const key = page.rows[page.at]?.key;
  const state = await ask("state");
  page.rows = state.rows;
  page.revision = state.revision;
  const found = page.rows.findIndex((row) => row.key === key);
  page.at = found >= 0 ? found : Math.max(0, firstGap());
  take(state);
  show();
}

/** Take over what the server says, and load everything again if others changed something. */
async function settle(state) {
  if (state.revision > page.revision + (state.own ?? 0)) {
    await reload();
    return;
  }
  page.revision = state.revision;
  for (const row of state.rows ?? []) page.rows[page.rows.findIndex((r) => r.key === row.key)] = row;
  take(state);
}

function take(state) {
  const held = state.problem === "";
  const n = state.unsaved;
  $("problem").hidden = state.problem === null && !state.refused;
  $("problem").textContent = state.refused ? say("refused")
    : held ? say("held", { n }) : say("problem", { reason: state.problem, n });
  $("doubt-box").hidden = !state.doubts;
  for (const notice of state.notices) {
    if (notice.number <= page.read) continue;
    page.read = notice.number;
    showNotice(say(`notice_${notice.kind}`, { rows: rowList(notice.rows) }));
  }
  clearTimeout(page.timer);
  if (n > 0 || state.problem !== null) page.timer = setTimeout(() => enqueue(look), 1500);
}

async function look() {
  await settle(await ask("status"));
}

function rowList(rows) {
  return rows.slice(0, 8).join(", ") + (rows.length > 8 ? ", …" : "");
}

function showNotice(text) {
  const box = document.createElement("p");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = t.dismiss;
  button.addEventListener("click", () => { box.remove(); $("card").focus(); });
  box.append(text, " ", button);
  $("notices").append(box);
}

/** Do things one after the other, so that fast typing labels the answers that follow. */
function enqueue(act) {
  queue = queue.then(() => (page.gone ? undefined : act())).catch(() => {
    page.gone = true;
    document.body.classList.add("gone");
    $("problem").hidden = false;
    $("problem").textContent = t.gone;
  });
}

// ---------------------------------------------------------------- what is shown

function firstGap(after = -1) {
  const later = page.rows.findIndex((row, i) => i > after && row.label === null);
  return later >= 0 ? later : page.rows.findIndex((row) => row.label === null);
}

function show(focus = false) {
  const row = page.rows[page.at];
  if (!row) return;
  $("person").textContent = [
    row.person && say(row.of > 1 ? "person" : "person_one", row),
    say("place", { n: page.at + 1, total: page.rows.length }),
  ].filter(Boolean).join(" · ");
  $("question").textContent = row.question;
  $("answer").textContent = row.text;
  $("state").textContent = row.label === null ? t.is_empty : nameOf.get(row.label);
  $("state").dataset.label = row.label ?? "";
  for (const button of document.querySelectorAll("[data-label].label")) {
    button.setAttribute("aria-pressed", String(button.dataset.label === row.label));
  }
  for (const button of document.querySelectorAll("[data-theme]")) {
    button.setAttribute("aria-pressed", String(row.themes.includes(button.dataset.theme)));
  }
  $("chosen").textContent = say("chosen", { n: row.themes.length, slots: row.slots });
  if (document.activeElement !== $("doubt")) $("doubt").value = row.doubt;
  grow();
  showSiblings(row);
  showProgress();
  if (focus) {
    $("card").focus({ preventScroll: true });
    $("card").scrollIntoView({ block: "nearest" });
  }
}

function showSiblings(row) {
  const others = row.person ? page.rows.filter((r) => r.person === row.person && r !== row) : [];
  $("siblings").hidden = others.length === 0;
  $("siblings").querySelector("ul").replaceChildren(...others.map((other) => {
    const item = document.createElement("li");
    const asked = document.createElement("span");
    const label = document.createElement("strong");
    asked.className = "asked";
    asked.textContent = other.question;
    label.textContent = other.label === null ? t.is_empty : nameOf.get(other.label);
    item.append(asked, " ", other.text, " – ", label);
    return item;
  }));
}

function showProgress() {
  const total = page.rows.length;
  const done = page.rows.filter((row) => row.label !== null).length;
  $("bar").max = total;
  $("bar").value = done;
  $("count").textContent = say("count", { done, total });
  $("done").hidden = done < total;
  const steps = [...page.steps].sort((a, b) => a - b);
  if (steps.length < 5 || done === total) {
    $("pace").textContent = "";
    return;
  }
  const pace = steps[Math.floor(steps.length / 2)];
  const minutes = Math.max(1, Math.round((pace * (total - done)) / 60000));
  const rest = minutes < 90 ? say("minutes", { n: minutes })
    : say("hours", { n: (minutes / 60).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 }) });
  $("pace").textContent = say("pace", { seconds: Math.max(1, Math.round(pace / 1000)), rest });
}

function countPace() {
  const now = performance.now();
  // A longer pause is a coffee, not a difficult answer.
  if (page.last && now - page.last < 120000) page.steps = [...page.steps, now - page.last].slice(-30);
  page.last = now;
}

function grow() {
  const field = $("doubt");
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

// ---------------------------------------------------------------- what can be done

function move(to) {
  if (to < 0 || to >= page.rows.length) {
    tell(to < 0 ? t.at_start : t.at_end);
    return;
  }
  page.at = to;
  show(true);
}

async function setLabel(label) {
  const { key, label: before } = page.rows[page.at];
  await settle(await ask("decide", { key, label }));
  if (before === null && label !== null) countPace();
  tell(label === null ? t.said_cleared : say("said_label", { label: nameOf.get(label) }));
  if (label === null) {
    show();
    return;
  }
  const here = page.rows.findIndex((row) => row.key === key);
  const gap = firstGap();
  if (gap < 0) {
    show();
    $("done").focus();
  } else {
    move(here + 1 < page.rows.length ? here + 1 : gap);
  }
}

async function toggleTheme(theme) {
  const row = page.rows[page.at];
  const on = !row.themes.includes(theme);
  if (on && row.themes.length >= row.slots) {
    tell(say("full", row));
    showFull();
    return;
  }
  await settle(await ask("decide", { key: row.key, theme, on }));
  tell(say(on ? "said_theme" : "said_no_theme", { theme: nameOf.get(theme) }));
  show();
}

function showFull() {
  const chosen = $("chosen");
  chosen.classList.remove("full");
  requestAnimationFrame(() => chosen.classList.add("full"));
}

async function saveDoubt(key, doubt) {
  const row = page.rows.find((r) => r.key === key);
  if (!row || row.doubt === doubt) return;
  const state = await ask("decide", { key, doubt });
  await settle(state);
  if (state.refused) {
    // It stays in the field, to be tried again.
    move(page.rows.findIndex((r) => r.key === key));
    $("doubt").value = doubt;
    $("doubt").focus();
  } else {
    tell(t.said_doubt);
    show();
  }
}

async function undo() {
  const state = await ask("undo", {});
  await settle(state);
  const at = page.rows.findIndex((row) => row.key === state.undone);
  tell(at >= 0 ? t.said_undone : t.said_nothing);
  if (at >= 0) move(at);
}

function toGap() {
  const gap = firstGap();
  if (gap < 0) tell(t.no_gap);
  else move(gap);
}

function toggleRules(open = $("rules").hidden) {
  $("rules").hidden = !open;
  $("rules-open").setAttribute("aria-expanded", String(open));
  document.body.classList.toggle("with-rules", open);
  if (open) $("search").focus();
  else $("card").focus();
}

function searchRules() {
  const words = $("search").value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  let n = 0;
  for (const rule of document.querySelectorAll("#rules .rule")) {
    const text = rule.textContent.toLocaleLowerCase();
    rule.hidden = !words.every((word) => text.includes(word));
    n += rule.hidden ? 0 : 1;
  }
  $("found").textContent = words.length ? say("found", { n }) : "";
}

// ---------------------------------------------------------------- keys and buttons

const commands = {
  u: () => enqueue(undo),
  j: () => enqueue(() => move(page.at + 1)),
  k: () => enqueue(() => move(page.at - 1)),
  ArrowRight: () => enqueue(() => move(page.at + 1)),
  ArrowLeft: () => enqueue(() => move(page.at - 1)),
  g: () => enqueue(toGap),
  d: () => enqueue(() => { if (!$("doubt-box").hidden) $("doubt").focus(); }),
  r: () => enqueue(() => toggleRules()),
  "?": () => enqueue(() => $("help").showModal()),
  0: () => enqueue(() => setLabel(null)),
};
labels.forEach((label, i) => { commands[i + 1] = () => enqueue(() => setLabel(label.id)); });

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("textarea, input:not([type=checkbox])");
  if ($("help").open || event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !typing && !event.shiftKey) {
    event.preventDefault();
    enqueue(undo);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    if (event.target === $("doubt")) $("doubt").value = page.rows[page.at].doubt;
    if (!$("rules").hidden && event.target !== $("doubt")) toggleRules(false);
    else $("card").focus();
    return;
  }
  if (typing || (!$("shortcuts").checked && event.key.length === 1)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const act = commands[key] ?? (themeByKey.has(key) && (() => enqueue(() => toggleTheme(themeByKey.get(key)))));
  if (!act) return;
  event.preventDefault();
  // A key that is held down would label answers that nobody has read.
  if (!event.repeat || key === "j" || key === "k" || key.startsWith("Arrow")) act();
});

$("doubt").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("card").focus();
});
// Leaving the field saves it, however it is left; what is typed next comes after that.
$("doubt").addEventListener("blur", () => {
  const { key } = page.rows[page.at];
  const doubt = $("doubt").value.trim();
  enqueue(() => saveDoubt(key, doubt));
});
$("doubt").addEventListener("input", grow);
$("search").addEventListener("input", searchRules);
$("search").addEventListener("keydown", (event) => { if (event.key === "Enter") $("card").focus(); });

for (const button of document.querySelectorAll(".label")) {
  button.addEventListener("click", () => enqueue(() => setLabel(button.dataset.label)));
}
for (const button of document.querySelectorAll(".theme")) {
  button.addEventListener("click", () => enqueue(() => toggleTheme(button.dataset.theme)));
}
$("undo").addEventListener("click", commands.u);
$("next").addEventListener("click", commands.j);
$("previous").addEventListener("click", commands.k);
$("gap").addEventListener("click", commands.g);
$("rules-open").addEventListener("click", () => toggleRules());
$("rules-close").addEventListener("click", () => toggleRules(false));
$("help-open").addEventListener("click", commands["?"]);
$("help").addEventListener("close", () => $("card").focus());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && page.rows.length) enqueue(reload);
});

if (matchMedia("(max-width: 40rem)").matches) $("more").open = false;
enqueue(async () => {
  await reload();
  const gap = firstGap();
  move(gap < 0 ? 0 : gap);
});
