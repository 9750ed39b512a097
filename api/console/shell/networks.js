// Networks of pipes: what they are called, and how a map and its legend draw them.

import { html } from "../vendor/lit-html/lit-html.js";
import { say } from "./language.js";

// In the order of the API's list; each has a colour --pipe-<name> and, as surveys write, a letter.
export const NETWORKS = ["water", "drain", "gas", "heat", "power", "telecom", "industry"];

export function networkName(network) {
  return {
    water: say("供水", "water"),
    drain: say("排水", "drains"),
    gas: say("燃气", "gas"),
    heat: say("热力", "heat"),
    power: say("电力", "power"),
    telecom: say("通信", "telecom"),
    industry: say("工业", "industry"),
  }[network] ?? network;
}

// Beside colour: what stands along the lines of a network on the map.
export function networkLetter(network) {
  return {
    water: say("给", "W"),
    drain: say("排", "D"),
    gas: say("燃", "G"),
    heat: say("热", "H"),
    power: say("电", "E"),
    telecom: say("信", "T"),
    industry: say("工", "I"),
  }[network] ?? "";
}

// A piece of a line for legends and lists.
export function networkSign(network) {
  return html`<i class="pipe ${network}" aria-hidden="true">${networkLetter(network)}</i>`;
}

// A diameter [m] as people say it.
export function widthText(diameter) {
  return diameter === null || diameter === undefined ? "" : `DN${Math.round(diameter * 1000)}`;
}
