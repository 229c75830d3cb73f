// A file that is dropped or chosen: what is to be done with it, its progress, and the result.

import { ApiError, isAbort, NoAnswer } from "./api.js";
import { scoreOf } from "./back.js";
import { byId, count, downloadLink, element } from "./elements.js";
import { FileProblem, readLines, translateLines, upload } from "./jobs.js";

const WORDS = /\.(txt|tsv)$/i;
const VECTORS = /\.vec(\.(gz|bz2|xz|zip))?$/i;
const MOST_TEXT = 50e6;

const size = (bytes) =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

/** Take files from the page; `state` gives the pair and the score, `onError` what is for all. */
export function takeFiles({ state, onError }) {
  const work = byId("file-work");
  const first = [...work.childNodes];
  const again = () => {
    work.replaceChildren(...first);
    byId("file-input").value = "";
  };
  const open = (file) => showFile(file, { work, again, state, onError });

  byId("file-input").addEventListener("change", (event) => {
    if (event.target.files.length) open(event.target.files[0]);
  });
  let depth = 0;
  const over = (change) => {
    depth = Math.max(0, depth + change);
    document.body.classList.toggle("dropping", depth > 0);
  };
  const holdsFile = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => holdsFile(event) && over(1));
  addEventListener("dragleave", (event) => holdsFile(event) && over(-1));
  addEventListener("dragover", (event) => holdsFile(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!holdsFile(event)) return;
    event.preventDefault();
    over(-depth);
    open(event.dataTransfer.files[0]);
    byId("file").scrollIntoView({ block: "nearest" });
  });
}

function select(label, name, choices) {
  const options = choices.map(([value, text]) => element("option", { value }, text));
  return element("label", {}, `${label} `, element("select", { name }, ...options));
}

function showFile(file, context) {
  const kind = WORDS.test(file.name) ? "words" : VECTORS.test(file.name) ? "vectors" : null;
  const { work, again, state } = context;
  const about = element("p", {}, element("strong", {}, file.name), ` · ${size(file.size)}`);
  const other = element("button", { type: "button", class: "plain", onclick: again }, "Another file");
  const refuse = (reason) =>
    work.replaceChildren(
      about,
      element("p", { class: "problem", role: "alert" }, reason),
      element("div", { class: "buttons" }, other),
    );
  if (kind === null) {
    refuse("Expected .txt, .tsv, .vec or a compressed .vec.");
    return;
  }
  if (kind === "words" && file.size > MOST_TEXT) {
    refuse(`Expected at most ${size(MOST_TEXT)}; the REST API streams any number of words.`);
    return;
  }
  const form = element(
    "form",
    {},
    element(
      "fieldset",
      { class: "options" },
      element("legend", { class: "visually-hidden" }, "What to do"),
      ...(kind === "words"
        ? [select("Translations of each word", "k", [1, 3, 5, 10].map((k) => [k, k]))]
        : [
            select("Result", "answer", [
              ["vectors", "aligned vectors (.vec)"],
              ["lexicon", "lexicon (.tsv)"],
              ["mutual", "lexicon of mutual neighbours (.tsv)"],
            ]),
          ]),
    ),
    element(
      "div",
      { class: "buttons" },
      element("button", { type: "submit", class: "primary" }, kind === "words" ? "Translate" : "Align"),
      other,
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = Object.fromEntries(new FormData(form));
    run(file, kind, chosen, { ...context, about, refuse });
  });
  work.replaceChildren(about, form);
  form.querySelector("button").focus();
  state(); // the pair is read when the work begins, not when the file comes
}

async function run(file, kind, chosen, context) {
  const { work, again, about, refuse, state, onError } = context;
  const { pair, score } = state();
  const ending = new AbortController();
  const progress = element("progress", { max: "1", value: "0", "aria-label": "Progress" });
  const said = element("p", { class: "muted small", role: "status" });
  const cancel = element(
    "button",
    { type: "button", class: "plain", onclick: () => ending.abort() },
    "Cancel",
  );
  work.replaceChildren(about, progress, said, element("div", { class: "buttons" }, cancel));
  cancel.focus();
  const show = (share, text) => {
    if (share === null) progress.removeAttribute("value");
    else progress.value = share;
    said.textContent = text;
  };
  const begun = performance.now();
  const left = (share) => {
    const seconds = ((performance.now() - begun) / 1000) * (1 / share - 1);
    return seconds < 2 ? "" : `, ${seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`} left`;
  };
  try {
    const work = kind === "words" ? translateFile : alignFile;
    const result = await work(file, chosen, { pair, score, signal: ending.signal, show, left });
    context.work.replaceChildren(
      about,
      element("p", { role: "status" }, result.said),
      element(
        "div",
        { class: "buttons" },
        downloadLink(result.blob, result.name, "Download"),
        element("button", { type: "button", class: "plain", onclick: again }, "Another file"),
      ),
    );
    context.work.querySelector("a").focus();
  } catch (error) {
    if (isAbort(error)) again();
    else if (error instanceof FileProblem || error instanceof ApiError || error instanceof NoAnswer) {
      refuse(`${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`);
      onError(error);
    } else throw error;
  }
}

async function translateFile(file, chosen, { pair, score, signal, show, left }) {
  const lines = await readLines(file);
  show(0, count(lines.length, "line"));
  const { blob, unknown } = await translateLines(pair, lines, {
    k: Number(chosen.k),
    score,
    signal,
    onProgress: (done, all) =>
      show(done / all, `${done.toLocaleString("en")} of ${count(all, "line")}${left(done / all)}`),
    onWait: (seconds) => show(null, `the server is busy; going on in ${seconds} s`),
  });
  const named = file.name.replace(WORDS, "");
  return {
    blob,
    name: `${named}.${pair}.tsv`,
    said: `${count(lines.length, "line")} translated; ${count(unknown, "word")} without a translation.`,
  };
}

async function alignFile(file, chosen, { pair, score, signal, show, left }) {
  const mutual = chosen.answer === "mutual";
  const answer = mutual ? "lexicon" : chosen.answer;
  const fields = { answer, ...(answer === "lexicon" ? { score: scoreOf(score), mutual } : {}) };
  const blob = await upload(pair, file, fields, {
    signal,
    onSent: (done, all) =>
      done < all
        ? show(done / all, `${size(done)} of ${size(all)} sent${left(done / all)}`)
        : show(null, "sent; the server reads and maps the vectors"),
    onReceived: (done) => show(null, `${size(done)} received`),
  });
  const named = file.name.replace(VECTORS, "");
  const name = answer === "vectors" ? `${named}.${pair}.vec` : `${named}.${pair}.tsv`;
  return { blob, name, said: `${name} is ready, ${size(blob.size)}.` };
}
