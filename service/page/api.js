// Questions to the server. Addresses are relative, so that a proxy may put the service anywhere.

const BASE = new URL(".", document.baseURI);
const KEY = "isogloss.key";
const LONGEST_WAIT = 30;

/** The server answered with an error. */
export class ApiError extends Error {
  constructor(status, body, retryAfter) {
    super(body.message);
    this.status = status;
    this.code = body.code;
    this.detail = body.detail ?? {};
    this.retryAfter = retryAfter;
  }
}

/** The server did not answer. */
export class NoAnswer extends Error {}

export const readKey = () => sessionStorage.getItem(KEY);
export const keepKey = (key) => sessionStorage.setItem(KEY, key);
export const forgetKey = () => sessionStorage.removeItem(KEY);

export const address = (path) => new URL(path, BASE);
export const headers = () => (readKey() ? { "x-api-key": readKey() } : {});
export const isAbort = (error) => error.name === "AbortError";

/** Turn an answer that is no success into an error; whatever it holds. */
export function errorOf(status, text, retryAfter) {
  try {
    return new ApiError(status, JSON.parse(text).error, retryAfter);
  } catch {
    return new ApiError(status, { code: "unknown", message: `the server answered ${status}` });
  }
}

/** Wait, unless the signal ends it. */
export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("cancelled", "AbortError"));
    });
  });
}

async function askOnce(path, json, signal) {
  const asked = { signal, headers: headers(), cache: "no-store" };
  if (json !== undefined) {
    asked.method = "POST";
    asked.body = JSON.stringify(json);
    asked.headers["content-type"] = "application/json";
  }
  let response, text;
  try {
    response = await fetch(address(path), asked);
    text = await response.text();
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new NoAnswer("the server does not answer");
  }
  if (response.ok) return text === "" ? null : JSON.parse(text);
  throw errorOf(response.status, text, Number(response.headers.get("retry-after")));
}

/**
 * Ask, by GET or with a document by POST; gives the document of the answer, null where it is empty.
 * A busy server is asked again when it says so, at most `patience` times.
 */
export async function ask(path, { json, signal, patience = 2, onWait = () => {} } = {}) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await askOnce(path, json, signal);
      signal?.throwIfAborted(); // an answer to a question that is no longer asked
      return answer;
    } catch (error) {
      const busy = error instanceof ApiError && [429, 503].includes(error.status);
      if (!busy || attempt >= patience) throw error;
      const seconds = Math.min(LONGEST_WAIT, Math.max(1, error.retryAfter || 1));
      onWait(seconds);
      await pause(seconds, signal);
    }
  }
}

export const ofPair = (pair, action) => `v1/pairs/${encodeURIComponent(pair)}/${action}`;
