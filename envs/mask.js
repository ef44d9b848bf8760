// Before a secret is typed (null), and before every picture after that (the values): what holds it is
// drawn as dots, so that no screenshot shows it. Says where the caret is: "field", "nothing", or
// "foreign" for a frame of another site, whose field would get the secret in this page's name.
(values) => {
  const dots = (element) => {
    if (element.style.webkitTextSecurity !== "disc") {
      element.style.setProperty("-webkit-text-security", "disc", "important");
    }
  };
  const focused = (root) => {
    const found = root.activeElement;
    if (found?.shadowRoot) return focused(found.shadowRoot) ?? found;
    if (found?.tagName === "IFRAME" && found.contentDocument) return focused(found.contentDocument);
    return found;
  };
  const holds = (text) => values.some((value) => text.includes(value));
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (element.tagName === "IFRAME" && element.contentDocument) walk(element.contentDocument);
      if (typeof element.value === "string" && holds(element.value)) dots(element);
      for (const node of element.childNodes) {
        if (node.nodeType === Node.TEXT_NODE && holds(node.data)) dots(element);
      }
    }
  };
  if (values) {
    walk(document);
    return "field";
  }
  const found = focused(document);
  if (!found || found === document.body || found === document.documentElement) return "nothing";
  if (found.tagName === "IFRAME") return "foreign";
  dots(found);
  return "field";
}
