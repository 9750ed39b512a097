// What the server says of a case in English sentences, in the reader's language.

import { language } from "../shell/language.js";
import { LIMITS, ROLES, SOURCES, VERBS } from "./words.js";

const verb = (name) => VERBS[name]?.zh ?? name;
const verbs = (text) => text.split(" or ").map(verb).join("或");
const role = (name) => ROLES[name]?.zh ?? name;

// [what is said, how it is said in Chinese]
const SENTENCES = [
  [/^intake takes the report up$/, () => "受理员受理上报"],
  [/^an inspector says whether there is such a problem$/, () => "监督员核实问题是否存在"],
  [/^a shift lead files it under a condition of the catalogue$/, () => "值班长按立案条件立案"],
  [/^a dispatcher sends it to a department$/, () => "派遣员派遣到专业部门"],
  [/^the department takes it up$/, () => "专业部门开始处置"],
  [/^the department says that it is done$/, () => "专业部门反馈处置完成"],
  [/^(.+) says that it is done$/, (who) => `${who}反馈处置完成`],
  [/^an inspection is ordered$/, () => "派发核查"],
  [/^an inspector says whether the closing condition holds$/, () => "监督员现场核查是否达到结案条件"],
  [/^a shift lead closes it$/, () => "值班长结案"],
  [/^its suspension ends at (.+)$/, (at) => `挂账于 ${at} 到期`],
  [/^(.+) acted as ([\w-]+) in this case and may not act as ([\w-]+)$/, (who, was, as) => `${who}已在此案件中担任${role(was)}，不能再担任${role(as)}`],
  [/^(.+) did ([\w-]+) in this case and may not ([\w-]+) it$/, (who, did, may) => `${who}已在此案件中“${verb(did)}”，不能再“${verb(may)}”`],
  [/^([\w-]+) needs a reason$/, (what) => `“${verb(what)}”须说明理由`],
  [/^a report by ([\w-]+) is verified on site first: ask-verify$/, (source) => `${SOURCES[source]?.zh ?? source}的上报须先现场核实：派发核实`],
  [/^the inspector found no such problem: reject it, or have it verified again$/, () => "监督员未发现所报问题：不予立案，或再次派发核实"],
  [/^file names a filing condition of the catalogue$/, () => "立案须选择立案条件"],
  [/^dispatch needs a department$/, () => "派遣须指定责任部门"],
  [/^it was dispatched to (\S+) before: another department is a redirect$/, (code) => `此前已派遣到 ${code}：换部门请用改派`],
  [/^nobody has dispatched it yet: dispatch$/, () => "尚未派遣：请先派遣"],
  [/^a redirect is to another department than (\S+)$/, (code) => `改派须换为 ${code} 以外的部门`],
  [/^an extension is asked before the deadline$/, () => "延期须在到期前申请"],
  [/^a limit is extended at most (\d+) times$/, (most) => `最多延期 ${most} 次`],
  [/^an extension is at most the original limit(?:, ([\d.e+]+) ([\w-]+))?$/, (amount, kind) => `延期不得超过原时限${amount ? `（${amount} ${LIMITS[kind]?.zh ?? kind}）` : ""}`],
  [/^([\w-]+) is not decided yet$/, (what) => `“${verb(what)}”尚未批复`],
  [/^a case is suspended once at most$/, () => "一个案件最多挂账一次"],
  [/^a suspension ends later than now and within (\d+) days$/, (days) => `挂账须在 ${days} 天内到期，且晚于现在`],
  [/^nobody asks: (.+) comes first$/, (what) => `无人申请：须先“${verbs(what)}”`],
  [/^a dispatcher approves it first$/, () => "须先由派遣员初审同意"],
  [/^it is approved already$/, () => "已初审同意"],
  [/^the day that was asked for has passed: refuse it$/, () => "申请的日期已过：请不同意"],
  [/^the suspension has not ended yet$/, () => "挂账尚未到期"],
  [/^resuming before the day agreed on needs a reason$/, () => "提前恢复须说明理由"],
  [/^there is one appeal a closing$/, () => "每次结案只能申诉一次"],
  [/^it was handled in time: nothing to appeal$/, () => "按时处置，无需申诉"],
  [/^the inspection did not find the closing condition met: rework$/, () => "核查未达到结案条件：请返工"],
  [/^its sensor has not been normal for long enough: wait, or give a reason to close anyway$/, () => "传感器恢复正常的时间还不够：请等待，或说明理由后结案"],
  [/^the case has moved on to version (\d+), you saw (\d+)(?:: (.+) did ([\w-]+))?; look again$/, (now, seen, who, did) => `案件已更新到第 ${now} 版，您看到的是第 ${seen} 版${who ? `：${who}已“${verb(did)}”` : ""}；请重新查看`],
  [/^cannot ([\w-]+) a case that is ([\w-]+)$/, (what) => `案件现在的状态不能“${verb(what)}”`],
  [/^there is no department (.+)$/, (code) => `没有部门 ${code}`],
  [/^another case of the same cause is open; work on that one$/, () => "同一原因的另一案件尚未结案，请在该案件上办理"],
  [/^nobody called about this case: there is nobody to call back$/, () => "此案件没有来电人，无需回访"],
];

export function inWords(sentence) {
  if (language() !== "zh" || !sentence) return sentence;
  for (const [said, words] of SENTENCES) {
    const found = said.exec(sentence);
    if (found) return words(...found.slice(1));
  }
  return sentence;
}

// Without the refusal's own words nobody knows what to mend: they are said in the reader's language.
export async function saidInWords(work) {
  try {
    return await work();
  } catch (why) {
    if (why.message) why.message = inWords(why.message);
    throw why;
  }
}
