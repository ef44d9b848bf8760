"use strict";
// What apps are built of. Texts are only ever set as text.
const APPS = [];
function el(kind, attributes, ...inside) {
  const [tag, ...classes] = kind.split(".");
  const made = document.createElement(tag);
  made.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...inside.filter(part => part !== null && part !== undefined));
  return made;
}
const button = (kind, name, act, ...inside) => el("button." + kind, { onclick: act, "aria-label": name }, ...inside);
const bar = (title, ...tools) => el("div.bar", {},
  phone.depth() > 1 ? button("icon", "Back", () => phone.back(), icon("back")) : null, el("h1", {}, title), ...tools);
const tool = (glyph, name, act) => button("icon", name, act, icon(glyph));
const body = (...inside) => el("div.body", {}, ...inside);
const plus = (name, act, words) => button("plus", name, act, icon("plus"), ...(words ? [words] : []));
const wide = (name, act, look) => button("wide" + (look ? "." + look : ""), name, act, name);
const face = words => el("div.face", {}, (words.trim()[0] || "?").toUpperCase());
const two = (upper, lower) => el("div.main", {}, el("div", {}, upper), lower ? el("small", {}, lower) : null);
const row = (name, act, ...inside) => button("row", name, act, ...inside);
function field(name, holder, key, attributes) {
  const { tag = "input", ...others } = attributes || {};
  const box = el(tag, { "aria-label": name, autocomplete: "off", spellcheck: "false", ...others,
    oninput: event => { holder[key] = event.target.value; } });
  box.value = holder[key] ?? "";
  return others.bare ? box : el("label.field", {}, el("span", {}, name), box);
}
const onOff = (name, on, act) => button("switch" + (on ? ".on" : ""), name, event => { event.stopPropagation(); act(); });
const two0 = n => String(n).padStart(2, "0");
