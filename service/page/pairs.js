// The pairs that are served, and those that are joined from two of them.

import { ask, ofPair } from "./api.js";

/** The pair of the other direction, where it is served. */
export function reverseOf(pairs, pair) {
  return [...pairs.values()].find(
    (other) =>
      other.source.language === pair.target.language && other.target.language === pair.source.language,
  );
}

/** The other direction by way of a third language, where two pairs that are served meet in one. */
export function reverseByWay(pairs, pair) {
  const [from, to] = [pair.target.language, pair.source.language];
  const all = [...pairs.values()];
  for (const first of all.filter((each) => each.source.language === from)) {
    const second = all.find(
      (each) => each.source.language === first.target.language && each.target.language === to,
    );
    if (second) return joined(first, second);
  }
  return undefined;
}

/** Join two pairs that meet in a language, as the service does when it is asked `via` it. */
export function joined(first, second) {
  return {
    pair: `${first.source.language}-${second.target.language}`,
    via: first.target.language,
    source: first.source,
    target: second.target,
    rankings: ["csls", "cosine"],
    found: first.found && second.found,
  };
}

/** Find the pair of an address, joined where it goes by way of a third language. */
export function pairOf(pairs, { pair, via }) {
  if (!via) return pairs.get(pair);
  for (const first of pairs.values()) {
    if (first.target.language !== via) continue;
    for (const second of pairs.values()) {
      const made = second.source.language === via ? joined(first, second) : null;
      if (made?.pair === pair) return made;
    }
  }
  return undefined;
}

/** The score to rank by: not every pair knows probabilities. */
export const scoreOf = (score, pair) => (pair?.rankings.includes(score) ? score : "csls");

/** Ask a pair to translate words. */
export function translate(pair, json, options) {
  const via = pair.via ? `?via=${encodeURIComponent(pair.via)}` : "";
  return ask(`${ofPair(pair.pair, "translate")}${via}`, { json, ...options });
}

/** Translate target words back; gives their neighbours by word, and by what they were found. */
export async function translateBack(pairs, pair, words, { score, home, signal }) {
  const reverse = reverseOf(pairs, pair);
  if (!reverse && pair.via) return { of: new Map(), by: null, score, reverse };
  const asked = { words, k: 3, score: scoreOf(score, reverse) };
  const answer = reverse
    ? await translate(reverse, asked, { signal })
    : await ask(ofPair(pair.pair, "back"), { json: { ...asked, home }, signal });
  return {
    of: new Map(answer.results.map((result) => [result.word, result.neighbours])),
    searched: !reverse && answer.looked_at < pair.source.words ? answer.looked_at : null,
    score: asked.score,
    reverse,
  };
}
