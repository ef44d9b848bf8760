"use strict";
// Paths on a 24 by 24 grid.
const ICONS = {
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-6 8-6s7 2 8 6",
  bubble: "M4 5h16v11H10l-4 4v-4H4z", clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 3",
  gear: "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2",
  note: "M6 3h9l4 4v14H6zM9 11h7M9 15h7", globe: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c-6 6-6 12 0 18M12 3c6 6 6 12 0 18",
  plane: "M3 14l18-8-7 15-3-6z", plus: "M12 5v14M5 12h14", back: "M15 5l-7 7 7 7",
  bin: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13", pen: "M4 20l1-5L16 4l4 4L9 19z", send: "M4 12l16-8-5 16-4-6z",
  phone: "M6 3h4l2 5-3 2c1 3 2 4 5 5l2-3 5 2v4c0 2-2 3-4 2C9 18 6 15 4 7c0-2 0-4 2-4z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2", moon: "M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10z",
  wifi: "M2 9c6-5 14-5 20 0M5 13c4-4 10-4 14 0M9 17c2-2 4-2 6 0", blue: "M7 7l10 10-5 4V3l5 4L7 17",
  pin: "M12 21c-5-6-7-8-7-12a7 7 0 0 1 14 0c0 4-2 6-7 12zM12 7v4", bell: "M6 17V11a6 6 0 0 1 12 0v6l2 1H4zM10 21h4",
  turn: "M4 12a8 8 0 0 1 14-5l2 2M20 4v5h-5M20 12a8 8 0 0 1-14 5l-2-2M4 20v-5h5", save: "M5 12l5 5L20 7",
  battery: "M4 8h14v8H4zM18 11h2v2h-2z", triangle: "M16 5v14L6 12z", circle: "M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14z",
  square: "M6 6h12v12H6z", timer: "M12 6a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 10v4M9 2h6", low: "M4 8h14v8H4zM18 11h2v2h-2zM7 11v2",
};

function icon(name) {
  const box = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  box.setAttribute("viewBox", "0 0 24 24");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  box.append(path);
  return box;
}
