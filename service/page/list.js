// The translations of a list of words.

import { ask, ofPair } from "./api.js";
import { bar, count, downloadLink, element } from "./elements.js";
import { asLine } from "./jobs.js";
import { figureOf, shareOf } from "./results.js";

const WORDS_AT_ONCE = 500;
const ROWS_SHOWN = 200;
const OTHERS = 3;

/** Translate a list in parts. */
export async function translateList(pair, words, { score, signal }) {
  const results = [];
  for (let begin = 0; begin < words.length; begin += WORDS_AT_ONCE) {
    const json = { words: words.slice(begin, begin + WORDS_AT_ONCE), k: 1 + OTHERS, score };
    const answer = await ask(ofPair(pair, "translate"), { json, signal });
    results.push(...answer.results);
  }
  return results;
}

/** Show the best translation of each word, with the next ones beside it. */
export function listTable(results, { pair, score, languages, onWord }) {
  const rows = results.slice(0, ROWS_SHOWN).map((result) => row(result, score, languages, onWord));
  const table = element(
    "table",
    {},
    element("caption", { class: "visually-hidden" }, "The words and their translations"),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("th", { scope: "col" }, "Word"),
        element("th", { scope: "col" }, "Translation"),
        element("th", { scope: "col" }, "Next"),
        element("th", { scope: "col", class: "figure" }, "Score"),
      ),
    ),
    element("tbody", {}, ...rows),
  );
  const lines = results.map((result) => asLine(result.word, result.neighbours, 1 + OTHERS));
  const blob = new Blob([lines.join("")], { type: "text/tab-separated-values" });
  const more = results.length - rows.length;
  return element(
    "div",
    {},
    element("div", { class: "scroll" }, table),
    element(
      "p",
      { class: "after" },
      downloadLink(blob, `${pair}.tsv`, "Download", "plain"),
      element("span", { class: "muted small" }, more > 0 ? `and ${count(more, "row")} more` : ""),
    ),
  );
}

function row(result, score, [source, target], onWord) {
  const [best, ...others] = result.neighbours;
  const word = element(
    "th",
    { scope: "row" },
    element(
      "button",
      { type: "button", class: "link", lang: source, onclick: () => onWord(result.word) },
      result.word,
    ),
  );
  if (!best) {
    return element("tr", {}, word, element("td", { class: "muted", colspan: "3" }, "not in the vocabulary"));
  }
  return element(
    "tr",
    {},
    word,
    element("td", { lang: target }, best.word, bar(shareOf(best))),
    element("td", { class: "muted small", lang: target }, others.map((each) => each.word).join(", ")),
    element("td", { class: "figure" }, figureOf(best, score)),
  );
}
