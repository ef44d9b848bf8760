// What an element is called, and what the form that it is in asks for and does.
function () {
  const parts = "a,area,button,input,select,textarea,summary,label,[role],[onclick],[contenteditable]";
  const named = this.closest(parts) ?? this;
  const element = named.tagName === "LABEL" && named.control ? named.control : named;
  const SHAPES = ["submit", "button", "reset", "image", "checkbox", "radio", "file", "range", "color", "hidden"];
  const style = (one, part) => getComputedStyle(one, part).content.replace(/^(none|normal)$/, "");
  const words = (one) => [
    one.getAttribute("aria-label"), one.getAttribute("title"), one.getAttribute("alt"),
    one.tagName === "INPUT" && (one.readOnly || ["submit", "button", "reset", "image"].includes(one.type)) ? one.value : "",
    one.innerText ?? one.textContent, style(one, "::before"), style(one, "::after"), one.getAttribute("name"), one.id,
    ...[...one.querySelectorAll("img[alt]")].slice(0, 9).map((image) => image.alt),
  ].filter(Boolean).map((part) => part.slice(0, 300)).join(" ");
  const pushes = "button:not([type=button]):not([type=reset]),input[type=submit],input[type=image]";
  const form = element.form ?? element.closest("form");
  const entry = element.isContentEditable || ["INPUT", "TEXTAREA"].includes(element.tagName);
  // A field without a form has its button beside it, as in a chat.
  const beside = () => {
    let around = element.parentElement;
    for (let up = 0; entry && around && around !== document.body && up < 3; up++, around = around.parentElement) {
      const found = [...around.querySelectorAll("button,[role=button]")];
      if (found.length) return found.slice(0, 5).map(words).join(" ");
    }
    return "";
  };
  const sends = form && [...form.elements].find((one) => one.matches(pushes));
  const whole = element === document.body || element === document.documentElement;
  // What cannot be written in is no field, whatever it is made of.
  const fixed = element.matches("input:read-only,textarea[readonly]") && !SHAPES.includes(element.type);
  const pressed = element.matches("[role=button],[role=link],[role=menuitem],[onclick]") && !element.matches("input,a,body,html") || fixed;
  const kind = pressed ? "button" : element.isContentEditable ? "editor" : element.tagName.toLowerCase();
  const line = entry && element.tagName !== "INPUT" && element.clientHeight < 60 ? "line" : "";
  return {
    text: whole ? "" : named === element ? words(element) : `${words(named)} ${words(element)}`,
    tag: kind,
    type: (fixed ? "button" : element.getAttribute("type") ?? "").toLowerCase() || line || (pressed && element.tagName !== "BUTTON" ? "button" : ""),
    href: element.href?.baseVal ?? element.href ?? "",
    download: element.hasAttribute("download"),
    form: sends ? words(sends) : form ? "" : beside(),
    asks: form ? [...form.elements].map((one) => `${one.type} ${one.autocomplete} ${one.name}`).join("|").slice(0, 500) : "",
    post: (element.getAttribute("formmethod") ?? form?.getAttribute("method") ?? "").toLowerCase() === "post",
  };
}
