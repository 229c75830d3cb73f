// A word that is not in the vocabulary: how it is written there, or what may have been meant.

import { ask, ofPair } from "./api.js";
import { element } from "./elements.js";
import { t } from "./texts.js";

/** Edits that a typing error of a word may have; short words are too near to each other. */
const forgiven = (word) => (word.length < 4 ? 0 : word.length < 8 ? 1 : 2);

/**
 * Look for what was meant.
 *
 * `word` is the word to answer for, null where none is near enough; `same` whether it differs in
 * nothing but case, marks and composition; `others` what else may have been meant.
 */
export async function whatWasMeant(pair, asked, signal) {
  if (pair.via) return { word: null, same: false, others: [] };
  const query = new URLSearchParams({ like: asked.slice(0, 100), k: "6" });
  const found = await ask(`${ofPair(pair.pair, "words")}?${query}`, { signal });
  const near = [...found.spellings.map((each) => each.word), ...found.completions];
  const [first] = found.spellings;
  const word = first && first.edits <= forgiven(asked) ? first.word : null;
  const others = [...new Set(near)].filter((each) => each !== word).slice(0, 8);
  return { word, same: word !== null && first.edits === 0, others };
}

const choice = (language, onWord) => (word) =>
  element(
    "li",
    {},
    element("button", { type: "button", class: "choice", lang: language, onclick: () => onWord(word) }, word),
  );

/** Say for which word the answer is; null where the word that was asked for is known. */
export function noteOf(asked, meant, { language, onWord }) {
  if (meant.same) return [t("written", { asked, word: meant.word })];
  const others = meant.others.slice(0, 4);
  return [
    t("guess", { asked, word: meant.word }),
    ...(others.length ? [" ", t("or"), " ", element("ul", { class: "choices" }, ...others.map(choice(language, onWord)))] : []),
  ];
}

/** Say that a word is not known, and what may have been meant. */
export function unknownWord(word, others, { language, onWord }) {
  return element(
    "div",
    { class: "unknown" },
    element("p", {}, t("unknown", { word })),
    element("p", { class: "muted", id: "meant" }, others.length ? t("meant") : t("nothing_like_it")),
    others.length
      ? element("ul", { class: "choices", "aria-labelledby": "meant" }, ...others.map(choice(language, onWord)))
      : null,
  );
}
