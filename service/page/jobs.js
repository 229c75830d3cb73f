// Long work on a file: told of its progress, ended by a signal.

import { address, ask, errorOf, headers, NoAnswer, ofPair } from "./api.js";

const WORDS_AT_ONCE = 500;
const ESCAPES = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };
const PATIENCE = 20;

/** A file that cannot be used, in words for people. */
export class FileProblem extends Error {}

const escaped = (word) => word.replace(/[\\\t\n\r]/g, (sign) => ESCAPES[sign]);

/** A line of a table: what stood there, then translation and score of each neighbour. */
export function asLine(line, neighbours, k) {
  const cells = [line];
  for (let place = 0; place < k; place += 1) {
    const neighbour = neighbours[place];
    cells.push(neighbour ? escaped(neighbour.word) : "", neighbour ? String(neighbour.score) : "");
  }
  return `${cells.join("\t")}\n`;
}

/** Read a text of words as lines; the word of a line ends at its first tab. */
export async function readLines(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new FileProblem(`line ${firstBadLine(bytes)} is not UTF-8 text`);
  }
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  if (lines.every((line) => line.trim() === "")) throw new FileProblem("the file holds no word");
  return lines;
}

function firstBadLine(bytes) {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let begin = 0, line = 1; ; line += 1) {
    const end = bytes.indexOf(10, begin);
    try {
      decoder.decode(bytes.subarray(begin, end < 0 ? bytes.length : end));
    } catch {
      return line;
    }
    if (end < 0) return line;
    begin = end + 1;
  }
}

/**
 * Translate the first column of a table, in parts.
 *
 * Gives the table with translations and scores beside each line, and how many words had none.
 */
export async function translateLines(pair, lines, { k, score, signal, onProgress, onWait }) {
  const parts = [];
  let unknown = 0;
  for (let begin = 0; begin < lines.length; begin += WORDS_AT_ONCE) {
    const part = lines.slice(begin, begin + WORDS_AT_ONCE);
    const words = part.map((line) => line.split("\t", 1)[0].trim());
    const asked = [...new Set(words.filter((word) => word !== ""))];
    const answer = await ask(ofPair(pair, "translate"), {
      json: { words: asked, k, score },
      signal,
      patience: PATIENCE,
      onWait,
    });
    const found = new Map(answer.results.map((result) => [result.word, result.neighbours]));
    unknown += words.filter((word) => found.get(word)?.length === 0).length;
    parts.push(...part.map((line, at) => (words[at] ? asLine(line, found.get(words[at]), k) : `${line}\n`)));
    onProgress(begin + part.length, lines.length);
  }
  return { blob: new Blob(parts, { type: "text/tab-separated-values" }), unknown };
}

/** Send a file of vectors; gives what comes back. Only XMLHttpRequest tells how much has gone. */
export function upload(pair, file, fields, { signal, onSent, onReceived }) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", file);
    const request = new XMLHttpRequest();
    request.open("POST", address(ofPair(pair, "upload")));
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.responseType = "blob";
    request.upload.addEventListener("progress", (event) => onSent(event.loaded, event.total));
    request.addEventListener("progress", (event) => onReceived(event.loaded));
    request.addEventListener("error", () => reject(new NoAnswer("the connection was lost")));
    request.addEventListener("abort", () => reject(new DOMException("cancelled", "AbortError")));
    request.addEventListener("load", async () => {
      if (request.status === 200) resolve(request.response);
      else {
        const wait = Number(request.getResponseHeader("retry-after"));
        reject(errorOf(request.status, await request.response.text(), wait));
      }
    });
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
