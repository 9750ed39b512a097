// What is around a case: on a map, and as lists that say the same.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { get } from "../shell/answers.js";
import { number, say } from "../shell/language.js";
import { openMap } from "../shell/map.js";
import { lightAt, mark, stateName } from "../shell/marks.js";
import { networkName, networkSign, widthText } from "../shell/networks.js";
import { may } from "../shell/person.js";
import { nameOf, withUnit } from "../shell/quantities.js";
import { go, link } from "../shell/route.js";
import { colour } from "../shell/theme.js";
import { clockTime, now } from "../shell/time.js";
import { hrefOf, titleOf } from "./shown.js";
import { COMPONENT_STATES, SOURCES, STATES, word } from "./words.js";

const SHOWN = 12; // of a list; all are on the map
const CLOSE = 15.2; // zoom at which three hundred metres fill the map
const WIDE = 0.006; // [degree] around the case: some 150 cells of 100 m

// Opens the map in `holder`; set({case, sensors, components, cases, pipes}) draws what is around: the
// pipes that it is about are marked.
export async function mapOf(holder) {
  let shown = null;
  const map = await openMap(holder, {
    onCase: (number) => number !== shown?.case.number && go("cases", [number]),
    onDevice: (device) => go("sensors", [device]),
    onPipe: ({ network, id }) => go("situation", [], { pipe: `${network}/${id}` }),
    tip: ({ case: it, device, pipe }) => (pipe ? html`<b>${networkSign(pipe.network)} ${pipe.id}</b><small>${networkName(pipe.network)}</small>` : it ? html`<b>${titleOf(it)}</b><small>${it.number}</small>` : html`<b>${device}</b>`),
  });
  return {
    set(around) {
      const first = shown === null;
      shown = around;
      const sensors = around.sensors.filter(({ lon }) => lon !== null);
      const spoke = new Set(sensors.filter((each) => each.spoke).map(({ device }) => device));
      const devices = [...new Map(sensors.map((each) => [each.device, each])).values()];
      const column = (name) => devices.map((each) => each[name]);
      const mine = { ...around.case, light: lightAt(around.case, now()) };
      map.cases([...around.cases, mine]);
      map.choose({ case: mine.number });
      map.sensors({ device: column("device"), lon: column("lon"), lat: column("lat"), kind: column("quantity") }, (device) => (spoke.has(device) ? "alarming" : "normal"));
      squares(map, around.components);
      map.course(around.pipes.map(({ geometry }) => geometry));
      if (!first || !map.library) return;
      cells(map, mine);
      if (may("telemetry.read")) map.pipes();
      const close = () => map.library.jumpTo({ center: [mine.lon, mine.lat], zoom: CLOSE });
      if (map.library.loaded()) close();
      else map.library.once("load", close);
    },
    redraw: () => map.redraw(),
    close: () => map.close(),
  };
}

// The grid cells around it; without them the map says no less of the case.
async function cells(map, { lon, lat }) {
  const bbox = [lon - WIDE, lat - WIDE, lon + WIDE, lat + WIDE].map((side) => side.toFixed(5)).join(",");
  const found = await get("grid-cells.geojson", { bbox, limit: 500 }).catch(() => null);
  if (found?.features.length) map.cells(found);
}

// Components as small dots under the marks.
function squares({ library: map }, components) {
  if (!map) return;
  const data = { type: "FeatureCollection", features: components.map((each) => ({ type: "Feature", geometry: { type: "Point", coordinates: [each.lon, each.lat] }, properties: {} })) };
  const put = () => {
    if (map.getSource("components")) return void map.getSource("components").setData(data);
    map.addSource("components", { type: "geojson", data });
    map.addLayer({ id: "components", type: "circle", source: "components", paint: { "circle-radius": 3, "circle-color": colour("--edge"), "circle-stroke-width": 1, "circle-stroke-color": colour("--map") } }, "names");
  };
  // Whether the style is there, not whether all that it names is drawn: "load" comes once.
  if (map.getSource("cells")) put();
  else map.once("style.load", put);
}

export function legend() {
  return html`<p class="legend quiet"><span>${mark("alarming")} ${say("证据中的传感器", "sensor of the evidence")}</span><span>${mark("normal")} ${say("相邻传感器", "sensor beside it")}</span><span><i class="dot"></i> ${say("部件", "component")}</span><span>${mark("green")} ${say("案件", "case")}</span><span><i class="course"></i> ${say("案件所在管线", "its pipe")}</span></p>`;
}

// Cases that may be the same: of the same class, near and of the same day; a person joins them.
export function duplicatesOf(alike, join) {
  if (!alike.length) return nothing;
  return html`<section class="panel" aria-labelledby="alike"><h2 id="alike">${say("疑似重复案件", "May be the same problem")}</h2><ul class="plain">
    ${alike.map((each) => html`<li><a href=${hrefOf(each.number)}>${titleOf(each)}</a> <small class="quiet">${each.number}</small>
      <p class="quiet">${number(each.metres, 0)} m · ${word(SOURCES, each.source)} · ${word(STATES, each.state)}${each.same_class ? "" : ` · ${say("类别未定", "class not known yet")}`}</p>
      ${join ? html`<button type="button" @click=${() => join(each)}>${say("并入此案件", "Join into this one")}</button>` : nothing}</li>`)}</ul></section>`;
}

export function surroundingsOf({ sensors, components, cases, pipes }, evidence) {
  const beside = new Map(evidence.flatMap(({ body }) => body.neighbours).map((each) => [each.channel, each]));
  const lists = [
    [say("未结案件", "Open cases"), cases.map((each) => html`<li>${mark(each.light)} <a href=${hrefOf(each.number)}>${titleOf(each)}</a> <small class="quiet">${number(each.metres, 0)} m · ${word(STATES, each.state)}</small></li>`)],
    [say("传感器", "Sensors"), sensors.map((each) => html`<li>${mark(each.spoke ? "alarming" : "normal")} <a href=${link("sensors", [each.device])}>${each.channel}</a> <small class="quiet">${nameOf(each.quantity)}${each.spoke ? ` · ${stateName("alarming")}` : ""}${beside.has(each.channel) ? ` · ${said(beside.get(each.channel))}` : ""}</small></li>`)],
    [say("管线", "Pipes"), pipes.map((each) => html`<li>${networkSign(each.network)} <a href=${link("situation", [], { pipe: `${each.network}/${each.id}` })}>${each.name || each.id}</a> <small class="quiet">${[networkName(each.network), each.name ? each.id : "", widthText(each.diameter), each.material, each.year].filter(Boolean).join(" · ")}</small></li>`)],
    [say("部件", "Components"), components.map((each) => html`<li>${each.name || each.code} <small class="quiet">${each.class} · ${number(each.metres, 0)} m${each.state === "intact" ? "" : ` · ${word(COMPONENT_STATES, each.state)}`}</small></li>`)],
  ];
  return html`${lists.map(([name, items]) => html`<details ?open=${items.length > 0 && items.length <= 4}><summary>${name} <span class="quiet">${number(items.length, 0)}</span></summary>
    ${items.length ? html`<ul class="plain near">${items.slice(0, SHOWN)}</ul>${items.length > SHOWN ? html`<p class="quiet">${say(`另有 ${items.length - SHOWN} 个，见地图`, `${items.length - SHOWN} more on the map`)}</p>` : nothing}` : html`<p class="quiet">${say("附近没有。", "None near.")}</p>`}</details>`)}`;
}

function said({ quantity, value, time }) {
  return `${withUnit(quantity, value)} · ${clockTime(time)}`;
}
