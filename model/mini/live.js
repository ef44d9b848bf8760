() => {
  // What a live page shows: every visible character with its centre, and every clickable thing with its texts.
  const W = innerWidth, H = innerHeight, round = v => Math.round(v * 10) / 10;
  const rel = r => [r.left, r.top, r.right, r.bottom].map(round);
  const range = document.createRange(), pen = document.createElement('canvas').getContext('2d');
  const onTop = (x, y, node) => {
    if (x < 0 || y < 0 || x >= W || y >= H) return false;
    const top = document.elementFromPoint(x, y);
    return !!top && (top === node || node.contains(top) || top.contains(node));
  };
  const chars = [];
  const keep = (code, x, y, node) => {
    if (code > 32 && code < 127 && onTop(x, y, node)) chars.push([code, round(x), round(y)]);
  };
  const texts = root => {
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), out = [];
    while (walk.nextNode()) if (walk.currentNode.data.trim()) out.push(walk.currentNode);
    return out;
  };
  for (const node of texts(document.body)) {
    if (['SCRIPT', 'STYLE'].includes(node.parentElement.tagName)) continue;
    for (let i = 0; i < node.data.length; i++) {
      range.setStart(node, i); range.setEnd(node, i + 1);
      const r = range.getBoundingClientRect();
      if (r.width) keep(node.data.charCodeAt(i), (r.left + r.right) / 2, (r.top + r.bottom) / 2, node.parentElement);
    }
  }
  for (const field of document.querySelectorAll('input, textarea')) {
    if (!field.value || ['checkbox', 'radio', 'hidden', 'submit'].includes(field.type)) continue;
    const style = getComputedStyle(field), box = field.getBoundingClientRect();
    pen.font = style.font;
    const text = field.type === 'password' ? '*'.repeat(field.value.length) : field.value;
    const left = box.left + parseFloat(style.borderLeftWidth) + parseFloat(style.paddingLeft) - field.scrollLeft;
    const line = parseFloat(style.lineHeight) || parseFloat(style.fontSize) * 1.2;
    const y = field.tagName === 'TEXTAREA'
      ? box.top + parseFloat(style.borderTopWidth) + parseFloat(style.paddingTop) + line / 2
      : (box.top + box.bottom + parseFloat(style.paddingTop) - parseFloat(style.paddingBottom)) / 2;
    if (field.type === 'password') continue;
    for (let i = 0; i < text.length; i++) {
      const x = left + (pen.measureText(text.slice(0, i)).width + pen.measureText(text.slice(0, i + 1)).width) / 2;
      if (x < box.right - parseFloat(style.paddingRight)) keep(text.charCodeAt(i), x, y, field);
    }
  }
  const elements = [];
  for (const e of document.querySelectorAll('a[id], button[id], input[id], textarea[id], label[id], [role][id]')) {
    if (e.type === 'hidden') continue;
    const host = e.matches('input, textarea') ? e.closest('label') || e : e;
    const box = rel(host.getBoundingClientRect());
    if (box[2] <= box[0] || box[1] >= H || box[0] >= W) continue;
    const runs = texts(host).map(node => { range.selectNodeContents(node); return {text: node.data.trim(), box: rel(range.getBoundingClientRect())}; })
      .filter(r => onTop((r.box[0] + r.box[2]) / 2, (r.box[1] + r.box[3]) / 2, host));
    if (!runs.length) continue;
    const on = e.checked || ['aria-checked', 'aria-selected', 'aria-pressed', 'aria-current'].some(a => e.getAttribute(a) && e.getAttribute(a) !== 'false');
    const kind = e.matches('input:not([type=checkbox]):not([type=radio]), textarea') ? 'field' : e.tagName === 'BUTTON' ? 'button' : 'row';
    elements.push({id: e.id, kind, state: document.activeElement === e ? 'focus' : on ? 'on' : '', box, runs, label: runs[0].text, run: runs[0].box, whole: true});
  }
  return {chars, elements};
}
