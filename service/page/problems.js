// What went wrong, in words for people: each kind has its own.

import { ApiError, NoAnswer } from "./api.js";
import { TableProblem } from "./columns.js";
import { t } from "./texts.js";

const TOO_LARGE = new Set([413, 414, 431]);
const TOO_SLOW = new Set([408, 504]);

/** Say what went wrong; null where it is no error that is expected. */
export function problemOf(error) {
  if (error instanceof TableProblem) return error.message;
  if (error instanceof NoAnswer) return t("connection_lost");
  if (!(error instanceof ApiError)) return null;
  const { message, status } = error;
  if (status === 429 || status === 503) return t("busy");
  if (status === 403) return t("key_forbidden", { message });
  if (TOO_LARGE.has(status)) return t("too_long", { message });
  if (TOO_SLOW.has(status)) return t("slow");
  return t("refused", { message });
}
