// What forms and campaigns do beyond plain HTML: a rule redrawn in place, numbers that follow the typing, progress that arrives.
// Every page works without it. It stands on touchline.js.
"use strict";

// ---- forms that are drawn again: a condition more, another operator ---------------------------------------------

async function send(form, address, submitter, signal) {
  const body = new URLSearchParams(new FormData(form));
  if (submitter && submitter.name) body.set(submitter.name, submitter.value);
  return page(address, { method: "POST", body, signal });
}

let drawing = Promise.resolve(), acting = false;

function isBox(field) { return field.type === "checkbox" || field.type === "radio"; }

function state(form) {
  const found = new Map();
  for (const field of form.elements) if (field.name) found.set(isBox(field) ? `${field.name} ${field.value}` : field.name, isBox(field) ? field.checked : field.value);
  return found;
}

// What a reader typed while the answer was on its way stays.
function keep(form, sent, now) {
  for (const field of form.elements) {
    const key = isBox(field) ? `${field.name} ${field.value}` : field.name;
    if (!field.name || !now.has(key) || !sent.has(key) || now.get(key) === sent.get(key)) continue;
    if (isBox(field)) field.checked = now.get(key); else field.value = now.get(key);
  }
}

// One after the other, each with what stands there then. A second button waits for nobody: the places it names may have moved.
function redraw(form, submitter) {
  const acts = submitter.value !== "draw";
  if (acts && acting) return;
  acting = acting || acts;
  drawing = drawing.then(() => drawAgain(form, submitter)).catch(() => say(words("The console does not answer. Try again in a moment."))).finally(() => { if (acts) acting = false; });
}

async function drawAgain(form, submitter) {
  const sent = state(form);
  const next = await send(form, form.action, submitter);
  const before = document.activeElement && document.activeElement.name, now = state(form);
  swap(next, ...form.dataset.redraw.split(" "));
  if (!submitter.value.startsWith("remove")) keep(form, sent, now);  // after that, places mean other nodes
  const target = $("[data-focus]", form) || (before && form.elements[before]);
  if (target && target.focus) target.focus();
  follow(form);
}

// In the capture phase: a button that only redraws must not mark the form as sent.
document.addEventListener("submit", (event) => {
  const form = event.target, by = event.submitter;
  if (!form.dataset.redraw || !by || by.name !== "do") return;
  event.preventDefault();
  event.stopPropagation();
  redraw(form, by);
}, true);

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form && form.dataset.redraw && event.target.matches("select[data-redraws]")) redraw(form, { name: "do", value: "draw" });
});

// ---- numbers that follow the typing -----------------------------------------------------------------------------

let waiting = 0, asking = null;

function follow(form) {
  if (!form.dataset.preview) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => preview(form), 400);
}

async function preview(form) {
  if (asking) asking.abort();
  asking = new AbortController();
  const box = $("#preview");
  if (box) box.setAttribute("aria-busy", "true");
  try {
    swap(await send(form, form.dataset.preview, null, asking.signal), "preview");
    const now = $("#preview");
    if (now) { say(now.dataset.say || ""); now.dataset.fresh = "yes"; }
  } catch (error) {
    if (error.name !== "AbortError" && box) box.removeAttribute("aria-busy");
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form && form.dataset.preview && !event.target.matches("select[data-redraws]")) follow(form);
});

// ---- progress that arrives --------------------------------------------------------------------------------------

let progress = null;

function take(event) {
  const said = JSON.parse(event.data);
  for (const place of $$("[data-number]")) {
    const text = said.texts[place.dataset.number];
    if (text !== undefined && place.textContent !== text) place.textContent = text;
  }
  for (const bar of $$("progress[data-share]")) {
    const share = said.shares[bar.dataset.share];
    if (share !== undefined) bar.value = share;
  }
}

async function again() {
  restProgress();
  swap(await page(location.href), "campaign");
  say($("#campaign").dataset.say || "");
  watchProgress();
}

function watchProgress() {
  const place = $("[data-progress]");
  if (!place || progress || document.hidden) return;
  progress = new EventSource(place.dataset.progress);
  progress.addEventListener("open", () => { place.dataset.live = "yes"; });
  progress.addEventListener("error", () => { place.dataset.live = "no"; });
  progress.addEventListener("numbers", take);
  progress.addEventListener("changed", () => { again().catch(() => location.reload()); });
  progress.addEventListener("ended", restProgress);
}

function restProgress() {
  if (progress) progress.close();
  progress = null;
}

function begin() {
  for (const form of $$("form[data-preview]")) follow(form);
  watchProgress();
  document.addEventListener("visibilitychange", () => (document.hidden ? restProgress() : watchProgress()));
  window.addEventListener("pagehide", restProgress);
  window.addEventListener("pageshow", watchProgress);
}

begin();

// A text to take along: selected for who has no clipboard.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = words("Copied");
  } catch { button.textContent = words("Selected: press Ctrl+C"); }
});
