// Elements are made, never written as markup: the policy of the page forbids text as markup.

export const byId = (id) => document.getElementById(id);

/** Make an element: attributes, listeners as functions (`onclick`), children. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** A bar that is filled to a probability; the figure beside it says the same. */
export function bar(probability) {
  const fill = element("i");
  fill.style.width = `${(100 * Math.max(0, Math.min(1, probability))).toFixed(1)}%`;
  return element("span", { class: "bar", "aria-hidden": "true" }, fill);
}

/** Offer text for download under a name; gives a link. */
export function downloadLink(blob, name, label, style = "primary") {
  return element("a", { class: style, href: URL.createObjectURL(blob), download: name }, label);
}
