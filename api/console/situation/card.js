// The sensor that was chosen on the map: where it is, how it is, what it reads now.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { get, part } from "../shell/answers.js";
import { say } from "../shell/language.js";
import { mark, stateName } from "../shell/marks.js";
import { networkSign } from "../shell/networks.js";
import { learn, nameOf, withUnit } from "../shell/quantities.js";
import { link } from "../shell/route.js";
import { failed, loading } from "../shell/states.js";
import { ago, fullTime } from "../shell/time.js";
import { kindName } from "./words.js";

export async function read(device) {
  const [found] = await Promise.all([get(`devices/${part(device)}`), learn()]);
  return found;
}

// about: what `read` gave, an Error, or null while it is read. state: {state, since} or undefined.
// pipe: the one it is on, where that has a course, as the address names it.
export function card(device, about, state, close, again, pipe = null, choosePipe = null) {
  return html`<aside class="card panel" aria-label=${say("所选传感器", "The chosen sensor")}>
    <div class="head"><h2>${mark(state?.state ?? "normal")} ${about?.component_name || device}</h2>
      <button type="button" class="plain" aria-label=${say("关闭", "Close")} @click=${close}>✕</button></div>
    ${about instanceof Error ? failed(about, again) : about ? facts(about, state) : loading()}
    <p><a class="button" href=${link("sensors", [device])}>${say("打开传感器", "Open the sensor")}</a>
      ${pipe ? html`<button type="button" @click=${() => choosePipe(pipe)}>${networkSign(pipe.split("/")[0])} ${pipe.split("/").slice(1).join("/")}</button>` : nothing}</p>
  </aside>`;
}

function facts({ id, component_name: name, tags, gateway, last_received: heard, standing, latest }, state) {
  const since = state?.since ? say(`（${ago(state.since)}）`, ` (${ago(state.since)})`) : "";
  return html`<p class="quiet">${[name ? id : "", kindName(tags.kind ?? ""), gateway].filter(Boolean).join(" · ")}</p>
    <dl class="facts">
      <div><dt>${say("状态", "State")}</dt><dd>${stateName(state?.state ?? "normal")}${since}</dd></div>
      <div><dt>${say("最近上报", "Last heard")}</dt><dd title=${fullTime(heard)}>${heard ? ago(heard) : say("从未", "never")}</dd></div>
      ${(latest ?? []).map(({ quantity, value, state: text, time }) => html`<div><dt>${nameOf(quantity)}</dt><dd title=${fullTime(time)}>${text ?? withUnit(quantity, value)}</dd></div>`)}
    </dl>
    ${standing.length ? html`<p class="rules">${standing.map((rule) => html`<span class="tag">${rule}</span> `)}</p>` : nothing}`;
}
