({css, factor, at} = {}) => {
  // What a live page shows: every visible character with its centre, every clickable thing with its texts, and
  // the thing at a place, in pixels of the picture: `factor` to one of the page's.
  const W = innerWidth, H = innerHeight, F = factor || 1, round = v => Math.round(v * F * 10) / 10;
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
  const one = e => {
    const host = e.matches('input, textarea') ? e.closest('label') || e : e, name = e.getAttribute('aria-label');
    const box = rel(host.getBoundingClientRect());
    if (box[2] <= box[0] || box[3] <= 0 || box[1] >= H * F || box[0] >= W * F) return null;
    const seen = root => texts(root).map(node => { range.selectNodeContents(node); return {text: node.data.trim(), box: range.getBoundingClientRect()}; })
      .filter(r => onTop((r.box.left + r.box.right) / 2, (r.box.top + r.box.bottom) / 2, root)).map(r => ({text: r.text, box: rel(r.box)}));
    const runs = seen(host);
    if (!runs.length && name && onTop((box[0] + box[2]) / 2 / F, (box[1] + box[3]) / 2 / F, host)) {
      // A switch is called by the words of its row, anything else without words by its own name.
      const beside = seen(e.closest('.row') || e).find(r => name.includes(r.text));
      runs.push(beside || {text: name, box});
    }
    if (!runs.length) return null;
    const held = e.matches('label') ? e.control : e;
    const on = held?.checked || e.matches('.on') || ['aria-checked', 'aria-selected', 'aria-pressed', 'aria-current'].some(a => e.getAttribute(a) && e.getAttribute(a) !== 'false');
    const kind = e.matches('input:not([type=checkbox]):not([type=radio]), textarea') ? 'field' : e.tagName === 'BUTTON' ? 'button' : 'row';
    const run = runs.find(r => r.text === name) || runs[0];
    const free = onTop((box[0] + box[2]) / 2 / F, (box[1] + box[3]) / 2 / F, host);
    return {free, id: e.id, name, kind, state: document.activeElement === e ? 'focus' : on ? 'on' : '', box, runs, label: run.text, run: run.box, whole: true};
  };
  const elements = [];
  for (const e of document.querySelectorAll(css || 'a[id], button[id], input[id], textarea[id], label[id], [role][id]')) {
    const found = e.type === 'hidden' ? null : one(e);
    if (found) elements.push({...found, id: found.id || e.tagName.toLowerCase() + elements.length});
  }
  const there = (x, y) => {
    // What is meant by a click: the box of what is hit, and the words by which it is known, "here" without any.
    const hit = document.elementFromPoint(x, y), box = rel(hit.getBoundingClientRect());
    const plain = {id: '', kind: 'row', state: '', box, label: 'here', run: box};
    if (hit.matches('input:not([type=checkbox]):not([type=radio]):not([type=submit]):not([type=button]), textarea')) {
      const up = hit.parentElement, near = [document.querySelector(`label[for="${hit.id}"]`), hit.previousElementSibling, up.previousElementSibling, up];
      for (const words of near) {
        const run = words && one(words)?.runs[0];
        if (run && run.text.length <= 30 && run.box[0] <= box[0] && run.box[1] < box[3])
          return {...plain, kind: 'field', label: run.text.replace(/:$/, ''), run: run.box};
      }
      return {...plain, kind: 'field', label: hit.placeholder || 'field'};
    }
    for (let up = hit, n = 0; up && n < 4; up = up.parentElement, n++) {
      const found = (up.textContent || '').trim().length <= 80 && one(up);
      if (!found) continue;
      const named = up === hit || up.matches('label, button, a, h3, li');
      const run = found.runs.find(r => r.box[1] <= y * F && y * F <= r.box[3]) || (named && found.runs[0]);
      if (run && run.text.length <= 30) return {...found, box, label: run.text, run: run.box};
    }
    return plain;
  };
  return {chars, elements, there: at ? there(...at) : null};
}
