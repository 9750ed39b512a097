// The words of casework in both languages, by what the API calls them.

import { t } from "../shell/language.js";

const table = (rows) => Object.fromEntries(rows.map(([name, zh, en]) => [name, { zh, en }]));

export const STATES = table([
  ["reported", "已上报", "reported"], ["verifying", "核实中", "being verified"], ["accepted", "已受理", "accepted"],
  ["filed", "已立案", "filed"], ["dispatched", "已派遣", "dispatched"], ["handling", "处置中", "in work"],
  ["suspended", "挂账", "suspended"], ["handed-over", "已移交", "handed over"], ["fed-back", "待核查", "fed back"],
  ["inspecting", "核查中", "being inspected"], ["inspected", "待结案", "inspected"], ["closed", "已结案", "closed"],
  ["rejected", "不予立案", "not filed"], ["void", "已作废", "void"],
]);
export const ENDS = new Set(["closed", "rejected", "void"]);

// What a person does; the log says that it was done.
export const VERBS = table([
  ["report", "上报", "Report"], ["ask-verify", "派发核实", "Have it verified"], ["verify", "核实", "Verify"],
  ["accept", "受理", "Accept"], ["reject", "不予立案", "Do not file"], ["file", "立案", "File"],
  ["dispatch", "派遣", "Dispatch"], ["redirect", "改派", "Redirect"], ["handle", "开始处置", "Take up"],
  ["feed-back", "反馈", "Feed back"], ["ask-inspect", "派发核查", "Have it inspected"], ["inspect", "核查", "Inspect"],
  ["confirm", "传感器确认", "Sensor confirms"], ["rework", "返工", "Send back for rework"], ["close", "结案", "Close"],
  ["return", "退回", "Return"], ["void", "作废", "Void"], ["reopen", "重开", "Reopen"],
  ["ask-extension", "申请延期", "Ask for an extension"], ["ask-suspension", "申请挂账", "Ask for a suspension"],
  ["appeal", "超时申诉", "Appeal"], ["approve", "初审同意", "Approve"], ["extend", "同意延期", "Extend"],
  ["suspend", "同意挂账", "Suspend"], ["exempt", "申诉成立", "Grant the appeal"], ["refuse", "不同意", "Refuse"],
  ["resume", "恢复计时", "Resume"], ["hand-over", "移交", "Hand over"], ["supervise", "督办", "Supervise"],
  ["urge", "催办", "Urge"], ["escalate", "升级", "Escalate"], ["call-back", "回访", "Call back"],
  ["note", "批注", "Note"], ["merge", "并入其他案件", "Merge into another"], ["join", "并案", "Join"], ["amend", "更正", "Correct"],
]);
export const DONE = table([
  ["report", "上报", "reported"], ["ask-verify", "派发核实", "sent to be verified"], ["verify", "核实", "verified"],
  ["accept", "受理", "accepted"], ["reject", "不予立案", "not filed"], ["file", "立案", "filed"],
  ["dispatch", "派遣", "dispatched"], ["redirect", "改派", "redirected"], ["handle", "开始处置", "taken up"],
  ["feed-back", "反馈", "fed back"], ["ask-inspect", "派发核查", "sent to be inspected"], ["inspect", "核查", "inspected"],
  ["confirm", "传感器确认", "confirmed by its sensor"], ["rework", "返工", "sent back for rework"], ["close", "结案", "closed"],
  ["return", "退回", "returned"], ["void", "作废", "voided"], ["reopen", "重开", "reopened"],
  ["ask-extension", "申请延期", "extension asked"], ["ask-suspension", "申请挂账", "suspension asked"],
  ["appeal", "超时申诉", "appealed"], ["approve", "初审同意", "approved, first level"], ["extend", "延期", "extended"],
  ["suspend", "挂账", "suspended"], ["exempt", "申诉成立", "appeal granted"], ["refuse", "不同意", "refused"],
  ["resume", "恢复计时", "resumed"], ["hand-over", "移交", "handed over"], ["supervise", "督办", "supervision order"],
  ["urge", "催办", "urged"], ["escalate", "超时升级", "gone up a level"], ["call-back", "回访", "called back"],
  ["note", "批注", "note"], ["merge", "并入", "merged"], ["join", "并案", "joined"], ["amend", "更正", "corrected"],
]);
// What may be said of nearly any case beside what moves it on.
export const ASIDE = new Set(["note", "urge", "supervise", "join", "amend", "merge"]);

export const ROLES = table([
  ["system", "系统", "system"], ["intake", "受理员", "intake"], ["shift-lead", "值班长", "shift lead"],
  ["inspector", "监督员", "inspector"], ["dispatcher", "派遣员", "dispatcher"], ["command-lead", "指挥长", "command lead"],
  ["department", "专业部门", "department"], ["partner", "协同单位", "partner"], ["leader", "领导", "leader"],
  ["evaluator", "考评员", "evaluator"],
]);
export const SOURCES = table([
  ["sensor", "传感器", "sensor"], ["inspector", "监督员上报", "inspector"], ["hotline", "公众热线", "hotline"],
  ["police", "110移交", "from 110"], ["video", "视频", "video"], ["leader", "领导批示", "leader's note"], ["system", "其他系统", "other system"],
]);
export const STAGES = table([
  ["intake", "受理", "intake"], ["verify", "核实", "verification"], ["filing", "立案", "filing"],
  ["dispatch", "派遣", "dispatch"], ["handling", "处置", "handling"], ["order-inspection", "核查派发", "ordering inspection"],
  ["inspect", "核查", "inspection"], ["closing", "结案", "closing"],
]);
export const LIGHTS = table([
  ["red", "红灯", "red"], ["yellow", "黄灯", "yellow"], ["green", "绿灯", "green"], ["standing", "不计时", "no clock"],
]);
export const SEVERITIES = table([["blue", "蓝色", "blue"], ["yellow", "黄色", "yellow"], ["orange", "橙色", "orange"], ["red", "红色", "red"]]);
export const LEVELS = { 1: { zh: "社区网格", en: "community" }, 2: { zh: "街道", en: "street" }, 3: { zh: "区县", en: "district" }, 4: { zh: "市级", en: "city" } };
export const LIMITS = table([["emergency-hours", "紧急工作时", "emergency h"], ["working-hours", "工作时", "working h"], ["working-days", "工作日", "working days"]]);
export const STANDINGS = table([["standing", "持续中", "standing"], ["over", "已结束", "over"], ["withdrawn", "已撤回", "withdrawn"], ["explained", "已有解释", "explained"]]);
export const COMPONENT_STATES = table([["intact", "完好", "intact"], ["damaged", "破损", "damaged"], ["missing", "丢失", "missing"], ["abandoned", "废弃", "abandoned"], ["occupied", "占用", "occupied"], ["removed", "移除", "removed"]]);
export const OUTCOMES = table([
  ["real", "属实", "real"], ["false", "误报", "false alarm"], ["duplicate", "重复", "duplicate"],
  ["sensor-fault", "传感器故障", "sensor fault"], ["planned-work", "计划作业", "planned work"], ["exercise", "演练", "exercise"],
]);
export const SATISFACTIONS = table([["satisfied", "满意", "satisfied"], ["fair", "基本满意", "fair"], ["dissatisfied", "不满意", "dissatisfied"]]);
export const QUALITY = table([
  ["OUT_OF_RANGE", "超出量程", "out of range"], ["TOO_FAST", "变化过快", "changed too fast"], ["NOT_A_NUMBER", "非数值", "not a number"],
  ["FUTURE", "未来时间", "from the future"], ["EPOCH", "时钟未设", "clock never set"], ["SKEWED", "时钟偏差", "clock is off"],
  ["NO_DEVICE_TIME", "无设备时间", "no device time"], ["LATE", "迟到", "late"], ["WRONG_UNIT", "单位不符", "wrong unit"],
  ["CALIBRATION", "校准期间", "in calibration"], ["IMPORTED", "导入", "imported"],
]);
// What a step says, beside its reason.
export const FIELDS = table([
  ["found", "是否存在所报问题", "Is there such a problem?"], ["passed", "现场是否达到结案条件", "Does the closing condition hold on site?"],
  ["department", "责任部门", "Department"], ["to", "移交给", "Handed over to"], ["outcome", "结果", "Outcome"],
  ["into", "并入案件（编号）", "Into the case (number)"], ["amount", "延长", "By how much"], ["until", "挂账至", "Until"],
  ["satisfaction", "来电人评价", "The caller says"], ["photos", "照片", "Photos"], ["condition", "立案条件", "Filing condition"],
  ["severity", "等级", "Severity"], ["component", "部件编码", "Code of the component"], ["grid_cell", "单元网格", "Grid cell"],
  ["lon", "经度", "Longitude"], ["lat", "纬度", "Latitude"], ["address", "地址", "Address"], ["description", "问题描述", "What is wrong"],
  ["report", "回访的上报", "Report called back about"], ["reason", "理由", "Reason"], ["role", "以何岗位", "As"],
]);

// A word of a table; what it does not have is shown as it is.
export function word(words, name) {
  return t(words[name]) || (name ?? "–");
}
