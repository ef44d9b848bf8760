"use strict";
// Clock, notes and settings.
const clockTime = one => two0(one.hour) + ":" + two0(one.minute);
APPS.push({
  id: "clock", label: "Clock", glyph: "clock", color: "#5b4bb7", component: "com.android.deskclock/.DeskClock",
  screens: {
    main: () => [bar("Alarms", tool("timer", "Timer", () => phone.go("timer"))),
      body(...phone.state.alarms.map(one => el("div.row", {}, button("main row", "Alarm " + clockTime(one), () => phone.go("edit", one),
        el("div.main", {}, el("div.big", {}, clockTime(one)), el("small", {}, one.label || "Every day"))),
      onOff("Alarm " + clockTime(one) + " on", one.on, () => { one.on = !one.on; phone.draw(); })))),
      plus("Add alarm", () => phone.go("edit", { hour: 8, minute: 0, label: "", on: true }))],
    edit: one => {
      const draft = phone.draft(() => ({ hour: two0(one.hour), minute: two0(one.minute), label: one.label }));
      const old = phone.state.alarms.includes(one);
      return [bar(old ? "Edit alarm" : "New alarm"), body(
        el("div.time", {}, field("Hour", draft, "hour", { bare: "1", inputmode: "numeric", "data-all": "1" }), ":",
          field("Minute", draft, "minute", { bare: "1", inputmode: "numeric", "data-all": "1" })),
        field("Label", draft, "label"), wide("Save", () => {
          const hour = /^\d{1,2}$/.test(draft.hour) ? +draft.hour : 99, minute = /^\d{1,2}$/.test(draft.minute) ? +draft.minute : 99;
          if (hour > 23 || minute > 59) return phone.toast("That is no time of the day");
          Object.assign(one, { hour, minute, label: draft.label, on: true });
          if (!old) phone.state.alarms.push(one);
          phone.state.alarms.sort((a, b) => a.hour - b.hour || a.minute - b.minute);
          return phone.back();
        }), old ? wide("Delete", () => { phone.state.alarms = phone.state.alarms.filter(other => other !== one); phone.back(); }, "bad") : null)];
    },
    timer: () => {
      const draft = phone.draft(() => ({ minutes: "05" })), running = phone.state.timer;
      return [bar("Timer"), running ? body(el("div.time", {}, two0(running) + ":00"), wide("Cancel", () => { phone.state.timer = 0; phone.draw(); }, "quiet"))
        : body(el("div.time", {}, field("Minutes", draft, "minutes", { bare: "1", inputmode: "numeric", "data-all": "1" }), "min"),
          wide("Start", () => {
            if (!(+draft.minutes > 0)) return phone.toast("How many minutes?");
            phone.state.timer = +draft.minutes;
            return phone.draw();
          }))];
    },
  },
});
APPS.push({
  id: "notes", label: "Notes", glyph: "note", color: "#c98a00", component: "org.qvl.notes/.NotesActivity",
  screens: {
    main: () => [bar("Notes"), body(...phone.state.notes.map(one => row(one.title || "Note", () => phone.go("edit", one),
      two(one.title || "Untitled", one.body.split("\n")[0].slice(0, 42))))), plus("New note", () => phone.go("edit", { title: "", body: "" }))],
    edit: one => {
      const draft = phone.draft(() => ({ title: one.title, body: one.body })), old = phone.state.notes.includes(one);
      return [bar(old ? "Note" : "New note", tool("save", "Save", () => {
        Object.assign(one, draft);
        if (!old) phone.state.notes.unshift(one);
        phone.back();
      }), old ? tool("bin", "Delete", () => phone.ask("Delete this note?", "Delete", () => {
        phone.state.notes = phone.state.notes.filter(other => other !== one);
        phone.back();
      })) : null), body(field("Title", draft, "title"), field("Text", draft, "body", { tag: "textarea" }))];
    },
  },
});
const SWITCHES = [["Network", [["wifi", "wifi", "Wi-Fi"], ["bluetooth", "blue", "Bluetooth"], ["airplane", "plane", "Airplane mode"]]],
  ["Display", [["dark", "moon", "Dark theme"], ["rotate", "turn", "Auto-rotate"], ["saver", "battery", "Battery saver"]]],
  ["Sound and privacy", [["quiet", "bell", "Do not disturb"], ["location", "pin", "Location"]]]];
APPS.push({
  id: "settings", label: "Settings", glyph: "gear", color: "#5d6470", component: "com.android.settings/.Settings",
  screens: {
    main: () => [bar("Settings"), body(...SWITCHES.flatMap(([head, rows]) => [el("div.head", {}, head),
      ...rows.map(([key, glyph, name]) => {
        const on = phone.state.switches[key], flip = () => { phone.state.switches[key] = !on; phone.draw(); };
        return el("div.row", { onclick: flip }, el("div.face", {}, icon(glyph)), two(name, on ? "On" : "Off"), onOff(name, on, flip));
      })]), el("div.head", {}, "System"), row("Device name", () => phone.go("name"), el("div.face", {}, icon("phone")), two("Device name", phone.state.name)),
    row("Volume", () => phone.go("volume"), el("div.face", {}, icon("bell")), two("Volume", phone.state.volume + " of 7")))],
    name: () => {
      const draft = phone.draft(() => ({ name: phone.state.name }));
      return [bar("Device name"), body(field("Device name", draft, "name", { "data-all": "1" }), wide("Save", () => { phone.state.name = draft.name; phone.back(); }))];
    },
    volume: () => [bar("Volume"), body(el("div.time", {}, String(phone.state.volume)),
      wide("Louder", () => phone.louder(1)), wide("Quieter", () => phone.louder(-1), "quiet"))],
  },
});
