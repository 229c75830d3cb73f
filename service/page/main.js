// The page: its state, and what happens when it changes.

import { readAddress, wordsOf, writeAddress } from "./address.js";
import { ApiError, ask, forgetKey, isAbort, NoAnswer, ofPair, pause, readKey } from "./api.js";
import { reverseOf, scoreOf, translateBack } from "./back.js";
import { byId, count, element } from "./elements.js";
import { takeFiles } from "./files.js";
import { brought, jointMap } from "./joint.js";
import { askForKey } from "./key.js";
import { listTable, translateList } from "./list.js";
import { Plane } from "./plane.js";
import { nameOf, neighbourList, unknownWord } from "./results.js";

const NEIGHBOURS = 10;
const MOST_PROBABLE = 30; // candidates that share a probability; the others have none
const QUIET = 160; // milliseconds without a key until the word is asked for
const LOOK_AGAIN = 2; // seconds between two looks for a server that is gone

const words = byId("words");
const results = byId("results");
const status = byId("status");

let state = readAddress();
let pairs = new Map();
let running = new AbortController();
let timer = null;
let around = null; // the map around the word
let joint = null; // that of the whole pair
let best = []; // the neighbours that are shown

const plane = new Plane(byId("plane"), { onPoint: tellOfPoint, onChoose: choosePoint });

const pair = () => pairs.get(state.pair);
const languages = () => [pair().source.language, pair().target.language];

/** Do something that asks the server; whatever goes wrong is said, and mended where it can be. */
async function guarded(work, again = refresh) {
  try {
    await work();
  } catch (error) {
    if (isAbort(error)) return;
    await complain(error, again);
  }
}

async function complain(error, again) {
  if (error instanceof NoAnswer) await waitForServer();
  else if (error instanceof ApiError && error.status === 401) {
    await askForKey();
    await guarded(again, again);
  } else if (error instanceof ApiError && error.code === "unknown_pair") await guarded(begin, begin);
  else if (error instanceof ApiError) status.textContent = `The server says: ${error.message}.`;
  else throw error;
}

let gone = false;

/** Look for the server until it is back, then go on. */
async function waitForServer() {
  if (gone) return;
  gone = true;
  const banner = byId("banner");
  banner.textContent = "The server does not answer. Looking for it again …";
  banner.hidden = false;
  for (;;) {
    await pause(LOOK_AGAIN);
    try {
      await ask("health/ready", { patience: 0 });
      break;
    } catch (error) {
      if (error instanceof ApiError) banner.textContent = `The server is there: ${error.message}.`;
      else if (!(error instanceof NoAnswer)) throw error;
    }
  }
  gone = false;
  banner.hidden = true;
  await guarded(begin, begin);
}

/** Learn what is served, then show what the address asks for. */
async function begin() {
  const [served, info] = await Promise.all([ask("v1/pairs"), ask("v1/info")]);
  byId("about").textContent = `Isogloss ${info.versions.isogloss ?? ""} ·`;
  byId("forget-key").hidden = readKey() === null;
  pairs = new Map(served.pairs.map((each) => [each.pair, each]));
  const options = served.pairs.map((each) =>
    element("option", { value: each.pair }, `${named(each.source.language)} → ${named(each.target.language)}`),
  );
  byId("pair").replaceChildren(...options);
  if (!pairs.size) {
    status.textContent = "No pair is served yet.";
    results.replaceChildren();
    return;
  }
  await enterState();
}

function named(code) {
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(code) ?? code;
  } catch {
    return code; // no code that is known
  }
}

/** Take over a state that came from the address. */
async function enterState() {
  if (!pair()) state.pair = pairs.keys().next().value;
  const fresh = state.words === "";
  await choosePair();
  if (fresh && byId("examples").dataset.first) state.words = byId("examples").dataset.first;
  words.value = state.words;
  fitTextarea();
  showSwitches();
  writeAddress(state);
  await refresh();
}

/** Set the switches as the state says; not every pair knows probabilities. */
function showSwitches() {
  state.score = scoreOf(state.score, pair());
  for (const name of ["score", "view"]) {
    document.querySelector(`input[name=${name}][value=${state[name]}]`).checked = true;
  }
}

/** Show what belongs to a pair: its size, words to begin with, its map. */
async function choosePair() {
  const chosen = pair();
  const [source, target] = languages();
  byId("pair").value = chosen.pair;
  byId("legend-source").textContent = named(source);
  byId("legend-target").textContent = named(target);
  words.lang = source;
  byId("by-probability").hidden = !chosen.rankings.includes("probability");
  const size = (side) => side.words.toLocaleString("en");
  byId("pair-about").textContent =
    `${size(chosen.source)} words to ${size(chosen.target)}, aligned by ${chosen.aligner}` +
    (chosen.found ? "" : " — the fit found no alignment: translations are no better than chance");
  joint = null;
  const [examples, map] = await Promise.all([ask(`${ofPair(chosen.pair, "examples")}?k=5`), jointMap(chosen.pair)]);
  joint = map;
  byId("view").hidden = map === null;
  showExamples(examples.words, source);
}

function showExamples(examples, language) {
  const place = byId("examples");
  place.dataset.first = examples[0] ?? "";
  place.hidden = examples.length === 0;
  const buttons = examples.map((word) =>
    element(
      "button",
      { type: "button", class: "link", lang: language, onclick: () => goTo({ words: word }) },
      word,
    ),
  );
  place.replaceChildren("Try", ...buttons);
}

/** Go to another word, pair or both; the back button of the browser leads back. */
function goTo(change) {
  const moved = change.pair !== undefined && change.pair !== state.pair;
  state = { ...state, ...change };
  words.value = state.words;
  fitTextarea();
  writeAddress(state, { entry: true });
  guarded(async () => {
    if (moved) await choosePair();
    showSwitches();
    await refresh();
  });
  // On a touch screen this would bring up the keyboard over the answer.
  if (matchMedia("(pointer: fine)").matches) words.focus();
}

/** Ask for what the state says; what was asked before is dropped. */
async function refresh() {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const asked = wordsOf(state.words);
  if (!pair()) return;
  document.title = asked.length === 1 ? `${asked[0]} · Isogloss` : "Isogloss";
  if (asked.length === 0) {
    status.textContent = "";
    results.replaceChildren();
    showAround(null);
  } else if (asked.length === 1) await showWord(asked[0], signal);
  else await showList(asked, signal);
}

/** Translate a word; each neighbour with its probability where the pair knows it. */
async function translateWord(word, score, signal) {
  const of = async (json) => {
    const answer = await ask(ofPair(state.pair, "translate"), { json, signal });
    return answer.results[0];
  };
  const asked = [of({ words: [word], k: NEIGHBOURS, score })];
  const both = score !== "probability" && pair().rankings.includes("probability");
  if (both) asked.push(of({ words: [word], k: MOST_PROBABLE, score: "probability" }));
  const [result, probable] = await Promise.all(asked);
  const shares = new Map(probable?.neighbours.map((each) => [each.word, each.score]));
  const neighbours = result.neighbours.map((each) =>
    both ? { ...each, probability: shares.get(each.word) ?? 0 } : each,
  );
  return { ...result, neighbours };
}

async function showWord(word, signal) {
  const { score } = state;
  const result = await translateWord(word, score, signal);
  const [source, target] = languages();
  if (result.reason === "unknown_word") {
    const query = new URLSearchParams({ like: word.slice(0, 100), k: "6" });
    const found = await ask(`${ofPair(state.pair, "words")}?${query}`, { signal });
    status.textContent = "";
    showAround(null);
    results.replaceChildren(
      unknownWord(word, found, { language: source, onWord: (each) => goTo({ words: each }) }),
    );
    return;
  }
  const { list, showBack } = neighbourList(result.neighbours, {
    score,
    language: target,
    onLook: (each) => plane.mark("target", each),
  });
  const made = result.in_vocabulary ? "" : "Outside the vocabulary; its vector is made of its parts. ";
  const said = `${made}${count(result.neighbours.length, "neighbour")} by ${nameOf(score)}`;
  status.textContent = said;
  results.replaceChildren(list);
  best = result.neighbours.map((neighbour) => neighbour.word);
  const [found, place] = await Promise.all([
    translateBack(pairs, state.pair, best, { score, home: word, signal }),
    ask(ofPair(state.pair, "neighbourhood"), { json: { word, k: NEIGHBOURS, score: scoreOf(score), around: 24 }, signal }),
  ]);
  const returned = showBack(found, word, {
    language: source,
    onWord: (each) => goTo({ words: each }),
    onReverse: (reverse, each) => goTo({ pair: reverse.pair, words: each }),
  });
  status.replaceChildren(
    `${said} · `,
    returned === 0
      ? "none leads back"
      : element("span", {}, element("span", { class: "home", "aria-hidden": "true" }, "↩ "), `${returned} lead${returned === 1 ? "s" : ""} back`),
  );
  showAround({
    points: place.places.map(({ x, y, ...rest }) => ({ ...rest, at: [x, y] })),
    shown: place.shown,
    sphere: false,
  });
}

async function showList(asked, signal) {
  const { pair: chosen, score } = state;
  status.textContent = `${count(asked.length, "word")} …`;
  const found = await translateList(chosen, asked, { score, signal });
  const unknown = found.filter((result) => result.neighbours.length === 0).length;
  status.textContent =
    `${count(asked.length, "word")} by ${nameOf(score)}` +
    (unknown ? `, ${unknown.toLocaleString("en")} not in the vocabulary` : "");
  const onWord = (each) => goTo({ words: each });
  results.replaceChildren(listTable(found, { pair: chosen, score, languages: languages(), onWord }));
  showAround(null);
}

/** Show the map that the state asks for. */
function showAround(map) {
  around = map;
  if (map === null) best = [];
  const about = byId("plane-about");
  if (state.view === "pair" && joint !== null) {
    const [query] = wordsOf(state.words);
    plane.show(brought(joint, query, best), { keepView: plane.map.whole === state.pair });
    plane.map.whole = state.pair;
    byId("plane-empty").hidden = true;
    about.textContent =
      `${count(joint.points.length, "word")} of both languages on one map` +
      (joint.found ? "." : "; the start found no alignment: only each language by itself means something.");
    return;
  }
  plane.show(around ?? { points: [], sphere: false });
  byId("plane-empty").hidden = around !== null;
  const held = around === null ? 0 : Math.round(100 * (around.shown[0] + around.shown[1]));
  about.textContent = around === null ? "" : `A flat view: it holds ${held} % of the differences between these words.`;
}

function tellOfPoint(shown) {
  const tip = byId("plane-word");
  tip.hidden = shown === null || shown === undefined;
  if (tip.hidden) return;
  const { point, x, y } = shown;
  const [source, target] = languages();
  const language = named(point.side === "source" ? source : target);
  tip.replaceChildren(
    element("span", { lang: point.side === "source" ? source : target }, point.word),
    element("span", { class: "muted" }, ` · ${language}`),
  );
  const box = byId("plane").getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 12, box.width - tip.offsetWidth - 4))}px`;
  tip.style.top = `${y + 14 + tip.offsetHeight > box.height ? y - 14 - tip.offsetHeight : y + 14}px`;
  byId("plane-said").textContent = `${point.word}, ${language}`;
}

function choosePoint(point) {
  const reverse = reverseOf(pairs, state.pair);
  if (point.side === "source") goTo({ words: point.word });
  else if (reverse) goTo({ pair: reverse.pair, words: point.word });
  else byId("plane-said").textContent = `There is no pair from ${named(languages()[1])}.`;
}

function fitTextarea() {
  words.classList.toggle("list", words.value.includes("\n"));
  words.style.height = "auto";
  words.style.height = `${words.scrollHeight + 2}px`;
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    writeAddress(state);
    guarded(refresh);
  }, QUIET);
}

words.addEventListener("input", () => {
  state.words = words.value;
  fitTextarea();
  running.abort(); // an answer that is under way is stale
  later();
});
words.addEventListener("keydown", (event) => {
  const single = !words.value.includes("\n");
  const down = event.key === "ArrowDown" && single;
  if ((event.key === "Enter" && !event.shiftKey && single && !event.isComposing) || down) {
    event.preventDefault();
    results.querySelector("button")?.focus();
  }
});
byId("ask").addEventListener("submit", (event) => event.preventDefault());
byId("pair").addEventListener("change", (event) => {
  const before = languages()[0];
  state = { ...state, pair: event.target.value };
  // A word of one language is none of another: an example takes its place.
  if (languages()[0] !== before) state.words = "";
  writeAddress(state, { entry: true });
  guarded(enterState);
});

byId("score").addEventListener("change", (event) => {
  state.score = event.target.value;
  writeAddress(state);
  guarded(refresh);
});
byId("view").addEventListener("change", (event) => {
  state.view = event.target.value;
  writeAddress(state);
  showAround(around);
});
byId("zoom-in").addEventListener("click", () => plane.zoomBy(1.4));
byId("zoom-out").addEventListener("click", () => plane.zoomBy(1 / 1.4));
byId("zoom-fit").addEventListener("click", () => plane.fit());
byId("forget-key").addEventListener("click", () => {
  forgetKey();
  location.reload();
});
results.addEventListener("keydown", (event) => {
  const buttons = [...results.querySelectorAll("button")].filter((button) => button.offsetParent);
  const at = buttons.indexOf(document.activeElement);
  if (event.key === "ArrowDown") buttons[Math.min(at + 1, buttons.length - 1)]?.focus();
  else if (event.key === "ArrowUp" && at > 0) buttons[at - 1].focus();
  else if (event.key === "ArrowUp" || event.key === "Escape") words.focus();
  else return;
  event.preventDefault();
});
addEventListener("keydown", (event) => {
  const typing = document.activeElement?.matches("input, textarea, select");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  words.focus();
  words.select();
});
addEventListener("popstate", () => {
  state = readAddress();
  guarded(enterState);
});

takeFiles({
  state: () => state,
  onError: (error) => {
    if (error instanceof NoAnswer || error.status === 401) complain(error, async () => {});
  },
});
guarded(begin, begin);
