// Reasons that the system itself writes into logs: of cases, rules, dead letters, the trail. Some
// stand in both languages at once, as CSV exports have them; a reader sees the own one.

import { inWords } from "../sentences.js";
import { postName } from "../posts.js";
import { dutyName, lasting, place, quantity, side } from "./names.js";

const STANDINGS = { explained: "已有解释", withdrawn: "已撤销", over: "已结束", standing: "持续中" };
const FACTS = { severity: "级别", code: "类别", condition: "立案条件", title: "名称", grid_cell: "网格", component: "部件", department: "责任部门", lon: "经度", lat: "纬度" };
const LEVELS = { blue: "蓝", yellow: "黄", orange: "橙", red: "红", None: "无", null: "无" };
const standings = (text) => text.split(" and ").map((each) => STANDINGS[each] ?? each).join("、");
const ROLE = "(?:[a-z]+(?:-[a-z]+)?)(?: as \\S+)?(?: in \\S+)?";
// A department is called in both languages at once: "排水管理处 Drainage office".
const one = (name, zh) => {
  const [, first, second] = /^([^A-Za-z]+?) ([A-Za-z].*)$/.exec(name) ?? [null, name, name];
  return zh ? first : second;
};
const whose = (area) => (area === "the city" ? "全市" : ` ${area} 的`);
const also = (zh, en) => [() => zh, () => en];

// "flood.road.deep on component 34... (depth 12 cm on road-1/depth)"
const events = (text) =>
  text.replace(/(\S+) on (\w+) ([^,(]+?)(?: \((\w+) ([^()]+) on ([^()]+)\))?(?=, |$)/g, (_, rule, scope, subject, what, value, channel) => `${place(scope, subject)} ${rule}${what ? `（${channel} ${quantity(what)} ${value}）` : ""}`).replaceAll(", ", "；");

// Roles with their limits, as the trail has them: "dispatcher in 340104, department as 9134..."
const grants = (text) =>
  text === "no role" ? "无角色" : text.split(", ").map((each) => {
    const [, role, department, area] = /^(\S+)(?: as (\S+))?(?: in (\S+))?$/.exec(each) ?? [null, each];
    return `${postName(role)}${department ? `（部门 ${department}）` : ""}${area ? `（区域 ${area}）` : ""}`;
  }).join("、");

export const LOG = [
  [/^传感器发现，证据代替核实 found by sensors: the evidence takes the place of verification$/, ...also("传感器发现，证据代替核实", "found by sensors: the evidence takes the place of verification")],
  [/^符合立案条件 filing condition met: (\P{ASCII}.*?) ?([A-Za-z].*)?$/u, (zh) => `符合立案条件：${zh}`, (zh, en) => `filing condition met: ${en ?? zh}`],
  [/^to be sorted out: (.+)$/, (why) => `待明确：${inWords(why)}`, (why) => `to be sorted out: ${inWords(why)}`],
  [/^撤回确认 taken back: (.+)$/s, (why) => `撤回确认：${inWords(why)}`, (why) => `taken back: ${why}`],
  [/^传感器确认已恢复正常 confirmed: (.+)$/s, (why) => `传感器确认已恢复正常：${inWords(why)}`, (why) => `confirmed: ${why}`],
  [/^传感器仍未恢复正常 not solved, (.+?) after feed-back: (.+)$/s, (time, why) => `反馈后 ${lasting(time)}，传感器仍未恢复正常：${inWords(why)}`, (time, why) => `not solved, ${time} after feed-back: ${why}`],
  [/^传感器无法确认 its sensors cannot tell, (.+?) after feed-back: (.+)$/s, (time, why) => `反馈后 ${lasting(time)}，传感器无法确认：${inWords(why)}`, (time, why) => `its sensors cannot tell, ${time} after feed-back: ${why}`],
  [/^免核查类别，传感器确认后结案 its class trusts the sensor$/, ...also("免核查类别，传感器确认后结案", "its class trusts the sensor")],
  [/^(\S+?)超时，(.+?) (\S+) is overdue: (.+)$/, (stage, zh) => `${stage}超时，${zh}`, (_, __, stage, en) => `${stage} is overdue: ${en}`],
  [/^挂账期满 the suspension has ended$/, ...also("挂账期满", "the suspension has ended")],
  [/^演练结束，系统收尾 the drill has ended$/, ...also("演练结束，系统收尾", "the drill has ended")],
  [/^立案条件的时限 the limit of its filing condition, which its log did not tell$/, ...also("补记立案条件的时限（日志中原无记录）", "the limit of its filing condition, which its log did not tell")],
  [/^再次派遣 to the department that had it$/, ...also("再次派遣到原部门", "to the department that had it")],
  [/^传感器再次报警 the sensor speaks again: (.+)$/, (told) => `传感器再次报警：${events(told)}`, (told) => `the sensor speaks again: ${told}`],
  [/^立案即预警 a case so grave is warned of once it is filed$/, ...also("立案即预警", "a case so grave is warned of once it is filed")],
  [/^案件已了结 the case has ended$/, ...also("案件已了结", "the case has ended")],
  [/^信号均已结束 all its signals have ended$/, ...also("信号均已结束", "all its signals have ended")],
  [/^a signal is back$/, () => "信号重现"],
  [/^its event stands again$/, () => "所属事件重新成立"],
  [/^its events are (.+)$/, (how) => `所属事件${standings(how)}`],
  [/^(\d+) of its events: (.+)$/, (count, how) => `${count} 个所属事件${standings(how)}`],
  [/^(\d+) of its events have causes of their own$/, (count) => `${count} 个所属事件另有原因`],
  [/^(\d+) more of its channels have spoken$/, (count) => `又有 ${count} 个通道报警`],
  [/^joined by event of (.+)$/, (told) => `并入事件：${events(told)}`],
  [/^one cause with case (\S+): (.+)$/, (number, why) => `与案件 ${number} 同因：${inWords(why)}`],
  [/^joined by case (\S+): (.+)$/, (number, why) => `案件 ${number} 并入：${inWords(why)}`],
  [/^joined by case (\S+)$/, (number) => `案件 ${number} 并入`],
  [/^of one cause$/, () => "同一原因"],
  [/^both on during (\S+) on (.+) since (.+), (.+)$/, (rule, where, since) => `均在 ${rule}（${where}，自 ${since}）期间`],
  [/^both on (.+)$/, (path) => `同在 ${path}`],
  [/^of the same class, (\d+) m apart$/, (metres) => `同类，相距 ${metres} 米`],
  [/^case (\S+) was reopened and has left with its reports and events$/, (number) => `案件 ${number} 重开，连同其上报和事件一并移出`],
  [/^(\w+) (\S+) → (\S+)$/, (fact, before, after) => `${FACTS[fact] ?? fact} ${LEVELS[before] ?? before} → ${LEVELS[after] ?? after}`],
  [/^(.+): (\S+) (responsible|owning|maintaining) for (.+), by the matrix$/, (name, _, which) => `${one(name, true)}：按责任矩阵为${side(which)}部门`, (name, _, which, duty) => `${one(name)}: ${which} for ${duty}, by the matrix`],
  [/^权属部门 it keeps component (.+)$/, (code) => `部件 ${code} 的权属部门`, (code) => `it keeps component ${code}`],
  [/^(.+): responsible for (\S+) in (.+)$/, (name, role, area) => `${one(name, true)}：${whose(area)}${dutyName(role)}主管部门`, (name, role, area) => `${one(name)}: responsible for ${role} in ${area}`],
  [/^(.+): nobody owns (\S+) in (.+)$/, (name, role, area) => `${one(name, true)}：${whose(area)}${dutyName(role)}无人负责，由其兜底`, (name, role, area) => `${one(name)}: nobody owns ${role} in ${area}`],
  [/^(\S+) cannot follow (.+?): (.+)$/s, (peer, what, why) => `${peer} 无法办理“${what === "a message" ? "一条消息" : what}”：${inWords(why)}`],
  [/^(.+); dismissed by (.+?): (.+)$/s, (why, who, reason) => `${inWords(why)}；${who}已搁置：${reason}`],
  [/^brought along by the program$/, () => "随程序提供"],
  [/^(\d+) readings stored, (\d+) were there, (\d+) in quarantine$/, (stored, there, quarantine) => `存入 ${stored} 条读数，${there} 条已有，${quarantine} 条待接纳`],
  [/^still unusable: (.+)$/s, (why) => `仍不可用：${inWords(why)}`],
  [/^(made|rotated|revoked) the key (.+?)(?:: (.+))?$/, (did, name, roles) => `${{ made: "新建", rotated: "轮换", revoked: "吊销" }[did]}密钥 ${name}${roles ? `：${grants(roles)}` : ""}`],
  [/^let in (.+): (.+)$/, (name, roles) => `允许 ${name} 登录：${grants(roles)}`],
  [new RegExp(`^gave (\\S+) (${ROLE})$`), (name, role) => `授予 ${name}：${grants(role)}`],
  [new RegExp(`^took (${ROLE}) from (\\S+)$`), (role, name) => `收回 ${name} 的 ${grants(role)}`],
  [/^disabled (\S+)$/, (name) => `停用 ${name}`],
  [/^enabled (\S+)$/, (name) => `启用 ${name}`],
  [/^a one-time link for (.+)$/, (name) => `为 ${name} 生成一次性链接`],
  [/^(.+?) used a one-time link(?: with (.+))?$/, (name) => `${name} 使用一次性链接登录`],
  [/^(.+?) changed the password$/, (name) => `${name} 修改密码`],
  [/^(.+?) signed in(?: with (.+))?$/, (name, provider) => `${name} 登录${provider ? `（${provider}）` : ""}`],
  [/^wrong password for (.+)$/, (name) => `${name} 密码错误`],
  [/^reset the second factor of (.+)$/, (name) => `重置 ${name} 的第二因素`],
  [/^made new recovery codes$/, () => "生成新的恢复码"],
  [/^ended the own second factor$/, () => "解除自己的第二因素"],
  [/^wrong code$/, () => "验证码错误"],
  [/^no such name$/, () => "没有此用户名"],
  [/^not let in: (.+)$/s, (why) => `未能登录：${inWords(why)}`],
  [/^(looked at|imported) (.+): (.+) rows, (.+) new, (.+) changed$/, (did, name, rows, added, changed) => `${did === "imported" ? "导入" : "检查"} ${name}：${rows} 行，新增 ${added}，变更 ${changed}`],
  [/^cancelled (.+): nothing was imported$/, (name) => `取消导入 ${name}，未作改动`],
];
