// What a click at a place, or enter where the caret is, would meet: for the gate in front of every
// action. Reads names the page gives its elements; what they say is the page's word, not the truth.
(at) => {
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
  const under = at ? deepest(document, at[0], at[1]) : focused(document);
  if (!under) return null;
  const parts = "a,button,input,select,textarea,summary,label,[role],[onclick]";
  const element = under.closest(parts) ?? under;
  const words = (one) => [
    one.getAttribute?.("aria-label"), one.getAttribute?.("title"), one.getAttribute?.("alt"),
    one.tagName === "INPUT" && ["submit", "button", "reset", "image"].includes(one.type) ? one.value : "",
    one.innerText, one.getAttribute?.("name"), one.id,
    ...[...(one.querySelectorAll?.("img[alt]") ?? [])].map((image) => image.alt),
  ].filter(Boolean).join(" ").slice(0, 300);
  const form = element.closest("form");
  const sends = form?.querySelector("button:not([type=button]):not([type=reset]),input[type=submit],input[type=image]");
  return {
    text: element === document.body || element === document.documentElement ? "" : words(element),
    tag: element.tagName.toLowerCase(),
    type: (element.getAttribute("type") ?? "").toLowerCase(),
    href: element.href?.baseVal ?? element.href ?? "",
    download: element.hasAttribute("download"),
    form: sends ? words(sends) : "",
    asks: form ? [...form.elements].map((one) => `${one.type} ${one.autocomplete} ${one.name}`).join("|").slice(0, 500) : "",
  };
}
