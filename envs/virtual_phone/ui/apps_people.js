"use strict";
// Contacts and messages.
const people = () => [...phone.state.contacts].sort((a, b) => a.name.localeCompare(b.name));
APPS.push({
  id: "contacts", label: "Contacts", glyph: "person", color: "#2b7de9",
  component: "com.android.contacts/.activities.PeopleActivity",
  screens: {
    main: () => [bar("Contacts"), body(...people().map(one => row(one.name, () => phone.go("one", one),
      face(one.name), two(one.name, one.phone)))), plus("New contact", () => phone.go("edit", { name: "", phone: "" }))],
    one: one => [bar(one.name, tool("pen", "Edit", () => phone.go("edit", one)),
      tool("bin", "Delete", () => phone.ask("Delete this contact?", "Delete", () => {
        phone.state.contacts = phone.state.contacts.filter(other => other !== one);
        phone.back();
      }))),
    body(el("div.card", {}, two(one.phone || "No number", "Phone")),
      wide("Send message", () => phone.open("messages", "thread", one.name)))],
    edit: one => {
      const draft = phone.draft(() => ({ name: one.name, phone: one.phone }));
      return [bar(one.name ? "Edit contact" : "New contact"), body(field("Name", draft, "name"),
        field("Phone", draft, "phone", { inputmode: "tel" }), wide("Save", () => {
          if (!draft.name.trim()) return phone.toast("A contact needs a name");
          Object.assign(one, draft);
          if (!phone.state.contacts.includes(one)) phone.state.contacts.push(one);
          return phone.back();
        }))];
    },
  },
});
function send(to, text) {
  if (!text.trim()) return;
  let found = phone.state.threads.find(thread => thread.to === to);
  if (!found) phone.state.threads.unshift(found = { to, items: [] });
  found.items.push({ text, mine: true });
}
APPS.push({
  id: "messages", label: "Messages", glyph: "bubble", color: "#1a9c5b",
  component: "com.android.messaging/.ui.ConversationListActivity",
  screens: {
    main: () => [bar("Messages"), body(...phone.state.threads.map(thread => row(thread.to,
      () => phone.go("thread", thread.to), face(thread.to), two(thread.to, (thread.items.at(-1) || { text: "" }).text.slice(0, 40))))),
    plus("Start chat", () => phone.go("pick"), "Start chat")],
    pick: () => [bar("New chat"), body(...people().map(one => row(one.name,
      () => phone.swap("thread", one.name), face(one.name), two(one.name, one.phone))))],
    thread: to => {
      const draft = phone.draft(() => ({ text: "" }));
      const thread = phone.state.threads.find(one => one.to === to) || { items: [] };
      const go = () => { send(to, draft.text); draft.text = ""; phone.draw(true); };
      const list = body(...thread.items.map(item => el("div.bubble" + (item.mine ? ".mine" : ""), {}, item.text)));
      list.dataset.end = "1";
      return [bar(to), list, el("div.compose", {},
        field("Text message", draft, "text", { bare: "1", placeholder: "Text message", onkeydown: event => { if (event.key === "Enter") go(); } }),
        button("", "Send", go, "Send"))];
    },
  },
});
