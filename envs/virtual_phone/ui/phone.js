"use strict";
// The system: launcher, bars, keyboard, dialogs, and what the daemon asks of it.
const $ = name => document.getElementById(name);
const KEYS = { letters: ["qwertyuiop", "asdfghjkl", "zxcvbnm"], signs: ["1234567890", "@#$%&-+()", "*\"':;!?"] };
const START = {
  time: "9:41", day: "Tuesday, March 4", name: "Virtual phone", volume: 3, timer: 0, url: "", battery: 87,
  contacts: [{ name: "Ana Ruiz", phone: "555 0101" }, { name: "Ben Okafor", phone: "555 0102" }, { name: "Chen Wei", phone: "555 0103" }],
  threads: [{ to: "Ana Ruiz", items: [{ text: "See you at the station?", mine: false }] }],
  alarms: [{ hour: 6, minute: 45, label: "", on: false }], notes: [{ title: "Packing", body: "Passport\nCharger" }], trips: [],
  switches: { wifi: true, bluetooth: false, airplane: false, dark: false, rotate: false, saver: false, quiet: false, location: true },
};
const phone = {
  state: START, stack: [], recent: [], taps: [], signs: false, shift: false, soft: true, locked: false, recentsShown: false,

  start(seed) { Object.assign(this.state, seed); this.home(); },
  app(id) { return APPS.find(one => one.id === id); },
  top() { return this.stack.at(-1); },
  depth() { return this.stack.length; },
  draft(make) { return this.top().draft ||= make(); },
  open(id, screen = "main", argument) {
    if (this.stack[0]?.app !== id) this.stack = [{ app: id, screen: "main" }];
    if (screen !== "main") this.stack.push({ app: id, screen, argument });
    this.recent = [id, ...this.recent.filter(other => other !== id)];
    this.recentsShown = false;
    $("over").replaceChildren();
    this.draw();
  },
  go(screen, argument) { this.keep(); this.stack.push({ app: this.top().app, screen, argument }); this.draw(); },
  swap(screen, argument) { this.stack.pop(); this.go(screen, argument); },
  keep() { const list = document.querySelector(".body"); if (list && this.top()) this.top().scroll = list.scrollTop; },
  home() { this.stack = []; this.recentsShown = false; $("over").replaceChildren(); this.draw(); },
  back() {
    if (this.locked) return;
    if (this.keyboardShown()) { document.activeElement.blur(); return; }
    if ($("over").firstChild) { $("over").replaceChildren(); return; }
    this.recentsShown = false;
    this.stack.pop();
    this.draw();
  },
  recents() { this.recentsShown = true; this.draw(); },

  draw(keepFocus) {
    const before = keepFocus && document.activeElement?.getAttribute("aria-label");
    const shown = this.top();
    document.body.className = (shown || this.recentsShown ? "" : "home") + (this.state.switches.dark ? " dark" : "")
      + (innerWidth > innerHeight ? " wide-screen" : "");
    $("app").replaceChildren(...(this.recentsShown ? this.drawRecents() : shown ? this.app(shown.app).screens[shown.screen](shown.argument) : this.drawHome()));
    const list = document.querySelector(".body");
    if (list) list.scrollTop = list.dataset.end ? list.scrollHeight : shown?.scroll || 0;
    if (before) document.querySelector(`[aria-label="${before}"]`)?.focus();
    this.drawBars();
    this.drawKeyboard();
  },
  drawHome() {
    return [el("div.launcher", {}, el("div.when", {}, this.state.time), el("div.day", {}, this.state.day),
      el("div.icons", {}, ...APPS.map(one => {
        const square = el("i", {}, icon(one.glyph));
        square.style.background = one.color;
        return button("app", one.label, () => this.open(one.id), square, one.label);
      })))];
  },
  drawRecents() {
    const rows = this.recent.map(id => {
      const one = this.app(id), square = el("i", {}, icon(one.glyph));
      square.style.background = one.color;
      return row(one.label, () => this.open(id), square, one.label);
    });
    return [el("div.recents", {}, ...(rows.length ? [...rows, wide("Clear all", () => { this.recent = []; this.home(); }, "quiet")] : ["No recent items"]))];
  },
  drawBars() {
    const on = this.state.switches, marks = [["airplane", "plane"], ["wifi", "wifi"], ["bluetooth", "blue"], ["quiet", "moon"]];
    $("status").replaceChildren(this.state.time, el("span.gap"), ...marks.filter(([key]) => on[key]).map(([, glyph]) => icon(glyph)),
      icon(this.state.battery < 16 ? "low" : "battery"), this.state.battery + "%");
    $("nav").replaceChildren(button("", "Back", () => this.back(), icon("triangle")), button("", "Home", () => this.home(), icon("circle")),
      button("", "Recents", () => this.recents(), icon("square")));
  },

  keyboardShown() { return document.activeElement?.matches("input, textarea") && !this.locked; },
  drawKeyboard() {
    const shown = this.keyboardShown(), box = $("keyboard");
    box.className = shown ? "shown" : "";
    box.replaceChildren(...(!shown ? [] : this.soft ? this.keyRows() : [el("div.plain", {}, "ADB Keyboard {ON}")]));
    if (shown) document.activeElement.scrollIntoView({ block: "nearest" });
  },
  keyRows() {
    const put = text => () => document.execCommand("insertText", false, text);
    const key = text => button("", text, put(this.shift ? text.toUpperCase() : text), this.shift ? text.toUpperCase() : text);
    const rows = (this.signs ? KEYS.signs : KEYS.letters).map(line => [...line].map(key));
    rows[2].unshift(button("wider", "Shift", () => { this.shift = !this.shift; this.drawKeyboard(); }, "shift"));
    rows[2].push(button("wider", "Delete", () => document.execCommand("delete"), "del"));
    rows.push([button("wider", "Symbols", () => { this.signs = !this.signs; this.drawKeyboard(); }, this.signs ? "abc" : "?123"), key(","),
      button("space", "Space", put(" "), "English"), key("."), button("wider", "Enter", () => this.enter(), "enter")]);
    return rows.map(line => el("div.line", {}, ...line));
  },
  enter() {
    const at = document.activeElement;
    if (at.matches("textarea")) document.execCommand("insertText", false, "\n");
    else at.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  },
  clear() { const at = document.activeElement; if (at?.select) { at.select(); document.execCommand("delete"); } },

  ask(question, word, act) {
    const close = () => $("over").replaceChildren();
    $("over").replaceChildren(el("div.box", {}, el("h2", {}, question), wide(word, () => { close(); act(); }), wide("Cancel", close, "quiet")));
  },
  toast(words) { $("over").replaceChildren(el("div.box", {}, el("h2", {}, words), wide("OK", () => $("over").replaceChildren()))); },
  visit(url) {
    url = url.trim();
    this.state.url = url && !/^https?:/.test(url) ? "https://" + url : url;
    if (this.stack[0]?.app === "browser") this.stack = [];
    this.open("browser");
  },
  louder(by) { this.state.volume = Math.min(7, Math.max(0, this.state.volume + by)); this.draw(); },

  // What the daemon asks for.
  read() { return this.state; },
  tapped() { return this.taps.splice(0); },
  launch(component) {
    const [wanted, activity] = component.split("/");
    const found = APPS.find(one => one.component.split("/")[0] === wanted && (!activity || [one.component.split("/")[1], wanted + one.component.split("/")[1]].includes(activity)));
    if (found) this.open(found.id);
    return !!found;
  },
  stop(wanted) {
    if (this.stack[0] && this.app(this.stack[0].app).component.startsWith(wanted + "/")) this.home();
    this.recent = this.recent.filter(id => !this.app(id).component.startsWith(wanted + "/"));
  },
  components() { return APPS.map(one => one.component); },
  front() {
    const shown = this.top(), dialog = $("over").firstChild;
    const component = dialog?.classList.contains("system") ? "com.android.systemui/.PowerDialog" : this.recentsShown ? "com.android.launcher3/.Recents"
      : shown ? this.app(shown.app).component : "com.android.launcher3/.Launcher";
    return { component, keyboard: !!this.keyboardShown(), locked: this.locked };
  },
  flip(key, on) { this.state.switches[key] = on; this.draw(); },
  power(on) { $("off").className = on ? "" : "shown"; if (!on && document.activeElement) document.activeElement.blur(); this.drawKeyboard(); },
  lock() {
    this.locked = true;
    const sheet = el("div.lock.home-ground", {}, el("div.when", {}, this.state.time), el("div", {}, this.state.day), el("div.hint", {}, "Swipe up to unlock"));
    let from = null;
    sheet.addEventListener("touchstart", event => { from = event.touches[0].clientY; });
    sheet.addEventListener("touchend", event => {
      if (from !== null && from - event.changedTouches[0].clientY > 60) this.unlock();
    });
    $("over").replaceChildren(sheet);
  },
  unlock() { if (this.locked) { this.locked = false; $("over").replaceChildren(); } },
  charge(level) {
    this.state.battery = level;
    this.drawBars();
    if (level < 16) {
      this.toast("Battery low");
      $("over").firstChild.classList.add("system");
    }
  },
  keyboard(soft) { this.soft = soft; this.drawKeyboard(); },
  field() { const at = document.activeElement; return at?.matches("input, textarea") ? at.value : null; },
  dump() {
    const part = devicePixelRatio, found = [];
    const component = this.front().component.split("/")[0];
    for (const one of document.querySelectorAll("button, input, textarea, h1, h2, small, .row, .bubble, .card, .main > div, .faint, .head")) {
      const box = one.getBoundingClientRect();
      if (box.width < 1 || box.height < 1 || box.bottom < 0 || box.top > innerHeight) continue;
      const typed = one.matches("input, textarea");
      const over = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
      found.push({ text: typed ? one.value : one.textContent, description: one.getAttribute("aria-label") || "", kind: one.tagName.toLowerCase(),
        clickable: one.matches("button, .row") || typed, focused: one === document.activeElement, package: component,
        free: !!over && (one.contains(over) || over.contains(one)),
        bounds: [box.left, box.top, box.right, box.bottom].map(side => Math.round(side * part)) });
    }
    return found;
  },
};
addEventListener("pointerdown", event => {
  phone.taps.push([event.clientX * devicePixelRatio, event.clientY * devicePixelRatio]);
  if (phone.taps.length > 1000) phone.taps.shift();
}, true);
// The field keeps the focus while buttons are tapped, so that nothing moves under the finger.
addEventListener("mousedown", event => { if (!event.target.closest("input, textarea")) event.preventDefault(); }, true);
addEventListener("focusin", event => { if (event.target.dataset.all) event.target.select(); phone.drawKeyboard(); });
addEventListener("focusout", () => setTimeout(() => phone.drawKeyboard()));
addEventListener("resize", () => phone.draw(true));
addEventListener("contextmenu", event => event.preventDefault());
