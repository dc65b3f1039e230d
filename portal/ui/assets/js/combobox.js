// SPDX-License-Identifier: Apache-2.0
// Suggestions from the server for a text field; its datalist is the fallback.

let count = 0;

function wire(box) {
  const input = box.querySelector("input");
  const list = Object.assign(document.createElement("ul"), { className: "suggestions", id: "suggestions-" + count++, hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0]?.textContent.trim() || input.name);
  input.removeAttribute("list");
  for (const [k, v] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) input.setAttribute(k, v);
  box.append(list);
  let wait, pending;

  const show = (open) => {
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) input.removeAttribute("aria-activedescendant");
  };
  const select = (el) => {
    for (const o of list.children) o.setAttribute("aria-selected", String(o === el));
    input.setAttribute("aria-activedescendant", el.id);
    el.scrollIntoView({ block: "nearest" });
  };
  const take = (el) => {
    input.value = el.dataset.value;
    show(false);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const ask = async () => {
    pending?.abort();
    pending = new AbortController();
    const url = box.dataset.suggest + (box.dataset.suggest.includes("?") ? "&" : "?") + new URLSearchParams({ q: input.value });
    const answer = await fetch(url, { signal: pending.signal, headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    list.replaceChildren(...(await answer.json()).slice(0, 20).map((item, i) => {
      const el = Object.assign(document.createElement("li"), { id: list.id + "-" + i, textContent: item.title });
      el.setAttribute("role", "option");
      el.dataset.value = item.value ?? item.title;
      if (item.text) el.append(" ", Object.assign(document.createElement("span"), { className: "small", textContent: item.text }));
      return el;
    }));
    show(list.children.length > 0 && document.activeElement === input);
  };
  input.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(ask, 120);
  });
  input.addEventListener("focus", ask);
  input.addEventListener("blur", () => setTimeout(() => show(false), 150));
  input.addEventListener("keydown", (event) => {
    const options = [...list.children];
    const at = options.findIndex((o) => o.getAttribute("aria-selected") === "true");
    if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      show(false);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length > 0) {
      event.preventDefault();
      show(true);
      select(options[(at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length]);
    } else if (event.key === "Enter" && !list.hidden && at >= 0) {
      event.preventDefault();
      take(options[at]);
    }
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const el = event.target.closest("[role=option]");
    if (el) take(el);
  });
}

export function enhance(root) {
  for (const box of root.querySelectorAll(".combobox[data-suggest]:not([data-wired])")) {
    box.dataset.wired = "";
    wire(box);
  }
}
