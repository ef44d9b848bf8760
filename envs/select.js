// A native list box is drawn outside the page and is in no screenshot, so lists open inside the page instead.
(() => {
  const open = list => {
    const box = list.getBoundingClientRect(), host = document.createElement('div'), root = host.attachShadow({mode: 'closed'});
    const below = innerHeight - box.bottom > 120 || box.top < 120;
    host.style.cssText = 'all:initial;position:fixed;inset:0;z-index:2147483647';
    const panel = document.createElement('div');
    panel.style.cssText = `position:absolute;left:${box.left}px;min-width:${box.width}px;max-height:${Math.max(120, below ? innerHeight - box.bottom : box.top)}px;overflow:auto;background:#fff;color:#111;border:1px solid #777;border-radius:4px;box-shadow:0 4px 14px #0005;font:15px system-ui,sans-serif;` + (below ? `top:${box.bottom}px` : `bottom:${innerHeight - box.top}px`);
    const close = () => { host.remove(); list.focus(); };
    for (const option of list.options) {
      const row = document.createElement('div');
      row.textContent = option.label || option.text;
      row.style.cssText = 'padding:6px 12px;white-space:nowrap;cursor:default' + (option.disabled ? ';color:#999' : '') + (option.selected ? ';background:#dbe8ff' : '');
      row.onclick = event => {
        event.stopPropagation();
        if (option.disabled) return;
        list.value = option.value; option.selected = true; close();
        list.dispatchEvent(new Event('input', {bubbles: true})); list.dispatchEvent(new Event('change', {bubbles: true}));
      };
      panel.append(row);
    }
    root.append(panel);
    host.onclick = close;
    document.documentElement.append(host);
  };
  addEventListener('mousedown', event => {
    const list = event.composedPath().find(e => e instanceof HTMLSelectElement);
    if (!list || list.multiple || list.size > 1 || list.disabled) return;
    event.preventDefault();
    list.focus();
    addEventListener('mouseup', () => setTimeout(open, 0, list), {once: true, capture: true});
  }, true);
})();
