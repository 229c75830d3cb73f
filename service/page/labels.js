// Which labels there is room for: the important ones first, none over another or over a dot.

const CELL = 4; // pixels; what is taken is remembered in squares of this size
const HALF = 8;

/** What is taken of a plane, in squares: adding and asking cost the size of a label. */
class Taken {
  constructor({ width, height }) {
    this.columns = Math.ceil(width / CELL);
    this.rows = Math.ceil(height / CELL);
    this.cells = new Uint8Array(this.columns * this.rows);
  }

  *indices({ left, right, top, bottom }) {
    const [first, last] = [Math.max(0, Math.floor(left / CELL)), Math.min(this.columns, Math.ceil(right / CELL))];
    const end = Math.min(this.rows, Math.ceil(bottom / CELL));
    for (let row = Math.max(0, Math.floor(top / CELL)); row < end; row += 1) {
      for (let column = first; column < last; column += 1) yield row * this.columns + column;
    }
  }

  add(box) {
    for (const index of this.indices(box)) this.cells[index] = 1;
  }

  meets(box) {
    for (const index of this.indices(box)) if (this.cells[index]) return true;
    return false;
  }
}

/**
 * Choose labels and their places: above a dot, else below or beside it; none where there is no room.
 *
 * `candidates` have x, y, dot and `important`, the important ones first; `measure` gives how wide
 * the label of one is.
 */
export function labelsThatFit(candidates, measure, box) {
  const taken = new Taken(box);
  const dotOf = ({ x, y, dot }) => ({ left: x - dot, right: x + dot, top: y - dot, bottom: y + dot });
  const important = candidates.filter((each) => each.important);
  const others = candidates.filter((each) => !each.important);
  important.forEach((each) => taken.add(dotOf(each)));
  const chosen = important.flatMap((each) => place(each, measure(each), taken, box));
  others.forEach((each) => taken.add(dotOf(each)));
  return [...chosen, ...others.flatMap((each) => place(each, measure(each), taken, box))];
}

function place(each, wide, taken, box) {
  const middle = each.x - wide / 2;
  const above = [middle, each.y - each.dot - HALF - 2];
  const below = [middle, each.y + each.dot + HALF + 2];
  const right = [each.x + each.dot + 5, each.y];
  const left = [each.x - each.dot - 5 - wide, each.y];
  for (const [begin, y] of [above, below, right, left]) {
    const label = { left: begin, right: begin + wide, top: y - HALF, bottom: y + HALF };
    if (!inside(label, box) || taken.meets(label)) continue;
    taken.add(label);
    return [{ ...each, left: begin, y }];
  }
  return [];
}

const inside = (label, box) =>
  label.left >= 2 && label.right <= box.width - 2 && label.top >= 0 && label.bottom <= box.height;
