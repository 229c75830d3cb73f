// The answers to one word: the best one large, the others by their weight, the unlikely ones folded.

import { bar, element } from "./elements.js";
import { figure, percent, t } from "./texts.js";

/** Probability below which an answer is folded away. */
export const UNLIKELY = 0.01;

/** What a score is called. */
export const nameOf = (score) => t(score);

/** A score, in its own measure. */
export const figureOf = (score, by) => (by === "probability" ? percent(score) : figure(score));

/**
 * Show answers as a list; each opens to show what it is translated back to.
 *
 * A bar is a probability, and stands only where the pair knows probabilities. Gives the list, and a
 * function that shows the way back of all answers once it is known.
 */
export function answerList(answers, { score, language, onLook }) {
  const weighed = answers.some((each) => each.probability !== undefined);
  const likely = answers.filter((each) => !weighed || each.probability >= UNLIKELY);
  const unlikely = answers.filter((each) => !likely.includes(each));
  const rows = new Map();
  const make = (answer, place) => row(answer, { place, weighed, score, language, onLook, rows });
  const shown = likely.map((answer, place) => make(answer, place));
  const folded = unlikely.map((answer, place) => make(answer, likely.length + place));
  if (shown.length) shown[0].classList.add("best");
  const fold = element(
    "details",
    { class: "unlikely", open: shown.length === 0 },
    element("summary", {}, shown.length ? t("unlikely", { n: folded.length }) : t("unlikely_all")),
    element("ol", { class: "answers", start: likely.length + 1 }, ...folded),
  );
  const list = element(
    "div",
    { class: weighed && score !== "probability" ? "answers-table two" : weighed ? "answers-table" : "answers-table plain-scores" },
    element(
      "p",
      { class: "heads muted small", "aria-hidden": "true" },
      element("span", {}, t("translation")),
      weighed ? element("span", { class: "figure" }, t("probability")) : null,
      score === "probability" ? null : element("span", { class: "figure" }, nameOf(score)),
    ),
    element("ol", { class: "answers" }, ...shown),
    folded.length ? fold : null,
  );
  return { list, showBack: (found, query, actions) => showBack(rows, found, query, actions) };
}

function row(answer, { place, weighed, score, language, onLook, rows }) {
  const home = element("span", { class: "home" });
  const back = element("div", { class: "back", id: `back-${place}`, hidden: true });
  const word = element("span", { lang: language }, answer.word);
  if (weighed) word.style.setProperty("--weight", Math.sqrt(answer.probability).toFixed(3));
  const button = element(
    "button",
    {
      type: "button",
      class: "answer",
      "aria-expanded": "false",
      "aria-controls": back.id,
      onfocus: () => onLook(answer.word),
      onblur: () => onLook(null),
      onmouseenter: () => onLook(answer.word),
      onmouseleave: () => onLook(null),
      onclick: () => {
        const open = back.hidden;
        back.hidden = !open;
        button.setAttribute("aria-expanded", String(open));
      },
    },
    element("span", { class: "word" }, word, home),
    weighed ? bar(answer.probability) : null,
    weighed ? element("span", { class: "figure sure" }, percent(answer.probability)) : null,
    score === "probability" ? null : element("span", { class: "figure" }, figure(answer.score)),
  );
  rows.set(answer.word, { home, back });
  return element("li", {}, button, back);
}

/** Fill in the way back; mark those whose first word is the query. Gives how many are. */
function showBack(rows, found, query, { language, onWord, onReverse }) {
  let returned = 0;
  for (const [word, { home, back }] of rows) {
    const neighbours = found.of.get(word) ?? [];
    if (neighbours[0]?.word === query) {
      returned += 1;
      const said = t("leads_back_to", { word: query });
      home.replaceChildren(
        element("span", { "aria-hidden": "true", title: said }, "↩"),
        element("span", { class: "visually-hidden" }, said),
      );
    }
    const words = neighbours.map((neighbour) =>
      element(
        "li",
        {},
        element(
          "button",
          { type: "button", class: "link", lang: language, onclick: () => onWord(neighbour.word) },
          neighbour.word,
        ),
        element("span", { class: "figure" }, figureOf(neighbour.score, found.score)),
      ),
    );
    const by = found.reverse
      ? t("back_by_pair", { pair: found.reverse.pair })
      : found.searched
        ? t("back_same_map_partly", { n: found.searched })
        : t("back_same_map");
    back.replaceChildren(
      words.length
        ? element("ul", { "aria-label": t("back_label", { word }) }, ...words)
        : element("p", { class: "muted" }, t("back_nothing")),
      element(
        "p",
        { class: "muted small" },
        words.length ? `${by} ` : null,
        found.reverse
          ? element(
              "button",
              { type: "button", class: "link", onclick: () => onReverse(found.reverse, word) },
              t("translate_word", { word }),
            )
          : null,
      ),
    );
  }
  return returned;
}

/** The answers in one sentence, for who listens. */
export function saidOf(word, answers, score) {
  const likely = answers.filter((each) => each.probability === undefined || each.probability >= UNLIKELY);
  const parts = likely.map((each) =>
    t("said_share", {
      word: each.word,
      share: each.probability === undefined ? figureOf(each.score, score) : percent(each.probability),
    }),
  );
  return t("said_answer", { word, answers: parts.join(", ") || t("unlikely_all") });
}
