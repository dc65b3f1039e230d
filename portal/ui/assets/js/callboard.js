// SPDX-License-Identifier: Apache-2.0
// Progressive enhancement: every page works without it.

const on = (type, selector, act, root = document) =>
  root.addEventListener(type, (event) => {
    const found = event.target.closest?.(selector);
    if (found) act(found, event);
  });
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const keysOn = () => document.documentElement.dataset.keys !== "off";

// Relative times grow older while the page is open.
const units = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
const lang = document.documentElement.lang || "en";
const short = { day: (n) => (n === 1 ? "day" : "days"), hour: () => "h", minute: () => "min", second: () => "s" };

function relative(at) {
  const seconds = (Date.now() - at) / 1000;
  const age = Math.abs(seconds);
  if (age < 5 || age >= 30 * 86400) return null;
  const [size, unit] = units.find(([s]) => age >= s);
  const n = Math.floor(age / size);
  if (!lang.startsWith("en")) {
    return new Intl.RelativeTimeFormat(lang, { style: "short" }).format(seconds > 0 ? -n : n, unit);
  }
  const text = n + " " + short[unit](n);
  return seconds > 0 ? text + " ago" : "in " + text;
}

function refreshTimes() {
  for (const el of all("time[data-relative]")) {
    const text = relative(Date.parse(el.dateTime));
    if (text && el.textContent !== text) el.textContent = text;
  }
}

// Buttons that need a script appear with it.
function reveal(root = document) {
  for (const el of all("[data-copy][hidden], .graph-tools[hidden]", root)) el.hidden = false;
  for (const el of all("[data-autosubmit] [data-apply]", root)) el.hidden = true;
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  button.classList.add("done");
  announce(document.body.dataset.copied || "Copied");
  setTimeout(() => button.classList.remove("done"), 1500);
}

// announce says something to screen readers.
export function announce(text) {
  let el = document.getElementById("announcer");
  if (!el) {
    el = Object.assign(document.createElement("div"), { id: "announcer", className: "sr" });
    el.setAttribute("aria-live", "polite");
    document.body.append(el);
  }
  el.textContent = text;
}

// A filter applies at once; after the reload the focus is where it was.
const focusKey = "callboard.focus";

function autosubmit(input) {
  const form = input.form;
  sessionStorage.setItem(focusKey, JSON.stringify([form.action, input.name, input.value, scrollY]));
  form.requestSubmit();
}

function restoreFocus() {
  const kept = JSON.parse(sessionStorage.getItem(focusKey) || "null");
  sessionStorage.removeItem(focusKey);
  if (!kept) return;
  const form = all("form[data-autosubmit]").find((f) => f.action === kept[0]);
  const input = form && [...form.elements].find((e) => e.name === kept[1] && e.value === kept[2]);
  input?.focus({ preventScroll: true });
  if (input) scrollTo(0, kept[3]);
}

// A star is switched without leaving the page; if that fails the form is sent.
async function toggle(form, event) {
  event.preventDefault();
  const button = form.querySelector("[aria-pressed]");
  const state = form.elements.namedItem("state");
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).catch(() => null);
  if (!answer || (answer.type !== "opaqueredirect" && !answer.ok)) return form.submit();
  const nowOn = state.value === "on";
  button.setAttribute("aria-pressed", String(nowOn));
  state.value = nowOn ? "off" : "on";
}

function closeMenus(except) {
  for (const menu of all("details.menu[open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

function escape() {
  const menu = document.activeElement?.closest("details.menu[open]") || document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}

function showKeys() {
  document.getElementById("keys")?.showModal();
}

async function openPalette() {
  const dialog = document.getElementById("palette");
  if (!dialog || dialog.open) return;
  const { open } = await import("./palette.js");
  open(dialog);
}

function onKey(event) {
  if (event.key === "Escape") return escape();
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return openPalette();
  }
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !keysOn() || document.querySelector("dialog[open]")) return;
  if (event.key === "/") {
    event.preventDefault();
    openPalette();
  } else if (event.key === "?") {
    event.preventDefault();
    showKeys();
  }
}

// enhance prepares what is in root: at first the page, later what arrives.
export async function enhance(root = document) {
  reveal(root);
  if (root.querySelector(".combobox[data-suggest]")) (await import("./combobox.js")).enhance(root);
  if (root.querySelector("[data-graph]")) (await import("./graph.js")).enhance(root);
  if (root.querySelector("[data-live], .log[data-stream]")) (await import("./live.js")).enhance(root, enhance);
}

on("click", "[data-copy]", copy);
on("click", "[data-keys-help]", showKeys);
on("change", "form[data-autosubmit] :is([type=checkbox], [type=radio], select)", autosubmit);
on("submit", "form[data-toggle]", toggle);
on("click", "[aria-disabled=true]", (_, event) => event.preventDefault());
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", onKey);
document.querySelector("[data-focus]:not([data-nofocus] *)")?.focus();
if (matchMedia("(max-width: 1100px)").matches) for (const el of all(".facet-fold")) el.open = false;
refreshTimes();
setInterval(refreshTimes, 15000);
restoreFocus();
enhance();
