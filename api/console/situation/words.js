// Reasons why something is not watched, kinds of sensors and what windows mean, in words.

import { say } from "../shell/language.js";

// In the order of the API's list.
export const REASONS = [
  "part-down", "gateway-down", "silent", "never-heard", "unreliable", "maintenance", "planned_work",
  "calibration", "shelved", "rule-off", "stranger", "no-sensor",
];

export function reasonName(reason) {
  return {
    "part-down": say("系统部件故障", "part of this system is down"),
    "gateway-down": say("网关离线", "gateway down"),
    silent: say("设备离线", "device silent"),
    "never-heard": say("从未上报", "never heard of"),
    unreliable: say("数据不可信", "data not to be believed"),
    maintenance: say("检修窗口", "maintenance"),
    planned_work: say("计划施工", "planned work"),
    calibration: say("校准中", "calibration"),
    shelved: say("报警搁置", "shelved"),
    "rule-off": say("规则停用", "rule not in force"),
    stranger: say("未接入设备", "device not adopted"),
    "no-sensor": say("网格缺传感器", "cell lacks sensors"),
  }[reason];
}

// What it means for who watches, a sentence.
export function reasonText(reason) {
  return {
    "part-down": say("系统自身的部件未就绪，其工作无人代做。", "A part of this system is not ready; nobody does its work meanwhile."),
    "gateway-down": say("网关后的设备全部看不见，恢复前无数据。", "Everything behind the gateway is blind until it is back."),
    silent: say("超过上报周期仍无数据。", "It has missed its reports for too long."),
    "never-heard": say("已登记在用，但从未收到过数据。", "It is in service, and nothing was ever heard of it."),
    unreliable: say("有数据，但卡滞、漂移、单位或时钟有误。", "It speaks, but is stuck, drifts, or has a wrong unit or clock."),
    maintenance: say("检修期间的发现暂不立案。", "What is found there is held back while people work."),
    planned_work: say("计划施工期间的发现暂不立案。", "What is found there is held back during planned work."),
    calibration: say("校准期间的发现暂不立案。", "What is found there is held back while the sensor is calibrated."),
    shelved: say("值班员暂时搁置了这些规则的报警。", "An operator has put alarms of these rules aside for a while."),
    "rule-off": say("随系统提供的规则目前没有生效版本。", "A rule that comes with the system has no version in force."),
    stranger: say("设备在上报，但无人接入，数据不参与研判。", "It sends, nobody has adopted it, and nothing judges what it says."),
    "no-sensor": say("网格内没有该类传感器。", "No sensor of these kinds stands in the cell."),
  }[reason];
}

export function kindName(kind) {
  return (
    {
      water: say("供水", "water"),
      gas: say("燃气", "gas"),
      power: say("供电", "power"),
      flood: say("内涝", "flood"),
      noise: say("噪声", "noise"),
      cover: say("井盖", "manhole covers"),
      weather: say("气象", "weather"),
      drain: say("排水", "drains"),
    }[kind] ?? kind
  );
}

export function scopeName(scope) {
  return (
    {
      part: say("部件", "part"),
      gateway: say("网关", "gateway"),
      device: say("设备", "device"),
      channel: say("通道", "channel"),
      component: say("部件设施", "component"),
      zone: say("分区", "zone"),
      pipe: say("管线", "pipe"),
      transformer: say("台区", "transformer"),
      city: say("全市", "whole city"),
      rule: say("规则", "rule"),
      grid_cell: say("网格", "grid cell"),
    }[scope] ?? scope
  );
}
