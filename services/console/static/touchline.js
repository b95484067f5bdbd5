// What the pages do beyond plain HTML: live arrival, earlier touches, the side panel, reveal, keys. Every page works without it.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// What the scripts say, in the language of the page: by its English.
const WORDS = JSON.parse($("meta[name=words]").content);

function words(text, number) { return (WORDS[text] || text).replace("{n}", number); }

async function page(url, options = {}) {
  const answer = await fetch(url, { credentials: "same-origin", ...options });
  if (!answer.ok) throw new Error(`The console answered ${answer.status}.`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// Takes the parts named by id from another page of ours; the browser never builds HTML from text itself.
function swap(from, ...ids) {
  for (const id of ids) {
    const now = document.getElementById(id), next = from.getElementById(id);
    if (now && next) now.replaceWith(document.adoptNode(next));
  }
}

function say(text) {
  const status = $("#status");
  if (status) status.textContent = text;
}

// ---- the timeline: what arrives, waits behind a pill ------------------------------------------------------------

const arrived = new Set();
let source = null, position = "", stale = false;

function shown() {
  return new Set($$("[data-touches]").flatMap((row) => row.dataset.touches.split(" ")));
}

function count() {
  const pill = $("#new"), number = arrived.size;
  if (!pill) return;
  pill.hidden = number === 0 && !stale;
  pill.textContent = number ? words("{n} new, show", number) : words("Changed, show");
  if (number) say(number === 1 ? words("1 new touch") : words("{n} new touches", number));
}

function arrive(event) {
  position = event.lastEventId;
  const known = shown();
  for (const name of event.data.split(" ")) if (name && !known.has(name)) arrived.add(name);
  count();
}

async function show() {
  const before = shown();
  const url = new URL(location.href);
  url.searchParams.delete("page_token");
  const next = await page(url);
  arrived.clear();
  stale = false;
  swap(next, "touches", "answers", "allowed"); // who unsubscribes changes what she allows, too
  $("#timeline").dataset.events = $("#timeline", next).dataset.events;
  count();
  if (!source) watch();
  const fresh = $$("[data-touches]").filter((row) => row.dataset.touches.split(" ").some((name) => !before.has(name)));
  for (const row of fresh) row.classList.add("fresh");
  const first = fresh[0] && $("h4 a", fresh[0]);
  if (first) first.focus();
  say(words("The timeline is up to date."));
}

function rest() {
  if (source) source.close();
  source = null;
}

// A tab out of view holds no stream: a browser has six connections to us for all its tabs.
function watch() {
  const timeline = $("#timeline[data-events]");
  if (!timeline || source || document.hidden) return;
  const url = new URL(timeline.dataset.events, location.href);
  if (position) url.searchParams.set("position", position);
  source = new EventSource(url);
  source.addEventListener("open", () => { timeline.dataset.live = "yes"; });
  source.addEventListener("error", () => { timeline.dataset.live = "no"; });
  source.addEventListener("touches", arrive);
  // What the page stands on has changed: its next reading brings a new position.
  source.addEventListener("changed", () => { rest(); position = ""; stale = true; count(); });
}

// ---- the bell: how many alerts and reminders were not seen ------------------------------------------------------

let bell = null;

function hush() {
  if (bell) bell.close();
  bell = null;
}

function listen() {
  const link = $("a[data-unseen]");
  if (!link || bell || document.hidden) return;
  bell = new EventSource(link.dataset.unseen);
  bell.addEventListener("unseen", (event) => {
    const number = Number(event.data), before = Number(link.dataset.number || number);
    const told = number ? words("Alerts: {n} not seen", number) : words("Alerts");
    link.dataset.number = number;
    link.setAttribute("aria-label", told);
    $("b", link).textContent = number > 99 ? "99+" : number || "";
    if (number > before) say(told);
  });
}

// ---- earlier touches, the side panel ----------------------------------------------------------------------------

async function earlier(link) {
  const next = await page(link.href);
  const list = $("#touches > ol.days"), groups = $$("#touches > ol.days > li", next);
  if (!groups.length) return;
  const first = $("h4 a", groups[0]);
  // A day or a campaign that goes on keeps its one heading.
  for (const group of groups) {
    const known = $$(":scope > li", list).find((one) => one.dataset.day === group.dataset.day);
    if (known) known.append(...$$(":scope > .touch, :scope > .since", group)); else list.append(group);
  }
  const more = $("#touches > .more, #touches > .begins", next);
  if (more) link.replaceWith(more); else link.remove();
  first.focus({ preventScroll: true });
  say(words("Earlier touches added below."));
}

async function select(link) {
  const next = await page(link.href);
  swap(next, "side");
  const row = link.closest(".touch"), before = $(".touch[aria-current]");
  if (before) before.removeAttribute("aria-current");
  if (row) row.setAttribute("aria-current", "true");
  else if (before) $("h4 a", before).focus({ preventScroll: true });
  history.replaceState(null, "", link.href);
}

async function reveal(form) {
  const next = await page(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  swap(next, "facts");
  // What was revealed hides itself again after a minute.
  setTimeout(async () => swap(await page(location.href), "facts"), 60000);
}

// ---- clicks and forms -------------------------------------------------------------------------------------------

function plainClick(event) {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("a, button");
  for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  if (!target || !plainClick(event)) return;
  if (target.id === "new") show();
  else if (target.id === "fold") fold(target);
  else if (target.matches("a[data-more]")) { event.preventDefault(); earlier(target).catch(() => { location.href = target.href; }); }
  else if (target.matches("a[data-select]")) { event.preventDefault(); select(target).catch(() => { location.href = target.href; }); }
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("form[data-reveal]")) {
    event.preventDefault();
    reveal(form).catch(() => form.submit());
  } else if (form.method === "get") {
    // An empty field says nothing: it stays out of the address.
    for (const field of form.elements) if (field.name && field.value === "") field.disabled = true;
  } else if (form.dataset.sent) event.preventDefault();
  else form.dataset.sent = "yes";
});

window.addEventListener("pageshow", () => {
  for (const field of $$("form[method=get] :disabled")) field.disabled = false;
  for (const form of $$("form[data-sent]")) delete form.dataset.sent;
  watch();
  listen();
});

function fold(button) {
  const open = button.closest(".person").classList.toggle("open");
  button.setAttribute("aria-expanded", String(open));
}

// ---- keys -------------------------------------------------------------------------------------------------------

function rows() { return $$(".touch h4 a, tr.row a.strong"); }

function step(by) {
  const all = rows(), at = all.indexOf(document.activeElement);
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  if (next) { next.focus({ preventScroll: true }); next.scrollIntoView({ block: "nearest" }); }
}

// Pins the row that the reader is on, else the one that is open beside.
async function pin() {
  const row = document.activeElement.closest(".touch");
  if (row && !row.matches("[aria-current]")) await select($("h4 a", row));
  $('#side form[action$="/pins"] button')?.click();
}

const GO = { t: "/today", p: "/contacts", a: "/accounts", s: "/segments", c: "/campaigns" };
const SOON = 2000; // milliseconds between a g and its letter
let going = -SOON;

function go(letter) { if (GO[letter]) $(`.bar nav a[href="${GO[letter]}"]`)?.click(); }

const KEYS = {
  "/": () => $(".find input")?.focus(),
  j: () => step(1),
  k: () => step(-1),
  f: () => { const menu = $(".filters .menu"); if (menu) { menu.open = true; $("input, select", menu)?.focus(); } },
  p: () => { pin().catch(() => say(words("The console does not answer. Try again in a moment."))); },
  "?": () => $("#keys")?.showModal(),
};

function keysWanted() { return localStorage.getItem("touchline-keys") !== "off"; }

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("dialog[open]")) $("#side .close")?.click();
  if (event.key === "Escape") for (const menu of $$("details.menu[open]")) { menu.open = false; $("summary", menu).focus(); }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog[open]")) return;
  if (!keysWanted()) return;
  const isLetterOfGo = event.timeStamp - going < SOON, act = KEYS[event.key];
  going = event.key === "g" && !isLetterOfGo ? event.timeStamp : -SOON;
  if (isLetterOfGo) go(event.key);
  else if (act) { event.preventDefault(); act(); }
});

function start() {
  $(".bar nav a[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  for (const field of $$("input[type=hidden][name=time_zone]")) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  for (const link of $$("a[data-time-zone]")) {
    const to = new URL(link.href);
    to.searchParams.set("time_zone", Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC");
    link.href = to.href;
  }
  const wanted = $("#keys-wanted");
  if (wanted) {
    wanted.checked = keysWanted();
    wanted.addEventListener("change", () => localStorage.setItem("touchline-keys", wanted.checked ? "on" : "off"));
  }
  watch();
  listen();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { rest(); hush(); } else { watch(); listen(); }
  });
  window.addEventListener("pagehide", () => { rest(); hush(); });
}

start();
