// SPDX-License-Identifier: Apache-2.0
// The command palette: where the navigation leads, and what the search offers.

const svg = "http://www.w3.org/2000/svg";
let wired = false;

function icon(href) {
  const el = document.createElementNS(svg, "svg");
  el.setAttribute("class", "i");
  el.setAttribute("aria-hidden", "true");
  el.append(Object.assign(document.createElementNS(svg, "use")));
  el.firstChild.setAttribute("href", href);
  return el;
}

function commands(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return [...document.querySelectorAll(".side-nav a")]
    .map((a) => ({ title: a.querySelector("span").textContent, url: a.getAttribute("href"), icon: a.querySelector("use")?.getAttribute("href") }))
    .filter((c) => words.every((w) => c.title.toLowerCase().includes(w)));
}

function group(list, title, items) {
  if (items.length === 0) return;
  const head = Object.assign(document.createElement("div"), { className: "palette-title", textContent: title });
  head.setAttribute("role", "presentation");
  list.append(head);
  for (const item of items) list.append(option(list, item));
}

function option(list, item) {
  const a = Object.assign(document.createElement("a"), { href: item.url, tabIndex: -1, id: "palette-" + list.querySelectorAll("[role=option]").length });
  a.setAttribute("role", "option");
  if (item.icon) a.append(icon(item.icon));
  a.append(Object.assign(document.createElement("span"), { textContent: item.title }));
  if (item.text) a.append(Object.assign(document.createElement("span"), { className: "small truncate", textContent: item.text }));
  return a;
}

// safe keeps out answers that would run a script when opened.
const safe = (item) => /^(\/(?!\/)|https?:)/.test(item.url);

function wire(dialog) {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector(".palette-list");
  const suggest = document.querySelector("form.search")?.dataset.suggest;
  let wait, pending, drawn = "";

  const options = () => [...list.querySelectorAll("[role=option]")];
  const select = (el) => {
    for (const o of options()) o.setAttribute("aria-selected", String(o === el));
    if (el) input.setAttribute("aria-activedescendant", el.id);
    else input.removeAttribute("aria-activedescendant");
    el?.scrollIntoView({ block: "nearest" });
  };
  const draw = (results) => {
    list.replaceChildren();
    const go = commands(input.value).slice(0, 8);
    const rest = results.filter((r) => go.every((c) => c.url !== r.url));
    // What is found by its name comes before what the navigation has.
    const first = rest.filter((r) => r.title.toLowerCase() === input.value.trim().toLowerCase());
    const groups = new Map();
    for (const r of rest) groups.set(r.group || list.dataset.results, [...(groups.get(r.group || list.dataset.results) || []), r]);
    if (first.length === 0) group(list, list.dataset.go, go);
    for (const [title, items] of groups) group(list, title, items);
    if (first.length > 0) group(list, list.dataset.go, go);
    if (options().length === 0) list.append(Object.assign(document.createElement("p"), { className: "palette-title", textContent: list.dataset.none }));
    select(options()[0]);
  };
  const ask = async () => {
    pending?.abort();
    if (!suggest || !input.value.trim() || !dialog.open) return;
    const { signal } = (pending = new AbortController());
    const url = suggest + (suggest.includes("?") ? "&" : "?") + new URLSearchParams({ q: input.value });
    const answer = await fetch(url, { signal, headers: { Accept: "application/json" } }).catch(() => null);
    const text = answer?.ok ? await answer.text().catch(() => "") : "";
    if (signal.aborted) return;
    if (text && text !== drawn) draw(JSON.parse(text).filter(safe).map((r) => ({ ...r, icon: r.icon && list.dataset.sprite + "#" + encodeURIComponent(r.icon) })));
    drawn = text;
    // What did not come, or is not complete yet, is asked for again.
    if (!answer || answer.status >= 500 || answer.headers.has("Retry-After")) wait = setTimeout(ask, 1000);
  };
  input.addEventListener("input", () => {
    drawn = "";
    draw([]);
    clearTimeout(wait);
    wait = setTimeout(ask, 120);
  });
  input.addEventListener("keydown", (event) => {
    const shown = options();
    const at = shown.findIndex((o) => o.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      select(shown[(at + step + shown.length) % shown.length]);
    } else if (event.key === "Escape") {
      event.preventDefault(); // a search field would only empty itself
      dialog.close();
    }
  });
  // Enter submits the form; with an entry chosen it opens that instead.
  input.form.addEventListener("submit", (event) => {
    const chosen = list.querySelector("[aria-selected=true]");
    if (!chosen) return;
    event.preventDefault();
    chosen.click();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.draw = draw;
}

// open shows the palette; closing gives the focus back, as dialogs do.
export function open(dialog) {
  if (!wired) wire(dialog);
  wired = true;
  const input = dialog.querySelector("input");
  input.value = "";
  dialog.showModal();
  dialog.draw([]);
  input.focus();
}
