// The neighbours of one word.

import { bar, element, figure } from "./elements.js";

const NAMES = { csls: "CSLS", cosine: "cosine", probability: "probability" };

/** What a score is called. */
export const nameOf = (score) => NAMES[score];

/** How much of the bar a neighbour fills: its probability where it is known. */
export const shareOf = (neighbour) => neighbour.probability ?? neighbour.score;

const percent = (share) => `${share > 0 && share < 0.005 ? "< 1" : Math.round(100 * share)} %`;

/** A score, in its own measure. */
export const figureOf = (neighbour, score) =>
  score === "probability" ? percent(neighbour.score) : figure(neighbour.score);

function tellOf(neighbour, score) {
  const said = `${nameOf(score)} ${figureOf(neighbour, score)}`;
  if (neighbour.probability === undefined || score === "probability") return said;
  return `${said}; right with a probability of ${percent(neighbour.probability)}`;
}

function figuresOf(neighbour, score) {
  const own = element("span", { class: "figure" }, figureOf(neighbour, score));
  if (neighbour.probability === undefined || score === "probability") return [own];
  return [element("span", { class: "figure sure" }, percent(neighbour.probability)), own];
}

/**
 * Show neighbours as a list; each opens to show what it is translated back to.
 *
 * Gives the list, and a function that shows the way back of all of them once it is known.
 */
export function neighbourList(neighbours, { score, language, onLook }) {
  const rows = new Map();
  const list = element("ol", { class: "neighbours" });
  for (const [place, neighbour] of neighbours.entries()) {
    const home = element("span", { class: "home" });
    const back = element("div", { class: "back", id: `back-${place}`, hidden: true });
    const button = element(
      "button",
      {
        type: "button",
        class: neighbour.probability !== undefined && score !== "probability" ? "neighbour two" : "neighbour",
        "aria-expanded": "false",
        "aria-controls": back.id,
        title: tellOf(neighbour, score),
        onfocus: () => onLook(neighbour.word),
        onblur: () => onLook(null),
        onmouseenter: () => onLook(neighbour.word),
        onmouseleave: () => onLook(null),
        onclick: () => {
          const open = back.hidden;
          back.hidden = !open;
          button.setAttribute("aria-expanded", String(open));
        },
      },
      element("span", { class: "word" }, element("span", { lang: language }, neighbour.word), home),
      bar(shareOf(neighbour)),
      ...figuresOf(neighbour, score),
    );
    rows.set(neighbour.word, { home, back });
    list.append(element("li", {}, button, back));
  }
  return { list, showBack: (found, query, actions) => showBack(rows, found, query, actions) };
}

/** Fill in the way back; mark those whose first word is the query. Gives how many are. */
function showBack(rows, found, query, { language, onWord, onReverse }) {
  let returned = 0;
  for (const [word, { home, back }] of rows) {
    const neighbours = found.of.get(word) ?? [];
    if (neighbours[0]?.word === query) {
      returned += 1;
      home.replaceChildren(
        element("span", { "aria-hidden": "true", title: `leads back to “${query}”` }, "↩"),
        element("span", { class: "visually-hidden" }, `leads back to ${query}`),
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
        element("span", { class: "figure" }, figureOf(neighbour, found.score)),
      ),
    );
    back.replaceChildren(
      words.length
        ? element("ul", { "aria-label": `${word}, translated back` }, ...words)
        : element("p", { class: "muted" }, "Nothing leads back from here."),
      element(
        "p",
        { class: "muted small" },
        `Back ${found.by}. `,
        found.reverse
          ? element(
              "button",
              { type: "button", class: "link", onclick: () => onReverse(found.reverse, word) },
              `Translate “${word}”`,
            )
          : null,
      ),
    );
  }
  return returned;
}

/** Say that a word is not known, and what may have been meant. */
export function unknownWord(word, found, { language, onWord }) {
  const near = [...found.spellings.map((each) => each.word), ...found.completions];
  const words = [...new Set(near)].slice(0, 8);
  const choices = words.map((each) =>
    element(
      "li",
      {},
      element(
        "button",
        { type: "button", class: "choice", lang: language, onclick: () => onWord(each) },
        each,
      ),
    ),
  );
  return element(
    "div",
    { class: "unknown" },
    element("p", {}, `“${word}” is not in the vocabulary.`),
    choices.length
      ? element("p", { class: "muted", id: "meant" }, "Did you mean")
      : element("p", { class: "muted" }, "No word is written like it."),
    choices.length ? element("ul", { "aria-labelledby": "meant" }, ...choices) : null,
  );
}
