// Pipes whose course is known, by network, and the way to have them back as a file.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { get } from "../shell/answers.js";
import { download } from "../shell/export.js";
import { number, say } from "../shell/language.js";
import { networkName } from "../shell/networks.js";
import { work } from "../shell/progress.js";

export async function knownPipes() {
  return (await get("pipes")).items;
}

// known: what `knownPipes` gave, or null.
export function pipesKnown(known) {
  if (!known) return nothing;
  if (!known.length) return html`<section class="panel known-pipes"><p class="quiet">${say("还没有导入任何管线走向。", "No course of a pipe has been imported yet.")}</p></section>`;
  return html`<section class="panel known-pipes" aria-labelledby="known-pipes"><h2 id="known-pipes">${say("已有管线", "Pipes that are known")}</h2>
    <dl class="facts">${known.map(({ network, pipes, length }) => html`<div><dt>${networkName(network)}</dt><dd>${say(`${number(pipes, 0)} 条，${number(length / 1000, 1)} km`, `${number(pipes, 0)} ${pipes === 1 ? "pipe" : "pipes"}, ${number(length / 1000, 1)} km`)}</dd></div>`)}</dl>
    <p><button type="button" @click=${() => save(known)}>${say("导出 GeoJSON", "Export as GeoJSON")}</button></p></section>`;
}

// Page by page, so that a large city's network shows how far it is and can be stopped.
async function save(known) {
  const all = known.reduce((sum, { pipes }) => sum + pipes, 0);
  const features = await work(say("导出：管线", "Export: pipes"), async ({ signal, report }) => {
    const found = [];
    let cursor = null;
    do {
      const page = await get("pipes.geojson", { limit: 1000, cursor }, { signal });
      found.push(...page.features);
      report(found.length, all);
      cursor = page.next;
    } while (cursor);
    return found;
  });
  if (features) download("pipes", "geojson", JSON.stringify({ type: "FeatureCollection", features }));
}
