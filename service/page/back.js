// From target words back: by the pair of the other direction, or through the same map.

import { ask, ofPair } from "./api.js";

/** The pair of the other direction, where it is served. */
export function reverseOf(pairs, pair) {
  const there = pairs.get(pair);
  return [...pairs.values()].find(
    (other) =>
      other.source.language === there.target.language &&
      other.target.language === there.source.language,
  );
}

/** The score to rank by: not every way knows probabilities. */
export const scoreOf = (score, pair) =>
  score === "probability" && !pair?.rankings.includes(score) ? "csls" : score;

/** Translate target words back; gives their neighbours by word, and by what they were found. */
export async function translateBack(pairs, pair, words, { score, home, signal }) {
  const reverse = reverseOf(pairs, pair);
  const asked = { words, k: 3, score: scoreOf(score, reverse) };
  const answer = reverse
    ? await ask(ofPair(reverse.pair, "translate"), { json: asked, signal })
    : await ask(ofPair(pair, "back"), { json: { ...asked, home }, signal });
  const source = pairs.get(pair).source;
  const partly = !reverse && answer.looked_at < source.words;
  return {
    of: new Map(answer.results.map((result) => [result.word, result.neighbours])),
    by: reverse
      ? `by the pair ${reverse.pair}`
      : `through the same map${partly ? `, among the ${answer.looked_at.toLocaleString("en")} most frequent words` : ""}`,
    score: asked.score,
    reverse,
  };
}
