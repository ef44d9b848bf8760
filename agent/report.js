"use strict";
(() => {
  const steps = [...document.querySelectorAll("main > section")];
  const thumbs = [...document.querySelectorAll(".strip > a")];
  if (!steps.length) return;
  document.documentElement.classList.add("live");

  let current = -1;
  function show(index, keepHash) {
    index = Math.max(0, Math.min(steps.length - 1, index));
    if (index === current) return;
    current = index;
    steps.forEach((step, i) => step.classList.toggle("on", i === index));
    thumbs.forEach((thumb, i) => {
      if (i === index) thumb.setAttribute("aria-current", "step");
      else thumb.removeAttribute("aria-current");
    });
    const thumb = thumbs[index], strip = thumb.parentElement;
    strip.scrollTo({ left: thumb.offsetLeft - (strip.clientWidth - thumb.clientWidth) / 2 });
    if (!keepHash) history.replaceState(null, "", "#" + steps[index].id);
  }
  const fromHash = () => steps.findIndex((step) => "#" + step.id === location.hash);

  thumbs.forEach((thumb, i) =>
    thumb.addEventListener("click", (event) => { event.preventDefault(); show(i); }));
  addEventListener("hashchange", () => { if (fromHash() >= 0) show(fromHash(), true); });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowRight: current + 1, ArrowLeft: current - 1, j: current + 1,
      k: current - 1, Home: 0, End: steps.length - 1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    show(moves[event.key]);
  });
  show(Math.max(fromHash(), 0), true);
})();
