// The state of the page is in its address, behind the #: it can be shared, and never goes to a server.

const DEFAULTS = { pair: "", via: "", words: "", score: "probability", view: "word" };

/** Read the state from the address. */
export function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  const state = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS)) state[name] = given.get(name) ?? DEFAULTS[name];
  if (!["csls", "cosine", "probability"].includes(state.score)) state.score = DEFAULTS.score;
  if (!["word", "pair"].includes(state.view)) state.view = DEFAULTS.view;
  return state;
}

/** Write the state into the address; as a new entry of the history where it is a new place. */
export function writeAddress(state, { entry = false } = {}) {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (value !== DEFAULTS[name]) said.set(name, value);
  }
  const hash = `#${said}`;
  if (hash === location.hash) return;
  history[entry ? "pushState" : "replaceState"](null, "", hash);
}

/**
 * The words of a text: a line each. A single line is taken apart at spaces, commas and semicolons,
 * unless it is nothing but one of these. Composed letters, as vocabularies have them.
 */
export function wordsOf(text) {
  const lines = text.normalize("NFC").split("\n").map((line) => line.trim()).filter((line) => line !== "");
  if (lines.length !== 1) return [...new Set(lines)];
  const parts = lines[0].split(/[\s,;]+/u).filter((part) => part !== "");
  return parts.length > 1 ? [...new Set(parts)] : lines;
}

/** Whether a text is one line of several words. */
export const isPhrase = (text) => !text.trim().includes("\n") && wordsOf(text).length > 1;
