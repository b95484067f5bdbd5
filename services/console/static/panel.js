// The panel inside a CRM: what arrives waits behind a pill, and is shown without moving the reader.
"use strict";

const pill = document.getElementById("new"), status = document.getElementById("status");
const timeline = document.getElementById("timeline");
const WORDS = JSON.parse(document.querySelector("meta[name=words]").content);
let source = null, position = "", fresh = new Set();

function seen() {
  return new Set([...document.querySelectorAll("[data-touches]")].flatMap((row) => row.dataset.touches.split(" ")));
}

function tell(text) { pill.hidden = !text; pill.textContent = text || ""; if (text) status.textContent = text; }

async function show() {
  const answer = await fetch(location.href, { credentials: "omit" });
  if (!answer.ok) { tell(WORDS["Out of date: reload the record"]); return; }
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["touches", "answers", "brief"]) {
    const now = document.getElementById(id), other = next.getElementById(id);
    if (now && other) now.replaceWith(document.adoptNode(other));
  }
  timeline.dataset.events = next.getElementById("timeline").dataset.events;
  fresh = new Set();
  tell("");
  watch();
}

function rest() { if (source) source.close(); source = null; }

function watch() {
  if (source || document.hidden || !timeline.dataset.events) return;
  const url = new URL(timeline.dataset.events, location.href);
  if (position) url.searchParams.set("position", position);
  source = new EventSource(url);
  source.addEventListener("open", () => { timeline.dataset.live = "yes"; });
  source.addEventListener("touches", (event) => {
    position = event.lastEventId;
    const known = seen();
    for (const name of event.data.split(" ")) if (name && !known.has(name)) fresh.add(name);
    if (fresh.size) tell(WORDS["{n} new, show"].replace("{n}", fresh.size));
  });
  source.addEventListener("changed", () => { rest(); position = ""; tell(WORDS["Changed, show"]); });
}

pill.addEventListener("click", () => { show().catch(() => location.reload()); });
document.addEventListener("visibilitychange", () => (document.hidden ? rest() : watch()));
window.addEventListener("pagehide", rest);
window.addEventListener("pageshow", watch);
