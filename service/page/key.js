// Asks for a key where the server wants one.

import { forgetKey, keepKey, readKey } from "./api.js";
import { byId, element } from "./elements.js";
import { t } from "./texts.js";

let waiting = null;

/** Ask the person for a key; all who need one wait for the same answer. */
export function askForKey() {
  waiting ??= new Promise((resolve) => {
    const dialog = byId("key-dialog");
    const banner = byId("banner");
    byId("key-problem").textContent = readKey() ? t("key_unknown") : "";
    forgetKey();
    byId("key").value = "";
    byId("key-form").onsubmit = () => keepKey(byId("key").value.trim());
    dialog.onclose = () => {
      banner.hidden = readKey() !== null;
      if (readKey() !== null) {
        byId("forget-key").hidden = false;
        waiting = null;
        resolve();
        return;
      }
      const open = element("button", { type: "button", class: "link", onclick: () => dialog.showModal() });
      open.append(t("key_enter"));
      banner.replaceChildren(`${t("key_asked_banner")} `, open);
    };
    dialog.showModal();
  });
  return waiting;
}
