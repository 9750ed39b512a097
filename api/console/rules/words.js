// The words of rules in both languages, by what the API calls them.

import { t } from "../shell/language.js";

const table = (rows) => Object.fromEntries(rows.map(([name, zh, en]) => [name, { zh, en }]));

export const VERBS = table([
  ["save", "生效", "put in force"], ["shadow", "试行", "put on trial"], ["promote", "转正", "promoted"], ["discard", "结束试行", "trial ended"],
  ["rollback", "回退", "rolled back"], ["retire", "停用", "withdrawn"], ["ship", "随程序更新", "came with the program"],
]);

export const BACKTEST_STATES = table([
  ["waiting", "排队中", "waiting"], ["running", "回测中", "running"], ["done", "已完成", "done"], ["failed", "失败", "failed"],
  ["cancelled", "已取消", "cancelled"], ["interrupted", "已中断", "interrupted"],
]);

export const STATUSES = table([
  ["in-force", "生效", "in force"], ["on-trial", "试行", "on trial"], ["withdrawn", "停用", "not in force"],
]);

// Which curve a picture of a backtest is.
export const KINDS = table([
  ["missed", "漏报", "missed"], ["false", "误报", "false"], ["found", "命中", "found"], ["event", "事件", "event"],
  ["on_trial", "试行", "on trial"], ["explained", "已有解释", "explained"],
]);

export const NOTES = table([
  ["explained", "已有解释", "explained"], ["held_back", "窗口内暂不立案", "held back"], ["on_trial", "试行", "on trial"], ["auxiliary", "辅助", "auxiliary"],
]);

export function word(words, name) {
  return t(words[name]) || (name ?? "–");
}

// What a rule is now: in force, on trial beside that, or neither.
export function statusesOf(state) {
  const found = [state.version && "in-force", state.trial && "on-trial"].filter(Boolean);
  return found.length ? found : ["withdrawn"];
}
