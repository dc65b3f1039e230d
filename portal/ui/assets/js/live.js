// SPDX-License-Identifier: Apache-2.0
// Server-sent events. A browser opens six connections to an origin, and a
// stream holds one, so a hidden tab closes its streams and all tabs together
// take a few slots; a tab without a slot asks again every few seconds.



const slots = 3;
const pollEvery = 4000;

// stream calls handlers[type](data, id) for each event at url, and poll() now
// and then while there is no slot. It returns a function that ends it.
export function stream(url, handlers, poll, last = "") {
  let source, free, timer, ended = false;

  const connect = () => {
    const to = last ? url + (url.includes("?") ? "&" : "?") + new URLSearchParams({ lastEventId: last }) : url;
    source = new EventSource(to);
    for (const type of Object.keys(handlers)) {
      source.addEventListener(type, (event) => {
        last = event.lastEventId || last;
        handlers[type](event.data, event.lastEventId);
      });
    }
  };
  const close = () => {
    source?.close();
    free?.();
    clearTimeout(timer);
    source = free = undefined;
  };
  const open = async (names) => {
    if (ended || document.hidden || source) return;
    if (!navigator.locks) return connect();
    const [name, ...rest] = names;
    if (name === undefined) {
      poll?.();
      timer = setTimeout(() => open(slotNames()), pollEvery);
      return;
    }
    navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (!lock) return void open(rest);
      if (ended || document.hidden || source) return;
      connect();
      return new Promise((done) => (free = done));
    });
  };
  const look = () => (document.hidden ? close() : open(slotNames()));
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", close);
  addEventListener("pageshow", look);
  look();
  return () => {
    ended = true;
    close();
    document.removeEventListener("visibilitychange", look);
  };
}

function slotNames() {
  return Array.from({ length: slots }, (_, i) => "callboard-live-" + i);
}

// swap fetches this page again and replaces the elements that are live.
let swapping = false;
let again;
async function swap() {
  if (swapping) return;
  swapping = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of document.querySelectorAll("[data-live][id]")) {
      const fresh = page.getElementById(old.id);
      if (!fresh || fresh.innerHTML === old.innerHTML || old.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) continue;
      const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      old.replaceChildren(...fresh.childNodes);
      if (focused) old.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
      again?.(old);
    }
  } finally {
    swapping = false;
  }
}

const tones = ["ok", "warn", "bad", "run"];

function addLine(log, data) {
  const { t, tone, text } = JSON.parse(data);
  const follow = log.scrollTop + log.clientHeight > log.scrollHeight - 40;
  const line = Object.assign(document.createElement("span"), { className: "line" });
  if (tones.includes(tone)) line.classList.add(tone);
  if (t) line.append(Object.assign(document.createElement("span"), { className: "t", textContent: t.slice(11, 19) + " " }));
  line.append(text + "\n");
  log.append(line);
  if (follow) log.scrollTop = log.scrollHeight;
}

// enhance connects what is live in root; prepare is called for what arrives.
export function enhance(root, prepare) {
  again = prepare;
  for (const log of root.querySelectorAll(".log[data-stream]:not([data-wired])")) {
    log.dataset.wired = "";
    log.scrollTop = log.scrollHeight;
    const end = stream(log.dataset.stream, {
      message: (data) => addLine(log, data),
      end: () => {
        end();
        swap();
      },
    }, swap, log.dataset.last || "");
  }
  const urls = new Set([...root.querySelectorAll("[data-live]:not([data-wired])")].map((el) => {
    el.dataset.wired = "";
    return el.dataset.live;
  }));
  for (const url of urls) {
    if (url) stream(url, { message: swap, change: swap }, swap);
  }
}
