// Adopting a device in one step: what its fields are (proposed, with the grounds), and where it stands.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get, newKey, part, post } from "../shell/answers.js";
import { number, say } from "../shell/language.js";
import { may } from "../shell/person.js";
import { nameOf } from "../shell/quantities.js";
import { link } from "../shell/route.js";
import { failed, loading } from "../shell/states.js";
import { ago, fullTime, isoDuration } from "../shell/time.js";
import { SmallMap } from "./small_map.js";
import { KINDS, groundsText, kindName } from "./words.js";

export async function openAdoption(root, route, shell) {
  const device = route.path.slice(1).join("/") || route.query.get("device");
  const key = newKey();
  const state = { about: null, quantities: [], error: null, refused: null, done: null, busy: false };
  const place = { lon: null, lat: null };
  const map = new SmallMap((lon, lat) => {
    Object.assign(place, { lon: Number(lon.toFixed(6)), lat: Number(lat.toFixed(6)) });
    draw();
  });
  shell.title(device);

  const draw = () => {
    if (state.error) return void render(failed(state.error, load, true), root);
    if (!state.about) return void render(loading(), root);
    render(page(device, state, place, { adopt, typed }), root);
    if (!state.done) map.draw(root.querySelector(".pick-map"), { id: device, ...place });
    return undefined;
  };
  const typed = ({ target }) => {
    place[target.name] = target.value === "" ? null : Number(target.value);
    draw();
  };

  async function load() {
    state.error = null;
    draw();
    try {
      const [about, { items }] = await Promise.all([get(`quarantine/${part(device)}`), get("quantities")]);
      Object.assign(state, { about, quantities: items });
      if (about.known) {
        const { lon, lat } = await get(`devices/${part(device)}`);
        Object.assign(place, { lon, lat });
      }
    } catch (why) {
      state.error = why;
    }
    draw();
  }

  async function adopt(event) {
    event.preventDefault();
    if (state.busy) return;
    Object.assign(state, { busy: true, refused: null });
    draw();
    try {
      state.done = await post(`quarantine/${part(device)}/adopt`, described(event.target, state.about), { key });
    } catch (why) {
      state.refused = why;
    }
    state.busy = false;
    draw();
    root.querySelector(state.done ? ".adopted a" : ".refused")?.focus();
  }

  await load();
  return {
    redraw() {
      map.redraw();
      draw();
    },
    close: () => map.close(),
  };
}

// The form as the API takes it: fields that were chosen, and what they share.
function described(form, about) {
  const of = (name) => form.elements[name]?.value.trim() ?? "";
  const fields = {};
  about.samples.forEach(({ name }, n) => {
    if (!form.elements[`take-${n}`].checked) return;
    const cells = { quantity: of(`quantity-${n}`), unit: of(`unit-${n}`), interval: of(`interval-${n}`), lowest: of(`lowest-${n}`), highest: of(`highest-${n}`), states: of(`states-${n}`) };
    fields[name] = Object.fromEntries(Object.entries(cells).filter(([, value]) => value));
  });
  const shared = Object.fromEntries(["component", "component_name", "lon", "lat", "zone", "kind", "gateway"].map((name) => [name, of(name)]).filter(([, value]) => value));
  return { fields, place: shared };
}

function page(device, { about, quantities, refused, done, busy }, place, { adopt, typed }) {
  const { samples, messages, readings, senders, topic, known, first_time: first, last_received: last } = about;
  return html`<div class="page">
    <div class="head"><h1>${say("接入", "Adopt")} ${device}</h1><a href=${link("sensors", ["quarantine"])}>${say("全部待接入", "All in quarantine")}</a></div>
    <p class="quiet">${say(`${number(readings, 0)} 个读数待转入`, `${number(readings, 0)} readings wait`)} · <code>${topic}</code>${senders.length ? ` · ${say("经由", "by")} ${senders.join(", ")}` : ""} · ${fullTime(first)} – ${ago(last)}${known ? ` · ${say("设备已接入，这些字段还没有", "the device is adopted, these fields are not")}` : ""}</p>
    ${done ? adopted(device, done) : html`<form class="adopt" @submit=${adopt}>
      <section class="panel" aria-labelledby="fields-title"><h2 id="fields-title">${say("字段是什么", "What its fields are")}</h2>
        <p class="note">${say("量和单位由字段名和报文猜得，依据写在下面；接入前请核对。未勾选的字段继续等待。", "Quantity and unit are guesses from names and payloads, with their grounds below: check them before you adopt. Fields without a tick wait on.")}</p>
        <div class="fields">${samples.map((sample, n) => field(sample, n, quantities))}</div>
      </section>
      <div class="split">
        <section class="panel" aria-labelledby="where-title"><h2 id="where-title">${say("位置", "Where it stands")}</h2>
          <p class="note">${say("在地图上点选，或填写经纬度。", "Press on the map, or write the coordinates.")}</p>
          <div class="pick-map"></div>
        </section>
        <section class="panel" aria-labelledby="what-title"><h2 id="what-title">${say("归属", "What it belongs to")}</h2>
          <div class="pairs">
            ${text("lon", say("经度 °", "Longitude °"), { value: place.lon ?? "", type: "number", on: typed })}
            ${text("lat", say("纬度 °", "Latitude °"), { value: place.lat ?? "", type: "number", on: typed })}
            <div class="field"><label for="f-kind">${say("类型", "Kind")}</label><select id="f-kind" name="kind"><option value="">${say("由量推定", "by its quantity")}</option>${KINDS.map((kind) => html`<option value=${kind}>${kindName(kind)}</option>`)}</select></div>
            ${text("zone", say("分区", "Zone"))}
            ${text("component", say("部件编码（16 或 18 位）", "Component (16 or 18 digits)"))}
            ${text("component_name", say("部件名称", "Name of the component"))}
            ${text("gateway", say("网关", "Gateway"), { value: senders.length === 1 ? senders[0] : "", hint: senders.length ? say(`报文经 ${senders.join("、")} 的主题到达：只有它是此设备的网关，这些读数才会转入。`, `It came by the topic of ${senders.join(", ")}: these readings come over only if that is its gateway.`) : "" })}
          </div>
        </section>
      </div>
      ${refused ? html`<div class="refused" role="alert" tabindex="-1"><p>${refused.message}</p></div>` : nothing}
      <p>${may("devices.adopt") ? html`<button class="main" ?disabled=${busy}>${busy ? say("正在接入…", "Adopting …") : say("接入", "Adopt")}</button>` : say("您的岗位不能接入设备。", "Your posts do not adopt devices.")}</p>
    </form>`}
    <section class="panel" aria-labelledby="came-title"><h2 id="came-title">${say("最近收到的报文", "What came last")}</h2>
      <div class="wide" tabindex="0" role="region" aria-label=${say("最近收到的报文", "What came last")}><table><thead><tr><th scope="col">${say("设备时间", "Device time")}</th><th scope="col">${say("接收", "Received")}</th><th scope="col">${say("内容", "Content")}</th></tr></thead>
      <tbody>${messages.map(({ time, received, values, units }) => html`<tr><td>${fullTime(time)}</td><td>${fullTime(received)}</td><td><code>${written(values)}</code>${units ? html`<small>${Object.entries(units).map(([name, unit]) => `${name}: ${unit}`).join(" · ")}</small>` : nothing}</td></tr>`)}</tbody></table></div>
    </section>
  </div>`;
}

function field(sample, n, quantities) {
  const { name, readings, value, state, unit, lowest, highest, states, interval, suggested } = sample;
  const label = (each) => say(each.zh, `${each.name.replaceAll("_", " ")} · ${each.zh}`);
  const range = states.length ? states.join(say("、", ", ")) : `${number(lowest)} … ${number(highest)}`;
  return html`<fieldset class="panel">
    <legend><label><input type="checkbox" name="take-${n}" ?checked=${suggested.quantity !== null}> <code>${name}</code></label></legend>
    <p class="quiet">${say(`最近值 ${state ?? number(value)} ${unit}`, `last ${state ?? number(value)} ${unit}`)} · ${range} · ${say(`${number(readings, 0)} 个读数`, `${number(readings, 0)} readings`)}${interval ? ` · ${say("每", "every")} ${isoDuration(interval)}` : ""}</p>
    <div class="pairs">
      <div class="field"><label for="f-quantity-${n}">${say("量", "Quantity")}</label><select id="f-quantity-${n}" name="quantity-${n}" aria-describedby="why-${n}"><option value="">${say("请选择", "choose")}</option>${quantities.map((each) => html`<option value=${each.name} ?selected=${each.name === suggested.quantity}>${label(each)}</option>`)}</select></div>
      ${text(`unit-${n}`, say("单位", "Unit"), { value: suggested.unit === "1" ? "" : suggested.unit, described: `why-${n}` })}
      ${text(`interval-${n}`, say("上报间隔", "Interval"), { value: interval ?? "", hint: say("如 PT5M", "such as PT5M") })}
      ${text(`lowest-${n}`, say("最低（选填）", "Lowest (optional)"))}
      ${text(`highest-${n}`, say("最高（选填）", "Highest (optional)"))}
      ${states.length ? text(`states-${n}`, say("文字对应的数（选填）", "Numbers of words (optional)"), { hint: say("如 open=1 shut=0", "such as open=1 shut=0") }) : nothing}
    </div>
    <p id="why-${n}" class="grounds ${suggested.grounds === "none" ? "doubt" : ""}">${suggested.quantity ? html`<b>${say("建议", "Proposed")}: ${nameOf(suggested.quantity)}</b> — ` : nothing}${groundsText(suggested, nameOf)}</p>
  </fieldset>`;
}

function text(name, label, { value = "", type = "text", hint = "", on = null, described = nothing } = {}) {
  const by = hint ? `h-${name}` : described;
  const step = type === "number" ? "any" : nothing;
  const input = on
    ? html`<input id="f-${name}" name=${name} type=${type} step=${step} autocomplete="off" .value=${String(value)} @change=${on} aria-describedby=${by}>`
    : html`<input id="f-${name}" name=${name} type=${type} step=${step} autocomplete="off" .defaultValue=${String(value)} aria-describedby=${by}>`;
  return html`<div class="field"><label for="f-${name}">${label}</label>${input}${hint ? html`<small id="h-${name}">${hint}</small>` : nothing}</div>`;
}

function adopted(device, { readings, waiting, channels }) {
  return html`<section class="panel adopted" role="status">
    <h2>${say("已接入", "Adopted")}</h2>
    <p>${say(`${number(readings, 0)} 个读数已转入并开始研判；${channels.length} 个通道：${channels.join("、")}。`, `${number(readings, 0)} readings came over and are judged now; ${channels.length} channels: ${channels.join(", ")}.`)}</p>
    ${waiting ? html`<p>${say(`还有 ${number(waiting, 0)} 个读数待接入：其他字段，或经由别的设备的主题。`, `${number(waiting, 0)} readings wait still: of other fields, or by the topic of another device.`)}</p>` : nothing}
    <p><a class="button main" href=${link("sensors", [device])}>${say("打开设备", "Open the device")}</a> <a class="button" href=${link("sensors", ["quarantine"])}>${say("下一个", "The next one")}</a></p>
  </section>`;
}

// 0.45 was sent, and is 0.44999999999999996 after a sum in a sensor: nobody needs that.
function written(values) {
  return JSON.stringify(values, (_, value) => (typeof value === "number" ? Number(value.toPrecision(12)) : value));
}
