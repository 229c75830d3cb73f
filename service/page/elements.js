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

/** Say how many: `count(1, "word")` is "1 word". */
export function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** A score as the page shows it. */
export const figure = (score) => score.toFixed(3).replace("-", "−");

/** A bar that is filled to a share between 0 and 1; the figure beside it says the same in words. */
export function bar(share) {
  const fill = element("i");
  fill.style.width = `${(100 * Math.max(0, Math.min(1, share))).toFixed(1)}%`;
  return element("span", { class: "bar", "aria-hidden": "true" }, fill);
}

/** Offer text for download under a name; gives a link. */
export function downloadLink(blob, name, label, style = "primary") {
  return element("a", { class: style, href: URL.createObjectURL(blob), download: name }, label);
}
