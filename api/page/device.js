// The card of one device: its newest readings, and the last day of its first channel.

import { el } from "./element.js";
import { kindOf, stateOf } from "./map.js";
import { plot } from "./plot.js";
import { inWords, nameOf, shownUnit, shownValue } from "./quantities.js";
import { clockTime, word } from "./words.js";

export function tipOf(device) {
  const lines = (device.latest ?? []).slice(0, 4).map((reading) => `${nameOf(reading.quantity)} ${inWords(reading)}`);
  return [`${device.id} · ${word(kindOf(device))}`, ...lines, ...device.standing].join("\n");
}

export function card(device, histories, close) {
  const standing = stateOf(device) === "normal" ? word("normal") : device.standing.join(", ");
  const heard = device.last_received ? `${word("lastHeard")} ${clockTime(device.last_received, true)}` : "";
  return [
    el("button", { type: "button", class: "x", "aria-label": word("close"), onclick: close }, "×"),
    el("h3", {}, device.component_name ? `${device.component_name} · ${device.id}` : device.id),
    el("p", { class: "meta" }, [word(kindOf(device)), standing, device.gateway && `${word("gateway")} ${device.gateway}`, heard].filter(Boolean).join(" · ")),
    ...(device.latest ?? []).flatMap((reading) => [
      el("p", { class: "latest" }, nameOf(reading.quantity), el("b", {}, inWords(reading)), el("small", {}, clockTime(reading.time, true))),
      history(reading, histories[reading.channel]),
    ]),
    device.latest?.length ? null : el("p", { class: "meta" }, word("noReadings")),
  ].filter(Boolean);
}

function history(reading, items) {
  const points = (items ?? []).map((each) => [Date.parse(each.time), shownValue(reading.quantity, each.mean ?? each.value ?? null)]);
  if (points.filter(([, value]) => value !== null).length < 2) return null;
  return plot({ points, unit: shownUnit(reading.quantity), height: 110, label: `${word("lastDay")} ${nameOf(reading.quantity)}` });
}
