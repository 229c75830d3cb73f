// The translations of a list of words, as a table.

import { addedCells, addedHeads, writeTable } from "./columns.js";
import { bar, downloadLink, element } from "./elements.js";
import { translateWords } from "./jobs.js";
import { figureOf, nameOf } from "./results.js";
import { t } from "./texts.js";

const ROWS_SHOWN = 200;
const TRANSLATIONS = 4;
const TABLE = { kind: "tsv", separator: "\t" };

/** The request of a list. */
export const listRequest = (words, score) => ({ words, k: TRANSLATIONS, score });

/** Translate a list. */
export async function translateList(pair, words, { score, signal }) {
  const results = [];
  await translateWords(pair, words, results, { k: TRANSLATIONS, score, signal });
  return results;
}

/** Show the best translation of each word, with the next ones beside it. */
export function listTable(results, { pair, score, languages, onWord }) {
  const weighed = score === "probability";
  const rows = results.slice(0, ROWS_SHOWN).map((result) => row(result, { score, weighed, languages, onWord }));
  const head = (text, attributes = {}) => element("th", { scope: "col", ...attributes }, text);
  const table = element(
    "table",
    {},
    element("caption", { class: "visually-hidden" }, t("list_caption")),
    element(
      "thead",
      {},
      element("tr", {}, head(t("word")), head(t("translation")), head(nameOf(score), { class: "figure" }), head(t("others"))),
    ),
    element("tbody", {}, ...rows),
  );
  const lines = writeTable(
    [
      [t("word"), ...addedHeads(TRANSLATIONS, score)],
      ...results.map((result) => [result.word, ...addedCells(result.neighbours, TRANSLATIONS)]),
    ],
    TABLE,
  );
  const blob = new Blob(lines, { type: "text/tab-separated-values" });
  const more = results.length - rows.length;
  return element(
    "div",
    {},
    element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("list_caption") }, table),
    element(
      "p",
      { class: "after" },
      downloadLink(blob, `${pair}.tsv`, t("download"), "plain"),
      element("span", { class: "muted small" }, more > 0 ? t("more_rows", { n: more }) : ""),
    ),
  );
}

function row(result, { score, weighed, languages: [source, target], onWord }) {
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
    return element("tr", {}, word, element("td", { class: "muted", colspan: "3" }, t("not_in_vocabulary")));
  }
  return element(
    "tr",
    {},
    word,
    element("td", { lang: target }, best.word, weighed ? bar(best.score) : null),
    element("td", { class: "figure" }, figureOf(best.score, score)),
    element("td", { class: "muted small", lang: target }, others.map((each) => each.word).join(", ")),
  );
}
