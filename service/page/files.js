// A file that is dropped, chosen or pasted: what is to be done with it, its progress, the result.

import { isAbort } from "./api.js";
import { addedCells, addedHeads, readTable, writeTable } from "./columns.js";
import { byId, downloadLink, element } from "./elements.js";
import { readText, translateWords, upload } from "./jobs.js";
import { scoreOf } from "./pairs.js";
import { problemOf } from "./problems.js";
import { number, t } from "./texts.js";

const WORDS = /\.(txt|tsv|csv)$/i;
const VECTORS = /\.vec(\.(gz|bz2|xz|zip))?$/i;
const MOST_TEXT = 50e6;
const SAMPLE_CELL = 24; // characters of a cell that name its column

const size = (bytes) =>
  bytes < 1e6 ? `${number(Math.ceil(bytes / 1e3))} kB` : `${number(Math.round(bytes / 1e5) / 10)} MB`;

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
  // Columns of a spreadsheet come as lines with tabs: they are a table, not a list of words.
  addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!/\t/.test(text) || !/\n/.test(text.trim())) return;
    event.preventDefault();
    open(new File([text], t("pasted")));
    byId("file").scrollIntoView({ block: "nearest" });
  });
}

const button = (text, onclick, style = "plain") => element("button", { type: "button", class: style, onclick }, text);

function select(label, name, choices) {
  const options = choices.map(([value, text]) => element("option", { value }, text));
  return element("label", {}, `${label} `, element("select", { name }, ...options));
}

async function showFile(file, context) {
  const kind = WORDS.exec(file.name)?.[1].toLowerCase() ?? (VECTORS.test(file.name) ? "vec" : null);
  const { work, again } = context;
  const about = element("p", {}, element("strong", {}, file.name), ` · ${size(file.size)}`);
  const other = button(t("another_file"), again);
  const refuse = (reason, ...buttons) =>
    work.replaceChildren(
      about,
      element("p", { class: "problem", role: "alert" }, reason),
      element("div", { class: "buttons" }, ...buttons, other),
    );
  if (kind === null) {
    refuse(t("expected_file"));
    return;
  }
  let table = null;
  if (kind !== "vec") {
    if (file.size > MOST_TEXT) {
      refuse(t("expected_size", { size: size(MOST_TEXT) }));
      return;
    }
    try {
      table = readTable(await readText(file), kind);
    } catch (error) {
      const problem = problemOf(error);
      if (problem === null) throw error;
      refuse(problem);
      return;
    }
  }
  const form = element(
    "form",
    {},
    element(
      "fieldset",
      { class: "options" },
      element("legend", { class: "visually-hidden" }, t("what_to_do")),
      ...(table ? optionsOfWords(table) : optionsOfVectors()),
    ),
    element(
      "div",
      { class: "buttons" },
      element("button", { type: "submit", class: "primary" }, table ? t("translate") : t("align")),
      other,
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = Object.fromEntries(new FormData(form));
    const task = table ? translateFile(file, table, chosen, context) : alignFile(file, chosen, context);
    run(task, { ...context, about, refuse });
  });
  work.replaceChildren(about, form);
  form.querySelector("button").focus();
}

function optionsOfWords({ rows, kind }) {
  const columns = Math.max(...rows.map((row) => row.length));
  const heads = Array.from({ length: columns }, (_, at) => rows.find((row) => row[at]?.trim())?.[at] ?? "");
  const choices = heads.map((head, at) => [at, t("column_of", { number: at + 1, head: head.slice(0, SAMPLE_CELL) })]);
  const named = element("input", { type: "checkbox", name: "named", value: "yes", checked: kind === "csv" });
  return [
    columns > 1 ? select(t("column"), "column", choices) : null,
    kind === "txt" ? null : element("label", {}, named, ` ${t("first_row_is_head")}`),
    select(t("translations_each"), "k", [1, 3, 5, 10].map((k) => [k, k])),
  ].filter((each) => each !== null);
}

function optionsOfVectors() {
  const answers = ["vectors", "lexicon", "mutual"].map((answer) => [answer, t(`answer_${answer}`)]);
  return [select(t("result"), "answer", answers)];
}

/** Run a task; where it fails it can be gone on with, and what is done can be had. */
async function run(task, context) {
  const { work, again, about, refuse, onError } = context;
  const ending = new AbortController();
  const progress = element("progress", { max: "1", value: "0", "aria-label": t("progress") });
  const said = element("p", { class: "muted small", role: "status" });
  const cancel = button(t("cancel"), () => ending.abort());
  work.replaceChildren(about, progress, said, element("div", { class: "buttons" }, cancel));
  cancel.focus();
  const show = (share, text) => {
    if (share === null) progress.removeAttribute("value");
    else progress.value = share;
    said.textContent = text;
  };
  try {
    const result = await task.work({ signal: ending.signal, show, left: timeLeft() });
    work.replaceChildren(
      about,
      element("p", { role: "status" }, result.said),
      element(
        "div",
        { class: "buttons" },
        downloadLink(result.blob, result.name, t("download")),
        button(t("another_file"), again),
      ),
    );
    work.querySelector("a").focus();
  } catch (error) {
    if (isAbort(error)) {
      again();
      return;
    }
    const problem = problemOf(error);
    if (problem === null) throw error;
    const rest = task.rest?.() ?? 0;
    const done = rest > 0 ? task.done() : null;
    refuse(
      problem,
      ...(rest > 0 ? [button(t("retry", { n: rest }), () => run(task, context), "primary")] : []),
      ...(done ? [downloadLink(done.blob, done.name, t("download_done"), "plain")] : []),
    );
    onError(error);
  }
}

function timeLeft() {
  const begun = performance.now();
  return (share) => {
    const seconds = ((performance.now() - begun) / 1000) * (1 / share - 1);
    if (seconds < 2) return "";
    const text = seconds < 90 ? t("seconds_left", { n: Math.ceil(seconds) }) : t("minutes_left", { n: Math.ceil(seconds / 60) });
    return `, ${text}`;
  };
}

/** The task that translates a column of a table; parts that are answered are kept. */
function translateFile(file, table, chosen, { state }) {
  const { pair, score } = state();
  const [k, column] = [Number(chosen.k), Number(chosen.column ?? 0)];
  const [head, rows] = chosen.named ? [table.rows[0], table.rows.slice(1)] : [null, table.rows];
  const words = rows.map((row) => (row[column] ?? "").trim().normalize("NFC"));
  const results = [];
  const result = () => {
    const written = table.kind === "csv" ? table : { ...table, kind: "tsv" };
    const wide = Math.max(...table.rows.map((row) => row.length));
    const full = (row) => [...row, ...Array.from({ length: wide - row.length }, () => "")];
    const heads = head ?? Array.from({ length: wide }, (_, at) => (at === column ? t("word") : `${at + 1}`));
    const lines = writeTable(
      [
        [...full(heads), ...addedHeads(k, score)],
        ...results.map((each, at) => [...full(rows[at]), ...addedCells(each?.neighbours ?? [], k)]),
      ],
      written,
    );
    const unknown = results.filter((each) => each?.neighbours.length === 0).length;
    const named = file.name.replace(WORDS, "");
    return {
      blob: new Blob(lines, { type: written.kind === "csv" ? "text/csv" : "text/tab-separated-values" }),
      name: `${named}.${pair.pair}.${written.kind}`,
      said: `${t("rows_done", { n: results.length })}; ${t("without", { n: unknown })}.`,
    };
  };
  return {
    rest: () => words.length - results.length,
    done: () => (results.length ? result() : null),
    work: async ({ signal, show, left }) => {
      show(results.length / words.length, t("rows", { n: words.length }));
      await translateWords(pair, words, results, {
        k,
        score,
        signal,
        onProgress: (done, all) => show(done / all, `${t("rows_of", { done, n: all })}${left(done / all)}`),
        onWait: (seconds) => show(null, t("busy_wait", { n: seconds })),
      });
      return result();
    },
  };
}

/** The task that sends a file of vectors. */
function alignFile(file, chosen, { state }) {
  const { pair, score } = state();
  const mutual = chosen.answer === "mutual";
  const answer = mutual ? "lexicon" : chosen.answer;
  // An upload knows vectors, not how frequent or how written its words are.
  const by = score === "cosine" ? "cosine" : scoreOf("csls", pair);
  const fields = { answer, ...(answer === "lexicon" ? { score: by, mutual } : {}) };
  return {
    work: async ({ signal, show, left }) => {
      const blob = await upload(pair, file, fields, {
        signal,
        onSent: (done, all) =>
          done < all
            ? show(done / all, `${t("bytes_sent", { done: size(done), all: size(all) })}${left(done / all)}`)
            : show(null, t("sent")),
        onReceived: (done) => show(null, t("received", { done: size(done) })),
      });
      const named = file.name.replace(VECTORS, "");
      const name = answer === "vectors" ? `${named}.${pair.pair}.vec` : `${named}.${pair.pair}.tsv`;
      return { blob, name, said: t("ready", { name, size: size(blob.size) }) };
    },
  };
}
