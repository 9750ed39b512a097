// Words that stand inside of sentences: durations, scopes, quantities, roles of departments.

import { say } from "../language.js";
import { nameOf } from "../quantities.js";

const UNITS = { days: "天", day: "天", d: "天", h: "小时", min: "分钟", s: "秒" };

// "2 h", "14 days" as people say it in Chinese.
export const lasting = (text) => text.replace(/(\d) (days|day|d|h|min|s)\b/g, (_, digit, unit) => `${digit} ${UNITS[unit]}`);

export const quantity = (name) => nameOf(name.replaceAll(" ", "_"));

const SCOPES = {
  component: ["部件", "component"], device: ["设备", "device"], channel: ["通道", "channel"], zone: ["片区", "zone"], pipe: ["管线", "pipe"],
  gateway: ["网关", "gateway"], transformer: ["台区", "transformer"], feeder: ["馈线", "feeder"], drain: ["排水管", "drain"],
  station: ["监测站", "station"], cell: ["网格", "grid cell"], grid_cell: ["网格", "grid cell"], city: ["全市", "the city"],
};

// What events are about; a tag of the city's own is shown as it is called there.
export function scopeName(scope) {
  return scope in SCOPES ? say(...SCOPES[scope]) : scope;
}

export const place = (scope, subject) => (scope === "city" ? scopeName(scope) : `${scopeName(scope)} ${subject}`);

const DUTIES = {
  water: ["供水", "water"], drainage: ["排水", "drainage"], gas: ["燃气", "gas"], power: ["供电", "power"], heat: ["供热", "heat"],
  roads: ["市政道路", "roads"], lighting: ["路灯", "lighting"], parks: ["园林绿化", "parks"], telecom: ["通信", "telecommunication"],
  sensing: ["感知设备", "sensing"], "urban-management": ["城市管理执法", "urban management"], district: ["区政府（兜底）", "district government"],
};

// What a department answers for, by the catalogue's roles; a city may have roles of its own.
export function dutyName(role) {
  return role in DUTIES ? say(...DUTIES[role]) : role;
}

const SIDES = { responsible: "主管", owning: "权属", maintaining: "养护" };
export const side = (name) => SIDES[name] ?? name;
