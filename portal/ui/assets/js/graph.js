// SPDX-License-Identifier: Apache-2.0
// Pan and zoom for drawings. The keyboard scrolls and tabs as everywhere.

function wire(view) {
  const scroll = view.querySelector(".graph-scroll");
  const svg = view.querySelector("svg.nodes");
  if (!svg) return;
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  let scale = 1;

  const zoom = (to, x = scroll.clientWidth / 2, y = scroll.clientHeight / 2) => {
    to = Math.min(Math.max(to, 0.2), 4);
    const left = (scroll.scrollLeft + x) / scale;
    const top = (scroll.scrollTop + y) / scale;
    scale = to;
    view.classList.remove("fit");
    svg.setAttribute("width", width * to);
    svg.setAttribute("height", height * to);
    scroll.scrollLeft = left * to - x;
    scroll.scrollTop = top * to - y;
  };
  const start = () => {
    if (view.classList.contains("fit")) scale = Math.min(1, svg.clientWidth / width);
  };
  view.addEventListener("click", (event) => {
    const how = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (!how) return;
    start();
    if (how === "fit") zoom(Math.min(scroll.clientWidth / width, 1));
    else zoom(how === "in" ? scale * 1.25 : scale / 1.25);
  });
  scroll.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    start();
    const box = scroll.getBoundingClientRect();
    zoom(scale * Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });

  // A drawing a little too wide is made to fit; one that is wider shows what it is about.
  if (!view.classList.contains("fit") && width > scroll.clientWidth) {
    zoom(Math.max(scroll.clientWidth / width, 0.7), 0, 0);
    const focus = svg.querySelector(".node.focus rect");
    if (focus) {
      scroll.scrollLeft = (Number(focus.getAttribute("x")) + focus.width.baseVal.value / 2) * scale - scroll.clientWidth / 2;
      scroll.scrollTop = (Number(focus.getAttribute("y")) + focus.height.baseVal.value / 2) * scale - scroll.clientHeight / 2;
    }
  }

  let from = null;
  scroll.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    from = { x: event.clientX + scroll.scrollLeft, y: event.clientY + scroll.scrollTop, moved: false };
  });
  scroll.addEventListener("pointermove", (event) => {
    if (!from || !(event.buttons & 1)) return;
    const left = from.x - event.clientX;
    const top = from.y - event.clientY;
    if (!from.moved && Math.abs(left - scroll.scrollLeft) + Math.abs(top - scroll.scrollTop) < 5) return;
    from.moved = true;
    scroll.scrollLeft = left;
    scroll.scrollTop = top;
  });
  scroll.addEventListener("click", (event) => {
    if (from?.moved) event.preventDefault();
    from = null;
  }, true);
  scroll.addEventListener("dragstart", (event) => event.preventDefault());
}

export function enhance(root) {
  for (const view of root.querySelectorAll("[data-graph]:not([data-wired])")) {
    view.dataset.wired = "";
    wire(view);
  }
}
