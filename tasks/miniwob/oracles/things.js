// Elements that a selector finds: text, value, attributes, box, how far they are out of view, and a
// place on them that nothing covers: the middle if it is free.
css => {
const SHARES = [0.5, 0.25, 0.75, 0.1, 0.9];
const free = (e, b) => {
  for (const down of SHARES) for (const across of SHARES) {
    const x = b.left + b.width * across, y = b.top + b.height * down, top = document.elementFromPoint(x, y);
    if (top && (e === top || e.contains(top))) return [x, y];
  }
  return [b.left + b.width / 2, b.top + b.height / 2];
};
return [...document.querySelectorAll(css)].map(e => {
  const b = e.getBoundingClientRect(), x = b.left + b.width / 2, y = b.top + b.height / 2;
  let hidden = null;
  for (let up = e.parentElement; up && !hidden; up = up.parentElement) {
    const root = up === document.documentElement, look = getComputedStyle(up).overflowY;
    if (up === document.body || up.scrollHeight <= up.clientHeight + 1) continue;
    if (!root && look !== 'auto' && look !== 'scroll') continue;
    const o = root ? {left: 0, top: 0, right: innerWidth, bottom: innerHeight} : up.getBoundingClientRect();
    if (y <= o.top + 2 || y >= Math.min(o.bottom, innerHeight) - 2)
      hidden = [(o.left + o.right) / 2, (o.top + Math.min(o.bottom, innerHeight)) / 2, y - (o.top + Math.min(o.bottom, innerHeight)) / 2];
  }
  return {
    text: (e.textContent || '').replace(/\s+/g, ' ').trim(), value: String(e.value ?? ''), tag: e.tagName.toLowerCase(),
    checked: !!e.checked, attributes: Object.fromEntries([...e.attributes].map(a => [a.name, a.value])),
    x: b.left, y: b.top, width: b.width, height: b.height, hidden, spot: free(e, b),
  };
}).filter(e => e.width > 0 && e.height > 0);
}
