"use strict";
// A browser without a network, and flights.
const PAGES = { "news.test": ["Morning News", "A new bridge opens today.", "The river museum shows old maps."],
  "recipes.test": ["Recipes", "Bread: flour, water, salt, yeast.", "Soup: leek, potato, cream."] };
APPS.push({
  id: "browser", label: "Browser", glyph: "globe", color: "#d3472f", component: "com.android.browser/.BrowserActivity",
  screens: {
    main: () => {
      const draft = phone.draft(() => ({ url: phone.state.url })), go = () => phone.visit(draft.url);
      const host = phone.state.url.replace(/^https?:\/\//, "").split(/[/?#]/)[0], page = PAGES[host];
      const links = Object.entries(PAGES).map(([name, [title]]) => row(title, () => phone.visit("https://" + name), face(title), two(title, name)));
      return [el("div.compose", {}, field("Address", draft, "url", { bare: "1", placeholder: "Search or type address", "data-all": "1",
        onkeydown: event => { if (event.key === "Enter") go(); } }), button("", "Go", go, "Go")),
      page ? body(el("h1", {}, page[0]), ...page.slice(1).map(line => el("p.card", {}, line)))
        : host ? body(el("h1", {}, "No connection"), el("p.faint", {}, phone.state.url + " could not be opened.")) : body(el("div.head", {}, "Bookmarks"), ...links)];
    },
  },
});
const CITIES = ["Lima", "Oslo", "Porto", "Quito", "Riga"];
const DAYS = ["Monday", "Wednesday", "Friday"];
APPS.push({
  id: "flights", label: "Flights", glyph: "plane", color: "#00838f", component: "org.qvl.flights/.FlightsActivity",
  screens: {
    main: () => {
      const draft = phone.draft(() => ({ to: "", day: "" }));
      const chips = (key, names) => el("div.chips", {}, ...names.map(name => button("chip" + (draft[key] === name ? ".on" : ""), name,
        () => { draft[key] = name; phone.draw(); }, name)));
      return [bar("Flights"), body(el("div.head", {}, "Where to?"), chips("to", CITIES), el("div.head", {}, "When?"), chips("day", DAYS),
        wide("Search", () => draft.to && draft.day ? phone.go("found", { ...draft }) : phone.toast("Choose a city and a day")),
        ...phone.state.trips.map(trip => el("div.card", {}, two(trip.to + ", " + trip.day, "Booked, leaves at " + trip.at))))];
    },
    found: trip => [bar("To " + trip.to + ", " + trip.day), body(...["07:05", "12:40", "19:15"].map(at =>
      row("Book " + at, () => phone.ask("Book the flight at " + at + "?", "Book", () => {
        phone.state.trips.push({ ...trip, at });
        phone.back();
      }), face(trip.to), two(at, "Direct to " + trip.to))))],
  },
});
