// Sensors: found, looked at from raw to years; strangers adopted; dead letters mended.

import { learn } from "../shell/quantities.js";
import { openLetter } from "./dead_letter.js";
import { openLetters } from "./dead_letters.js";
import { openDevice } from "./device.js";
import { openChannels, openDevices } from "./devices.js";
import { openEvent } from "./event.js";
import { openAdoption } from "./adoption.js";
import { openQuarantine } from "./quarantine.js";

export const title = { zh: "传感", en: "Sensors" };

// A page: open(root, route, shell) -> {update?(route), redraw?(), close?()}.
function pageOf({ path, query }) {
  const [first, ...rest] = path;
  if (!first) return ["devices", openDevices];
  if (first === "channels") return ["channels", openChannels];
  if (first === "events" && rest.length) return [`event ${rest[0]}`, openEvent];
  if (first === "quarantine") {
    const device = rest.join("/") || query.get("device");
    return device ? [`adopt ${device}`, openAdoption] : ["quarantine", openQuarantine];
  }
  if (first === "dead-letters") return rest.length ? [`letter ${rest[0]}`, openLetter] : ["letters", openLetters];
  return [`device ${path.join("/")}`, openDevice];
}

export async function open(root, route, shell) {
  await learn();
  let [name, page] = pageOf(route);
  let view = await page(fresh(root), route, shell);
  return {
    async update(next) {
      const [to, opened] = pageOf(next);
      if (to === name && view?.update) return view.update(next);
      view?.close?.();
      shell.keys({});
      shell.title(title);
      [name, page] = [to, opened];
      view = await page(fresh(root), next, shell);
      document.getElementById("section").scrollTop = 0;
      return undefined;
    },
    redraw: () => view?.redraw?.(),
    close: () => view?.close?.(),
  };
}

// A page draws into an element of its own: nothing of the one before is left in it.
function fresh(root) {
  const place = document.createElement("div");
  root.replaceChildren(place);
  return place;
}
