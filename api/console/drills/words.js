// The words of drills, in both languages.

import { both, say } from "../shell/language.js";
import { inWords } from "../shell/sentences.js";

const STATES = {
  preparing: ["准备中", "being prepared", ""],
  running: ["进行中", "running", "green"],
  paused: ["已暂停", "paused", "yellow"],
  over: ["剧情已完", "story over", "blue"],
  interrupted: ["已中断", "interrupted", "orange"],
  failed: ["失败", "failed", "red"],
  ended: ["已结束", "ended", ""],
};

export const stateName = (state) => say(...(STATES[state] ?? [state, state]));
export const stateInk = (state) => STATES[state]?.[2] ?? "";
export const isOn = (state) => state !== "ended";
// Whether devices of the drill still speak.
export const isPlayed = (state) => ["preparing", "running", "paused", "over"].includes(state);

export const FAULTS = {
  silent: ["掉线", "silent", "设备不再上报", "the device says nothing"],
  stuck: ["卡死", "stuck", "重复当前数值", "it repeats the value that it has"],
  spike: ["尖峰", "spike", "一个读数大错", "one reading is far off"],
  drift: ["漂移", "drift", "零点按每小时数值漂移", "its zero wanders, so much an hour"],
  forged: ["伪造", "forged", "有人冒名上报此数值", "somebody else says this value in its name"],
  "gateway-outage": ["网关中断", "gateway outage", "其后所有设备无声", "everything behind it is silent"],
};
export const faultName = (what) => (FAULTS[what] ? say(FAULTS[what][0], FAULTS[what][1]) : what);
export const VALUED = ["spike", "drift", "forged"];

const STEPS = {
  found: ["发现", "found"],
  filed: ["立案", "filed"],
  dispatched: ["派遣", "dispatched"],
  handled: ["到场处置", "taken up"],
  "fed-back": ["反馈", "fed back"],
  closed: ["结案", "closed"],
};
export const STEP_NAMES = Object.keys(STEPS);
export const stepName = (step) => say(...(STEPS[step] ?? [step, step]));

const POSTS = {
  system: ["系统", "the system"],
  intake: ["受理员", "intake"],
  "shift-lead": ["值班长", "shift lead"],
  dispatcher: ["派遣员", "dispatcher"],
  inspector: ["监督员", "inspector"],
  department: ["专业部门", "department"],
  "command-lead": ["指挥长", "command lead"],
  leader: ["领导", "leader"],
  partner: ["协同单位", "partner"],
};
export const postName = (post) => say(...(POSTS[post] ?? [post, post]));

const FATES = {
  found: ["已发现", "found", "green", "✓"],
  missed: ["漏报", "missed", "red", "✗"],
  waiting: ["尚未发现", "not found yet", "yellow", "…"],
  ahead: ["尚未发生", "still ahead", "", "·"],
  quiet: ["未误报", "nobody taken in", "green", "✓"],
  false: ["误报", "taken for real", "orange", "!"],
};
export const fate = (name) => FATES[name] ?? [name, name, "", ""];

const MET = {
  met: ["按时", "met", "green", "✓"],
  late: ["迟到", "late", "orange", "!"],
  missed: ["未完成", "not done", "red", "✗"],
  waiting: ["未到时限", "still open", "", "…"],
};
export const met = (name) => MET[name] ?? [name, name, "", ""];

const VERBS = {
  start: ["开始", "began"], pause: ["暂停", "paused"], resume: ["继续", "went on"], fault: ["注入故障", "put a fault in"],
  end: ["结束", "ended"], over: ["剧情已完", "the story was over"], interrupt: ["系统停机，演练中断", "the system stopped, interrupted"],
  fail: ["失败", "failed"], refuse: ["未能注入", "could not be put in"],
};
export const verbName = (verb) => say(...(VERBS[verb] ?? [verb, verb]));

const ROLES = { problem: ["问题", "problem"], decoy: ["干扰", "decoy"], fault: ["小故障", "small fault"] };
export const roleName = (role) => say(...(ROLES[role] ?? [role, role]));

// Of something with title_zh and title_en, or {zh, en}: the reader's language.
export const titleOf = (one) => both(one.title_zh ?? one.zh, one.title_en ?? one.en)[0];

// What happened, by its title; what somebody put in, by the fault's name.
export const happeningName = (one) => (one.title ? titleOf(one.title) : faultName(one.what.replace(" ", "-")));

// What was done, with its details: "put a fault in: silent on road-17 for 30 min".
export function doing({ verb, details }, duration) {
  if (verb === "fault") {
    const value = details.value === null || details.value === undefined ? "" : ` ${details.value}`;
    return `${verbName(verb)}: ${faultName(details.what)}${value} · ${details.where} · ${duration(details.lasts)}`;
  }
  if (verb === "end") return `${verbName(verb)}${details.open_cases ? say(`，作废在办演练案件 ${details.open_cases} 件`, `, ${details.open_cases} open cases voided`) : ""}`;
  return `${verbName(verb)}${details.why ? `: ${inWords(details.why)}` : ""}`;
}
