// What a click at a place, or enter where the caret is, would meet: for the gate in front of every
// action. Runs in a world of its own, in which the page has changed no function; what the elements
// are called is the page's word all the same.
function (x, y) {
  const at = x === null ? null : [x, y];
  const deepest = (root, x, y) => {
    const found = root.elementFromPoint(x, y);
    if (found?.shadowRoot) return deepest(found.shadowRoot, x, y) ?? found;
    if (found?.tagName === "IFRAME" && found.contentDocument) {
      const box = found.getBoundingClientRect();
      return deepest(found.contentDocument, x - box.x, y - box.y) ?? found;
    }
    return found;
  };
  const focused = (root) => {
    const found = root.activeElement;
    if (found?.shadowRoot) return focused(found.shadowRoot) ?? found;
    if (found?.tagName === "IFRAME" && found.contentDocument) return focused(found.contentDocument);
    return found;
  };
  return at ? deepest(document, at[0], at[1]) : focused(document);
}
