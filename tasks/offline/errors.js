"use strict";
const { items, pictures } = JSON.parse(document.getElementById("data").textContent);
const PAGE = 48;
const chosen = { error: "", group: "", words: "" };
let shown = PAGE;

const make = (tag, attributes = {}, ...children) => {
  const svg = ["svg", "image", "rect", "polygon", "circle"].includes(tag);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};

const matching = () => items.filter((item) =>
  (!chosen.error || (chosen.error === "errors" ? item.error !== "right" : item.error === chosen.error)) &&
  (!chosen.group || item.group === chosen.group) &&
  (!chosen.words || `${item.id} ${item.what} ${item.reply}`.toLowerCase().includes(chosen.words)));

const outline = (shape) => shape.length === 4
  ? make("rect", { class: "box", x: shape[0], y: shape[1], width: shape[2] - shape[0], height: shape[3] - shape[1] })
  : make("polygon", { class: "box", points: shape.join(" ") });

const shot = (item, around) => {
  const [width, height] = item.size;
  const view = around && item.shape ? window_(item) : [0, 0, width, height];
  const svg = make("svg", { class: "shot", viewBox: view.join(" "), preserveAspectRatio: "xMidYMid meet", role: "img" });
  if (pictures[item.picture]) svg.append(make("image", { href: pictures[item.picture], width, height, preserveAspectRatio: "none" }));
  if (item.shape) svg.append(outline(item.shape));
  if (item.point) svg.append(make("circle", { class: "dot", cx: item.point[0], cy: item.point[1], r: view[2] / 90 }));
  return svg;
};

const window_ = (item) => {
  const xs = item.shape.filter((_, i) => i % 2 === 0), ys = item.shape.filter((_, i) => i % 2 === 1);
  const middle = [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
  const wide = Math.min(item.size[0], Math.max(360, 4 * (Math.max(...xs) - Math.min(...xs))));
  const high = wide * 0.62;
  return [middle[0] - wide / 2, middle[1] - high / 2, wide, high];
};

const card = (item) => {
  const node = make("button", { class: "card", type: "button" }, shot(item),
    make("span", { class: "words" }, make("b", {}, item.what),
      make("span", { class: `tone ${item.error}` }, item.error), make("span", { class: "soft" }, `  ${item.id}`)));
  node.addEventListener("click", () => open(item));
  return node;
};

const open = (item) => {
  const point = item.point ? `(${item.point.map((v) => Math.round(v)).join(", ")})` : "none";
  const close = item.shape ? [make("p", { class: "soft" }, "Around the target:"), shot(item, true)] : [];
  document.getElementById("detail").replaceChildren(
    make("h2", {}, item.what),
    make("p", { class: "soft" }, make("span", { class: `tone ${item.error}` }, item.error),
      `  ${item.id} · ${item.group} ${item.kind} · picture ${item.size.join("×")} · point ${point}${item.why ? ` · ${item.why}` : ""}`),
    shot(item), make("pre", {}, item.reply || "(empty reply)"), ...close);
  document.getElementById("sheet").showModal();
};

const draw = () => {
  const found = matching();
  document.getElementById("cards").replaceChildren(...found.slice(0, shown).map(card));
  document.getElementById("count").textContent = `${found.length} of ${items.length} items`;
  const more = document.getElementById("more");
  more.replaceChildren();
  if (found.length > shown) {
    const button = make("button", { type: "button" }, `show ${Math.min(PAGE, found.length - shown)} more`);
    button.addEventListener("click", () => { shown += PAGE; draw(); });
    more.append(button);
  }
};

const again = () => { shown = PAGE; draw(); };

const chips = () => {
  const counts = new Map();
  for (const item of items) counts.set(item.error, (counts.get(item.error) || 0) + 1);
  const wrong = items.filter((item) => item.error !== "right").length;
  const names = [["", "all", items.length], ["errors", "errors", wrong], ...[...counts].sort((a, b) => b[1] - a[1]).map(([name, n]) => [name, name, n])];
  for (const [value, name, n] of names) {
    const button = make("button", { type: "button", "aria-pressed": value === chosen.error }, `${name} ${n}`);
    button.addEventListener("click", () => {
      chosen.error = value;
      for (const other of document.querySelectorAll("#chips button")) other.setAttribute("aria-pressed", other === button);
      again();
    });
    document.getElementById("chips").append(button);
  }
};

const group = document.getElementById("group");
for (const name of ["", ...new Set(items.map((item) => item.group))]) group.append(make("option", { value: name }, name || "every group"));
group.addEventListener("change", () => { chosen.group = group.value; again(); });
const search = document.getElementById("search");
search.addEventListener("input", () => { chosen.words = search.value.toLowerCase(); again(); });
document.getElementById("sheet").addEventListener("click", (event) => {
  if (event.target === event.currentTarget) event.currentTarget.close();
});
chips();
draw();
