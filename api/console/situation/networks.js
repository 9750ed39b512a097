// The networks of pipes: which are drawn, and what is said where not all of them have room.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { number, say } from "../shell/language.js";
import { networkName, networkSign } from "../shell/networks.js";

export const hidden = (filters) => (filters.without ? filters.without.split(",") : []);

// A switch for each network that the city has. networks: as the API lists them, or null.
export function switches(networks, filters, choose) {
  if (!networks?.length) return nothing;
  const off = hidden(filters);
  const turn = (network) => {
    const left = off.includes(network) ? off.filter((each) => each !== network) : [...off, network];
    choose("without", left.join(","));
  };
  return html`<div class="networks" role="group" aria-label=${say("管线", "Pipes")}>
    ${networks.map(({ network, pipes, length }) => html`<button type="button" data-network=${network} aria-pressed=${String(!off.includes(network))} title=${say(`${number(pipes, 0)} 条，${number(length / 1000, 1)} km`, `${number(pipes, 0)} pipes, ${number(length / 1000, 1)} km`)} @click=${() => turn(network)}>${networkSign(network)} ${networkName(network)}</button>`)}
  </div>`;
}

// seen: {shown, all} of the view.
export function cutNote(seen) {
  if (!seen || seen.shown >= seen.all) return nothing;
  return html`<p class="cut" role="status">${say(`此范围 ${number(seen.all, 0)} 条管线，只画出最大的 ${number(seen.shown, 0)} 条；放大可见全部。`, `The largest ${number(seen.shown, 0)} of ${number(seen.all, 0)} pipes in view are drawn; zoom in for all.`)}</p>`;
}
