// The joint map of a whole pair, where one lies beside its checkpoint.

import { ask, ofPair } from "./api.js";
import { UNLIKELY } from "./results.js";

/** Fetch the map of a pair as points of the plane; null where there is none that can be used. */
export async function jointMap(pair) {
  let map;
  try {
    map = await ask(ofPair(pair, "map"));
  } catch (error) {
    if (error.code !== "malformed_map") throw error;
    return null; // the pair translates all the same
  }
  if (map === null) return null;
  const points = [];
  const longest = Math.max(map.words[0].length, map.words[1].length);
  // By turns, the most frequent first: these get their labels first.
  for (let row = 0; row < longest; row += 1) {
    for (const [place, side] of ["source", "target"].entries()) {
      const word = map.words[place][row];
      if (word !== undefined) points.push({ word, side, role: "around", at: map.places[place][row] });
    }
  }
  return { points, sphere: map.sphere, found: map.found };
}

/** The same points, with a word and its answers brought out, these by their weight. */
export function brought(map, query, neighbours) {
  const likely = neighbours.filter(({ weight }) => weight === undefined || weight >= UNLIKELY);
  const near = new Map(likely.map((each) => [each.word, each.weight]));
  const points = map.points.map((point) => {
    if (point.side === "source" && point.word === query) return { ...point, role: "query" };
    if (point.side === "target" && near.has(point.word)) {
      return { ...point, role: "neighbour", weight: near.get(point.word) };
    }
    return point;
  });
  const order = { query: 0, neighbour: 1, around: 2 };
  points.sort((one, other) => order[one.role] - order[other.role]);
  return { ...map, points };
}
