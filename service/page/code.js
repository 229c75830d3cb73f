// The request that made an answer, as curl and as Python, to copy.

import { address, ofPair, readKey } from "./api.js";
import { byId, element } from "./elements.js";
import { t } from "./texts.js";

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
const python = (value) => JSON.stringify(value).replace(/^\[|\]$/g, "").replaceAll('","', '", "');

/** The request as a line for a shell. The key itself is never written out. */
export function asCurl(pair, json) {
  const via = pair.via ? `?via=${encodeURIComponent(pair.via)}` : "";
  return [
    `curl -s ${quoted(`${address(ofPair(pair.pair, "translate"))}${via}`)}`,
    ...(readKey() ? [`-H "X-API-Key: $ISOGLOSS_KEY"`] : []),
    "-H 'Content-Type: application/json'",
    `-d ${quoted(JSON.stringify(json))}`,
  ].join(" \\\n  ");
}

/** The request by the client of the package. */
export function asPython(pair, { words, k, score }) {
  const base = address("").href.replace(/\/$/, "");
  const key = readKey() ? ', key=os.environ["ISOGLOSS_KEY"]' : "";
  const via = pair.via ? `, via=${JSON.stringify(pair.via)}` : "";
  return [
    ...(key ? ["import os", ""] : []),
    "import isogloss",
    "",
    `client = isogloss.Client(${JSON.stringify(base)}${key})`,
    `client.translate(${JSON.stringify(pair.pair)}, [${python(words)}], k=${k}, score="${score}"${via})`,
  ].join("\n");
}

function block(name, text) {
  const copy = element("button", { type: "button", class: "link" }, t("copy"));
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    copy.textContent = t("copied");
    setTimeout(() => (copy.textContent = t("copy")), 2000);
  });
  const pre = element("pre", { tabindex: "0", "aria-label": name }, text);
  return element("div", { class: "snippet" }, element("p", {}, `${name} `, copy), pre);
}

/** Show the request beside its answer; null hides it. */
export function showCode(pair, json) {
  byId("code").hidden = json === null;
  if (json === null) return;
  byId("code-blocks").replaceChildren(block("curl", asCurl(pair, json)), block("Python", asPython(pair, json)));
}
