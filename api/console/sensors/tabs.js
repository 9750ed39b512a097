// The tabs of the section, above its lists.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { say } from "../shell/language.js";
import { link } from "../shell/route.js";

export function tabs(here) {
  const tab = (name, path, text) => html`<a href=${link("sensors", path)} aria-current=${name === here ? "page" : nothing}>${text}</a>`;
  return html`<nav class="tabs" aria-label=${say("传感栏目", "Pages of sensors")}>
    ${tab("devices", [], say("设备", "Devices"))}${tab("channels", ["channels"], say("通道", "Channels"))}
    ${tab("quarantine", ["quarantine"], say("待接入", "Quarantine"))}${tab("letters", ["dead-letters"], say("死信", "Dead letters"))}
  </nav>`;
}
