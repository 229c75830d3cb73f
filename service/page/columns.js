// Tables of words as text: one word a line, tab-separated, comma-separated with quotes.

import { t } from "./texts.js";

/** A text that is no such table, in words for people. */
export class TableProblem extends Error {}

const ESCAPES = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/** The kinds of table, by the ending of a file: how each is read and written. */
export const KINDS = {
  txt: { read: (text) => linesOf(text).map((line) => [line]), write: tabbed, ending: "tsv" },
  tsv: { read: (text) => linesOf(text).map((line) => line.split("\t")), write: tabbed, ending: "tsv" },
  csv: { read: readQuoted, write: quoted, ending: "csv" },
};

/** Read a table; gives its rows, as many cells each as stand there, and its separator. */
export function readTable(text, kind) {
  const plain = text.replace(/^\uFEFF/, "");
  const separator = kind === "csv" ? separatorOf(plain) : "\t";
  const rows = KINDS[kind].read(plain, separator);
  if (rows.every((row) => row.every((cell) => cell.trim() === ""))) throw new TableProblem(t("no_word"));
  return { rows, separator, kind };
}

function linesOf(text) {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** A semicolon where the first line holds more of them: so spreadsheets write it in much of Europe. */
function separatorOf(text) {
  const [first] = text.split(/\r|\n/, 1);
  return first.split(";").length > first.split(",").length ? ";" : ",";
}

/** RFC 4180: a cell in quotes may hold separators, line ends and doubled quotes. */
function readQuoted(text, separator) {
  const rows = [];
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^${separator}\\r\\n]*))(${separator}|\\r\\n|\\n|\\r|$)`, "y");
  let row = [];
  while (cell.lastIndex < text.length || row.length > 0) {
    const begin = cell.lastIndex;
    const found = cell.exec(text);
    if (!found || (found[1] === undefined && found[2].startsWith('"'))) {
      throw new TableProblem(t("unclosed_quote", { n: text.slice(0, begin).split(/\r\n|\n|\r/).length }));
    }
    row.push(found[1] === undefined ? found[2] : found[1].replaceAll('""', '"'));
    if (found[3] === separator) continue;
    rows.push(row);
    row = [];
    if (found[3] === "") break;
  }
  return rows;
}

function tabbed(rows) {
  return rows.map((row) => `${row.map((cell) => cell.replace(/[\\\t\n\r]/g, (sign) => ESCAPES[sign])).join("\t")}\n`);
}

function quoted(rows, separator) {
  const cellOf = (cell) => (/["\r\n]/.test(cell) || cell.includes(separator) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return rows.map((row) => `${row.map(cellOf).join(separator)}\r\n`);
}

/** Write rows in the form of the table that they came from. */
export const writeTable = (rows, { kind, separator }) => KINDS[kind].write(rows, separator);

/** Names of the columns that translations add. */
export function addedHeads(k, score) {
  return Array.from({ length: k }, (_, place) => [
    t("head_translation", { n: place + 1 }),
    t(`head_${score}`, { n: place + 1 }),
  ]).flat();
}

/** The cells that translations add to a row. */
export function addedCells(neighbours, k) {
  return Array.from({ length: k }, (_, place) => {
    const neighbour = neighbours[place];
    return neighbour ? [neighbour.word, String(neighbour.score)] : ["", ""];
  }).flat();
}
