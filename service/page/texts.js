// What the page says, in the language of the browser; each language has a file of its own.

import en from "./texts-en.js";

const KNOWN = ["en", "fr", "de", "es"];

/** The first language of the browser that the page speaks. */
export const LANGUAGE =
  navigator.languages.map((each) => each.slice(0, 2).toLowerCase()).find((each) => KNOWN.includes(each)) ?? "en";

const texts = LANGUAGE === "en" ? en : (await import(`./texts-${LANGUAGE}.js`)).default;
const plural = new Intl.PluralRules(LANGUAGE);
const names = new Intl.DisplayNames([LANGUAGE], { type: "language" });
const percents = new Intl.NumberFormat(LANGUAGE, { style: "percent", maximumFractionDigits: 0 });
const scores = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: 3, maximumFractionDigits: 3 });

/** A whole number as people of this language write it. */
export const number = (value) => value.toLocaleString(LANGUAGE);

/** A share as percent; what is little but not nothing is said to be under one. */
export const percent = (share) => (share > 0 && share < 0.005 ? `< ${percents.format(0.01)}` : percents.format(share));

/** A score by CSLS or cosine. */
export const figure = (score) => scores.format(score).replace("-", "−");

/** The name of a language by its code; the code where it has none. */
export function named(code) {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

/** A text by its key; `{name}` is replaced, and `n` chooses between one and many. */
export function t(key, values = {}) {
  let text = texts[key];
  if (typeof text === "object") text = text[plural.select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === "number" ? number(values[name]) : values[name]));
}

/** Put the texts into the page: `data-text` names that of an element, `data-label` its label. */
export function localise() {
  document.documentElement.lang = LANGUAGE;
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = t(each.dataset.text);
  for (const each of document.querySelectorAll("[data-label]")) {
    each.setAttribute("aria-label", t(each.dataset.label));
    if (each.type === "search") each.placeholder = t(each.dataset.label);
  }
}
