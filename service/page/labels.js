// Which labels there is room for: the important ones first, none over another.

const HALF = 8;

/** Choose labels and their places; each has x, y, dot, wide and its point. */
export function labelsThatFit(measured, box) {
  const dots = (each) => around(each.x - each.dot, each.x + each.dot, each.y, each.dot);
  const important = measured.filter((each) => each.point.role !== "around");
  const others = measured.filter((each) => each.point.role === "around");
  const taken = important.map(dots);
  const chosen = important.flatMap((each) => place(each, taken, box));
  taken.push(...others.map(dots));
  return [...chosen, ...others.flatMap((each) => place(each, taken, box))];
}

/** Give a label its place, in a list of one; none where there is no room. */
function place(each, taken, box) {
  const right = [each.x + each.dot + 5, each.y];
  const left = [each.x - each.dot - 5 - each.wide, each.y];
  const above = [each.x - each.wide / 2, each.y - each.dot - 11];
  const below = [each.x - each.wide / 2, each.y + each.dot + 11];
  // To the right of a source word, to the left of a target word: where they coincide both show.
  const sides = each.point.side === "source" ? [right, left] : [left, right];
  for (const [begin, y] of [...sides, above, below]) {
    const label = around(begin, begin + each.wide, y, HALF);
    if (!inside(label, box) || taken.some((other) => overlap(label, other))) continue;
    taken.push(label);
    return [{ ...each, left: begin, y }];
  }
  return [];
}

const around = (left, right, y, half) => ({ left, right, top: y - half, bottom: y + half });

const inside = (label, box) =>
  label.left >= 2 && label.right <= box.width - 2 && label.top >= 0 && label.bottom <= box.height;

const overlap = (one, other) =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
