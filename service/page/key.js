// Asks for a key where the server wants one.

import { forgetKey, keepKey, readKey } from "./api.js";
import { byId, element } from "./elements.js";

let waiting = null;

/** Ask the person for a key; all who need one wait for the same answer. */
export function askForKey() {
  waiting ??= new Promise((resolve) => {
    const dialog = byId("key-dialog");
    const banner = byId("banner");
    byId("key-problem").textContent = readKey() ? "The server does not know this key." : "";
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
      open.append("Enter a key");
      banner.replaceChildren("This server asks for a key. ", open);
    };
    dialog.showModal();
  });
  return waiting;
}
