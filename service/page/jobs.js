// Long work on a file: told of its progress, ended by a signal, gone on with where it failed.

import { address, errorOf, headers, NoAnswer, ofPair } from "./api.js";
import { TableProblem } from "./columns.js";
import { translate } from "./pairs.js";
import { t } from "./texts.js";

const WORDS_AT_ONCE = 500;
const PATIENCE = 20;

/** Read a file as text. */
export async function readText(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new TableProblem(t("not_utf8", { n: firstBadLine(bytes) }));
  }
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
 * Translate words in parts, from where `results` ends; an empty word is left alone.
 *
 * `results` grows as parts are answered, so that what is done is kept where a later part fails.
 */
export async function translateWords(pair, words, results, { k, score, signal, onProgress, onWait }) {
  while (results.length < words.length) {
    const part = words.slice(results.length, results.length + WORDS_AT_ONCE);
    const asked = [...new Set(part.filter((word) => word !== ""))];
    const answer = asked.length
      ? await translate(pair, { words: asked, k, score }, { signal, patience: PATIENCE, onWait })
      : { results: [] };
    const found = new Map(asked.map((word, place) => [word, answer.results[place]]));
    results.push(...part.map((word) => found.get(word) ?? null));
    onProgress?.(results.length, words.length);
  }
}

/** Send a file of vectors; gives what comes back. Only XMLHttpRequest tells how much has gone. */
export function upload(pair, file, fields, { signal, onSent, onReceived }) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", file);
    const request = new XMLHttpRequest();
    const via = pair.via ? `?via=${encodeURIComponent(pair.via)}` : "";
    request.open("POST", address(`${ofPair(pair.pair, "upload")}${via}`));
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.responseType = "blob";
    request.upload.addEventListener("progress", (event) => onSent(event.loaded, event.total));
    request.addEventListener("progress", (event) => onReceived(event.loaded));
    request.addEventListener("error", () => reject(new NoAnswer(t("connection_lost"))));
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
