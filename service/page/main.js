// The page: its state, and what happens when it changes.

import { isPhrase, readAddress, wordsOf, writeAddress } from "./address.js";
import { ApiError, ask, forgetKey, isAbort, NoAnswer, ofPair, pause, readKey } from "./api.js";
import { showCode } from "./code.js";
import { byId, element } from "./elements.js";
import { takeFiles } from "./files.js";
import { brought, jointMap } from "./joint.js";
import { askForKey } from "./key.js";
import { listRequest, listTable, translateList } from "./list.js";
import { noteOf, unknownWord, whatWasMeant } from "./meant.js";
import { pairOf, reverseByWay, reverseOf, scoreOf, translate, translateBack } from "./pairs.js";
import { Plane } from "./plane.js";
import { problemOf } from "./problems.js";
import { answerList, saidOf, UNLIKELY } from "./results.js";
import { localise, named, number, percent, t } from "./texts.js";

const NEIGHBOURS = 10;
const MOST_PROBABLE = 30; // candidates that share a probability; the others have none
const QUIET = 160; // milliseconds without a key until the word is asked for
const LOOK_AGAIN = 2; // seconds between two looks for a server that is gone
const NEAR = 5; // nearest words of each language of a word that is found on the map

const words = byId("words");
const results = byId("results");
const status = byId("status");

let state = readAddress();
let pairs = new Map();
let running = new AbortController();
let timer = null;
let around = null; // the map around the word
let joint = null; // that of the whole pair
let best = []; // the answers that are shown: word and probability

localise();
const plane = new Plane(byId("plane"), { onPoint: tellOfPoint, onChoose: choosePoint });

const pair = () => pairOf(pairs, state);
const score = () => scoreOf(state.score, pair());
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
  } else if (error.code === "unknown_pair" || error.code === "unknown_pivot") {
    const gone = state.pair;
    await guarded(begin, begin);
    status.textContent = t("pair_gone", { pair: gone });
  } else if (problemOf(error) !== null) {
    dim(true);
    status.textContent = problemOf(error);
    byId("said").textContent = problemOf(error);
  } else throw error;
}

/** Show that answers are not of what is asked now. */
const dim = (old) => results.classList.toggle("old", old && results.childElementCount > 0);

let gone = false;

/** Look for the server until it is back, then go on. */
async function waitForServer() {
  if (gone) return;
  gone = true;
  const banner = byId("banner");
  banner.textContent = t("gone");
  banner.hidden = false;
  dim(true);
  if (results.childElementCount) status.textContent = t("old");
  for (;;) {
    await pause(LOOK_AGAIN);
    try {
      await ask("health/ready", { patience: 0 });
      break;
    } catch (error) {
      if (error instanceof ApiError) banner.textContent = t("back_soon", { message: error.message });
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
  if (!pairs.size) {
    status.textContent = t("no_pair");
    results.replaceChildren();
    return;
  }
  await enterState();
}

/** The directions to choose from; the one that is chosen too where it goes by way of a third. */
function showPairs() {
  const chosen = pair();
  const option = (each) =>
    element("option", { value: each.pair }, t("direction", { source: named(each.source.language), target: named(each.target.language) }));
  const options = [...pairs.values()].map(option);
  if (chosen.via) {
    const [source, target] = languages().map(named);
    options.push(element("option", { value: "" }, t("by_way_of", { source, target, language: named(chosen.via) })));
  }
  byId("pair").replaceChildren(...options);
  byId("pair").value = chosen.via ? "" : chosen.pair;
}

/** Take over a state that came from the address. */
async function enterState() {
  if (!pair()) state = { ...state, pair: pairs.keys().next().value, via: "" };
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
  if (score() !== state.score) state.score = pair().rankings.includes("probability") ? score() : "probability";
  byId("by-probability").hidden = !pair().rankings.includes("probability");
  document.querySelector(`input[name=score][value=${score()}]`).checked = true;
  document.querySelector(`input[name=view][value=${state.view}]`).checked = true;
}

/** Show what belongs to a pair: its size, how good it is, words to begin with, its map. */
async function choosePair() {
  const chosen = pair();
  const [source, target] = languages();
  showPairs();
  byId("legend-source").textContent = named(source);
  byId("legend-target").textContent = named(target);
  words.lang = source;
  showWorth(chosen);
  showSwap(chosen);
  joint = null;
  const [examples, map] = chosen.via
    ? [{ words: [] }, null]
    : await Promise.all([ask(`${ofPair(chosen.pair, "examples")}?k=5`), jointMap(chosen.pair)]);
  joint = map;
  byId("view").hidden = map === null;
  if (map !== null) byId("find-words").replaceChildren(...map.points.slice(0, 500).map((each) => element("option", { value: each.word })));
  showExamples(examples.words, source);
}

/** How many words, how many right answers; a map that was kept by force warns. */
function showWorth(chosen) {
  const share = chosen.estimated_precision?.share;
  const about = byId("pair-about");
  const sizes = t("sizes", { source: chosen.source.words, target: chosen.target.words });
  about.textContent = `${sizes} · ${share === undefined ? t("no_estimate") : t("estimate", { share: percent(share) })}`;
  about.title = share === undefined ? "" : t("estimate_title", { n: chosen.estimated_precision.words });
  const warning = byId("warning");
  warning.hidden = chosen.found;
  warning.textContent = chosen.found ? "" : t(chosen.verdict?.state === "cannot_be_judged" ? "verdict_unjudged" : "verdict_not_found");
}

/** Offer the other direction: where it is served, or by way of a third language, by its name. */
function showSwap(chosen) {
  const swap = byId("swap");
  const other = reverseOf(pairs, chosen) ?? reverseByWay(pairs, chosen);
  const label = !other ? t("swap_none") : other.via ? t("swap_via", { language: named(other.via) }) : t("swap");
  swap.disabled = !other;
  swap.title = label;
  swap.setAttribute("aria-label", label);
  swap.onclick = () => {
    const single = wordsOf(state.words).length <= 1;
    goTo({ pair: other.pair, via: other.via ?? "", words: single ? (best[0]?.word ?? "") : "" });
  };
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
  place.replaceChildren(t("try"), ...buttons);
}

/** Go to another word, pair or both; the back button of the browser leads back. */
function goTo(change) {
  const moved = change.pair !== undefined && (change.pair !== state.pair || (change.via ?? "") !== state.via);
  state = { ...state, ...(moved ? { via: "" } : {}), ...change };
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
    clear();
    status.textContent = "";
  } else if (asked.length === 1) await showWord(asked[0], signal);
  else await showList(asked, signal);
}

function clear() {
  results.replaceChildren();
  dim(false);
  note(null);
  showCode(pair(), null);
  showAround(null);
}

/** Say something about what was asked, above the answer. */
function note(content) {
  byId("note").hidden = content === null;
  byId("note").replaceChildren(...(content ?? []));
}

/** Translate a word; each answer with its probability where the pair knows it. */
async function translateWord(word, by, signal) {
  const of = async (json) => (await translate(pair(), json, { signal })).results[0];
  const knows = pair().rankings.includes("probability");
  const asked = [of({ words: [word], k: NEIGHBOURS, score: by })];
  if (knows && by !== "probability") asked.push(of({ words: [word], k: MOST_PROBABLE, score: "probability" }));
  const [result, probable] = await Promise.all(asked);
  const shares = new Map(probable?.neighbours.map((each) => [each.word, each.score]));
  const probability = (each) => (by === "probability" ? each.score : (shares.get(each.word) ?? 0));
  const neighbours = result.neighbours.map((each) => (knows ? { ...each, probability: probability(each) } : each));
  return { ...result, neighbours };
}

async function showWord(asked, signal) {
  const by = score();
  const [source, target] = languages();
  const onWord = (each) => goTo({ words: each });
  let result = await translateWord(asked, by, signal);
  let word = asked;
  let said = null;
  if (result.reason === "unknown_word") {
    const meant = await whatWasMeant(pair(), asked, signal);
    if (meant.word === null) {
      clear();
      status.textContent = "";
      results.replaceChildren(unknownWord(asked, meant.others, { language: source, onWord }));
      byId("said").textContent = t("unknown", { word: asked });
      return;
    }
    word = meant.word;
    said = noteOf(asked, meant, { language: source, onWord });
    result = await translateWord(word, by, signal);
  } else if (result.reason) {
    clear();
    const key = result.reason === "zero_vector" ? "reason_zero_vector" : "reason_other";
    status.textContent = t(key, { word, reason: result.reason.replaceAll("_", " ") });
    byId("said").textContent = status.textContent;
    return;
  } else if (!result.in_vocabulary) said = [t("made_of_parts")];
  const { list, showBack } = answerList(result.neighbours, {
    score: by,
    language: target,
    onLook: (each) => plane.mark("target", each),
  });
  note(said);
  status.textContent = "";
  dim(false);
  results.replaceChildren(list);
  byId("said").textContent = `${said === null ? "" : `${byId("note").textContent} `}${saidOf(word, result.neighbours, by)}`;
  showCode(pair(), { words: [word], k: NEIGHBOURS, score: by });
  best = result.neighbours.map((each) => ({ word: each.word, weight: each.probability }));
  const answers = best.map((each) => each.word);
  const [found, place] = await Promise.all([
    translateBack(pairs, pair(), answers, { score: by, home: word, signal }),
    pair().via
      ? null
      : ask(ofPair(state.pair, "neighbourhood"), { json: { word, k: NEIGHBOURS, score: by === "cosine" ? by : "csls", around: 24 }, signal }),
  ]);
  const returned = showBack(found, word, {
    language: source,
    onWord,
    onReverse: (reverse, each) => goTo({ pair: reverse.pair, words: each }),
  });
  status.replaceChildren(
    returned === 0
      ? t("none_leads_back")
      : element("span", {}, element("span", { class: "home", "aria-hidden": "true" }, "↩ "), t("leads_back", { n: returned })),
  );
  const points = place?.places.map(({ x, y, ...rest }) => weighed({ ...rest, at: [x, y] }));
  showAround(place && { points, shown: place.shown, sphere: false });
}

/** Give an answer on the map its weight; one that is unlikely is a word like the others around. */
function weighed(point) {
  if (point.role !== "neighbour" || best[0]?.weight === undefined) return point;
  const { weight = 0 } = best.find((each) => each.word === point.word) ?? {};
  return weight < UNLIKELY ? { ...point, role: "around" } : { ...point, weight };
}

async function showList(asked, signal) {
  const by = score();
  status.textContent = `${t("list_of", { n: asked.length })} …`;
  const found = await translateList(pair(), asked, { score: by, signal });
  const unknown = found.filter((result) => result.neighbours.length === 0).length;
  note(isPhrase(state.words) ? [t("word_by_word")] : null);
  const said = t("list_of", { n: asked.length }) + (unknown ? `, ${t("list_unknown", { n: unknown })}` : "");
  status.textContent = said;
  byId("said").textContent = said;
  dim(false);
  const onWord = (each) => goTo({ words: each });
  results.replaceChildren(listTable(found, { pair: state.pair, score: by, languages: languages(), onWord }));
  showCode(pair(), listRequest(asked.slice(0, 10), by));
  showAround(null);
}

/** Show the map that the state asks for; nothing where there is nothing to be seen. */
function showAround(map) {
  around = map;
  if (map === null) best = [];
  const whole = state.view === "pair" && joint !== null;
  byId("map").hidden = !whole && around === null;
  byId("find").hidden = !whole;
  byId("plane-near").hidden = true;
  const about = byId("plane-about");
  if (whole) {
    const [query] = wordsOf(state.words);
    plane.show(brought(joint, query, best), { keepView: plane.map.whole === state.pair });
    plane.map.whole = state.pair;
    about.textContent = t(joint.found ? "plane_whole" : "plane_whole_unaligned", { n: joint.points.length });
    return;
  }
  plane.show(around ?? { points: [], sphere: false });
  about.textContent = around === null ? "" : t("plane_holds", { share: percent(around.shown[0] + around.shown[1]) });
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
  const reverse = reverseOf(pairs, pair());
  if (point.side === "source") goTo({ words: point.word });
  else if (reverse) goTo({ pair: reverse.pair, words: point.word });
  else byId("plane-said").textContent = t("no_pair_from", { language: named(languages()[1]) });
}

/** Find a word on the map of the whole pair, with what is nearest to it in both languages. */
function findOnMap() {
  const asked = byId("find-word").value.trim().normalize("NFC").toLowerCase();
  if (asked === "" || joint === null) return;
  const { points } = plane.map;
  const point =
    points.find((each) => each.word.toLowerCase() === asked) ??
    points.find((each) => each.word.toLowerCase().startsWith(asked));
  const near = byId("plane-near");
  near.hidden = false;
  if (!point) {
    near.textContent = t("found_nowhere", { word: byId("find-word").value.trim() });
    return;
  }
  plane.centreOn(point);
  const [source, target] = languages();
  const row = (side, language) =>
    element(
      "span",
      {},
      element("span", { class: `mark ${side}` }),
      ...plane.nearest(point, side, NEAR).flatMap((each) => [
        " ",
        element("button", { type: "button", class: "link", lang: language, onclick: () => choosePoint(each) }, each.word),
      ]),
    );
  near.replaceChildren(`${t("near_on_map")}: `, row("source", source), " ", row("target", target));
}

function fitTextarea() {
  const list = words.value.includes("\n");
  words.classList.toggle("list", list);
  byId("words-help").textContent = t(list ? "enter_help_list" : "enter_help");
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
  dim(true);
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
byId("find").addEventListener("submit", (event) => {
  event.preventDefault();
  findOnMap();
});
byId("find-word").addEventListener("change", findOnMap);
byId("pair").addEventListener("change", (event) => {
  if (event.target.value === "") return;
  const before = languages()[0];
  state = { ...state, pair: event.target.value, via: "" };
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
  const buttons = [...results.querySelectorAll("button, summary")].filter((button) => button.offsetParent);
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
  state: () => ({ pair: pair(), score: score() }),
  onError: (error) => {
    if (error instanceof NoAnswer || error.status === 401) complain(error, async () => {});
  },
});
guarded(begin, begin);
