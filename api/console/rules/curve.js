// The curve about an event of a rule: readings before and after, the limit, and what it spoke of.

import { html } from "../vendor/lit-html/lit-html.js";
import { get, part } from "../shell/answers.js";
import { plot } from "../shell/plot.js";
import { nameOf, shownUnit, shownValue } from "../shell/quantities.js";
import { link } from "../shell/route.js";
import { now } from "../shell/time.js";
import { limitsOf } from "../cases/evidence.js";

const HOUR = 3600000;
const RAW = 40 * HOUR; // a longer stretch is read by the hour

// -> {channel, quantity, points, range}; null where the event names no channel that has readings.
export async function curveOf(event) {
  const channel = event.why.members?.[0]?.channel ?? event.channels[0];
  if (!channel) return null;
  const began = Date.parse(event.began);
  const ended = event.ended ? Date.parse(event.ended) : now();
  const margin = Math.min(Math.max(HOUR, ended - began), 7 * 24 * HOUR);
  const range = [began - margin, Math.min(ended + margin, Math.max(now(), ended))];
  const resolution = range[1] - range[0] > RAW ? "hour" : "raw";
  const asked = { start: new Date(range[0]).toISOString(), end: new Date(range[1]).toISOString(), resolution, limit: 20000 };
  const { quantity, items } = await get(`channels/${part(channel)}/readings`, asked);
  const points = items.map((each) => [Date.parse(each.time), shownValue(quantity, each.value ?? each.mean)]);
  return { channel, quantity, points, range };
}

export function curvePlot(event, { channel, quantity, points, range }) {
  const member = event.why.members?.find((each) => each.channel === channel);
  const label = `${channel} ${nameOf(quantity)}`;
  return html`<figure class="curve" data-channel=${channel}>
    <figcaption><a href=${link("sensors", [channel.split(".")[0]])}>${channel}</a> <span class="quiet">${nameOf(quantity)}</span></figcaption>
    ${plot({
      label: { zh: label, en: label }, unit: shownUnit(quantity), height: 170, range,
      series: [{ name: { zh: "读数", en: "readings" }, points }],
      limits: limitsOf(member, quantity),
      spans: [{ from: Date.parse(event.began), to: event.ended ? Date.parse(event.ended) : null, label: { zh: "异常", en: "abnormal" }, ink: `--${event.severity}` }],
    })}
  </figure>`;
}
