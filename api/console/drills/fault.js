// Put a fault into a drill that goes on.

import { post } from "../shell/answers.js";
import { ask } from "../shell/dialog.js";
import { say } from "../shell/language.js";
import { nameOf } from "../shell/quantities.js";
import { FAULTS, VALUED } from "./words.js";

const MINUTES = [10, 30, 60, 120, 360];

export function putIn({ drill, devices }) {
  const places = devices.map(({ device, quantity, unit }) => [device, `${device} · ${nameOf(quantity)}${unit ? ` [${unit}]` : ""}`]);
  const gateways = [...new Set(devices.map(({ gateway }) => gateway).filter(Boolean))].map((one) => [one, `${one} · ${say("网关", "gateway")}`]);
  return ask({
    title: { zh: "注入故障", en: "Put a fault in" },
    note: { zh: "从现在起生效，参演人员看不到。", en: "It begins now. Those who take part do not see it." },
    submit: { zh: "注入", en: "Put in" },
    fields: [
      { name: "what", label: { zh: "故障", en: "Fault" }, kind: "select", required: true, value: "silent", options: Object.entries(FAULTS).filter(([name]) => name !== "gateway-outage" || gateways.length).map(([name, [zh, en, whatZh, whatEn]]) => [name, say(`${zh}：${whatZh}`, `${en}: ${whatEn}`)]) },
      { name: "where", label: { zh: "对象", en: "Where" }, kind: "select", required: true, options: [...places, ...gateways] },
      { name: "minutes", label: { zh: "持续", en: "Lasts" }, kind: "select", value: "30", options: MINUTES.map((one) => [String(one), say(`${one} 分钟`, `${one} min`)]) },
      { name: "value", label: { zh: "数值", en: "Value" }, kind: "number", step: "any", hint: { zh: `尖峰、漂移（每小时）、伪造需要；单位同设备上报`, en: `for a spike, a drift (an hour) and a forged value; in the unit that the device sends` } },
    ],
    send: ({ what, where, minutes, value }) => {
      const given = VALUED.includes(what) && value !== null && value !== "" ? { value } : {};
      return post(`drills/${drill.number}/faults`, { what, where, lasts: `PT${minutes}M`, ...given });
    },
  });
}
