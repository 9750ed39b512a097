// The words of the page in both languages, and how times, durations and values are written.

const WORDS = {
  openCases: ["未结案件", "Open cases"],
  problem: ["问题", "Problem"],
  where: ["位置", "Place"],
  department: ["责任部门", "Department"],
  timeLeft: ["剩余时限", "Time left"],
  foundAfter: ["发现用时", "Found after"],
  lastEvents: ["最近事件", "Latest events"],
  noCases: ["目前没有未结案件。", "No case is open."],
  noEvents: ["还没有事件。", "No events yet."],
  map: ["地图", "Map"],
  back: ["返回列表", "All cases"],
  close: ["关闭", "Close"],
  began: ["问题开始", "Began"],
  found: ["系统发现", "Found"],
  opened: ["受理登记", "Opened"],
  due: ["时限", "Due"],
  ended: ["信号结束", "Signal ended"],
  overdue: ["超时", "overdue"],
  closedIn: ["已办结", "closed"],
  class: ["类别", "Class"],
  state: ["状态", "State"],
  component: ["部件", "Component"],
  gridCell: ["单元网格", "Grid cell"],
  frozen: ["立案时固定的证据", "frozen when the case began"],
  sinceThen: ["其后读数", "readings since"],
  zoomIn: ["放大", "Zoom in"],
  zoomOut: ["缩小", "Zoom out"],
  evidence: ["证据", "Evidence"],
  noEvidence: ["此案件没有曲线证据。", "This case has no curve."],
  why: ["规则说明", "Why the rule speaks"],
  quiet: ["何种情况下不会报警", "What would have kept it quiet"],
  falseAlarms: ["常见误报", "Known false alarms"],
  steps: ["处置建议", "What to do"],
  log: ["案件日志", "Log"],
  rule: ["规则", "Rule"],
  version: ["版本", "version"],
  limit: ["限值", "limit"],
  peak: ["峰值", "peak"],
  lowest: ["最低", "lowest"],
  behind: ["时钟滞后", "clock behind by"],
  devices: ["设备", "Devices"],
  alarming: ["报警", "Alarming"],
  unwell: ["异常设备", "Unwell"],
  quarantined: ["待认领", "Unadopted"],
  overdueCases: ["超时案件", "Overdue"],
  gateway: ["网关", "Gateway"],
  lastHeard: ["最近上报", "Last heard"],
  lastDay: ["最近 24 小时", "Last 24 hours"],
  noReadings: ["没有读数", "No readings"],
  normal: ["正常", "normal"],
  silent: ["失联", "silent"],
  live: ["数据实时", "live"],
  stale: ["已无数据", "no reading for"],
  offline: ["连接中断", "disconnected"],
  waiting: ["等待数据", "waiting for data"],
  noDatabase: ["数据库无响应", "database not answering"],
  ago: ["前", "ago"],
  events: ["事件", "events"],
  nowhere: ["没有已定位的设备。", "No device has a place yet."],
  trouble: ["无法读取数据，正在重试：", "Data cannot be read, trying again: "],
  unknownCase: ["没有此案件。", "There is no such case."],
  water: ["供水", "Water"],
  gas: ["燃气", "Gas"],
  power: ["供电", "Power"],
  flood: ["积水", "Flood"],
  noise: ["噪声", "Noise"],
  cover: ["井盖", "Cover"],
  other: ["其他", "Other"],
  blue: ["蓝色", "blue"],
  yellow: ["黄色", "yellow"],
  orange: ["橙色", "orange"],
  red: ["红色", "red"],
  standing: ["持续中", "standing"],
  over: ["已结束", "over"],
  withdrawn: ["已撤回", "withdrawn"],
  explained: ["已有解释", "explained"],
  reported: ["已上报", "reported"],
  accepted: ["已受理", "accepted"],
  filed: ["已立案", "filed"],
  dispatched: ["已派遣", "dispatched"],
  handling: ["处置中", "handling"],
  "fed-back": ["待核查", "fed back"],
  inspected: ["待结案", "inspected"],
  closed: ["已结案", "closed"],
  void: ["已作废", "void"],
  verifying: ["核实中", "being verified"],
  suspended: ["挂账", "suspended"],
  "handed-over": ["已移交", "handed over"],
  inspecting: ["核查中", "being inspected"],
  rejected: ["不予立案", "not filed"],
  "verb-report": ["上报", "reported"],
  "verb-ask-verify": ["核实派发", "sent to verify"],
  "verb-verify": ["核实", "verified"],
  "verb-accept": ["受理", "accepted"],
  "verb-reject": ["不予立案", "not filed"],
  "verb-file": ["立案", "filed"],
  "verb-dispatch": ["派遣", "dispatched"],
  "verb-redirect": ["改派", "redirected"],
  "verb-handle": ["处置", "handling"],
  "verb-feed-back": ["反馈", "fed back"],
  "verb-ask-inspect": ["核查派发", "sent to inspect"],
  "verb-inspect": ["核查", "inspected"],
  "verb-confirm": ["传感器确认", "sensor normal"],
  "verb-rework": ["返工", "rework"],
  "verb-close": ["结案", "closed"],
  "verb-return": ["退回", "returned"],
  "verb-void": ["作废", "voided"],
  "verb-reopen": ["重开", "reopened"],
  "verb-ask-extension": ["申请延期", "extension asked"],
  "verb-ask-suspension": ["申请挂账", "suspension asked"],
  "verb-appeal": ["超时申诉", "appealed"],
  "verb-approve": ["初审同意", "approved, first level"],
  "verb-extend": ["延期", "extended"],
  "verb-suspend": ["挂账", "suspended"],
  "verb-exempt": ["申诉成立", "appeal granted"],
  "verb-refuse": ["不同意", "refused"],
  "verb-resume": ["恢复", "resumed"],
  "verb-hand-over": ["移交", "handed over"],
  "verb-supervise": ["督办", "supervision order"],
  "verb-urge": ["催办", "urged"],
  "verb-escalate": ["升级", "escalated"],
  "verb-call-back": ["回访", "called back"],
  "verb-note": ["批注", "note"],
  "verb-merge": ["并入", "merged"],
  "verb-join": ["并案", "joined"],
  "verb-amend": ["更正", "amended"],
  "source-sensor": ["传感器", "sensor"],
  "source-inspector": ["监督员上报", "inspector"],
  "source-hotline": ["公众热线", "hotline"],
  "source-police": ["110移交", "from 110"],
  "source-video": ["视频", "video"],
  "source-leader": ["领导批示", "leader's note"],
  "source-system": ["其他系统", "other system"],
  "stage-intake": ["受理", "intake"],
  "stage-verify": ["核实", "verification"],
  "stage-filing": ["立案", "filing"],
  "stage-dispatch": ["派遣", "dispatch"],
  "stage-handling": ["处置", "handling"],
  "stage-order-inspection": ["核查派发", "ordering inspection"],
  "stage-inspect": ["核查", "inspection"],
  "stage-closing": ["结案", "closing"],
  "level-1": ["社区网格", "community"],
  "level-2": ["街道", "street"],
  "level-3": ["区县", "district"],
  "level-4": ["市级", "city"],
  source: ["来源", "Source"],
  level: ["层级", "Level"],
  clocks: ["各环节计时", "Clocks"],
  stage: ["环节", "Stage"],
  allowed: ["时限", "Limit"],
  stands: ["停表", "clock stands"],
  inTime: ["按时", "in time"],
  late: ["超时", "late"],
  green: ["绿灯", "green"],
  verification: ["传感器核验", "Sensor"],
  "emergency-hours": ["紧急工作时", "emergency h"],
  "working-hours": ["工作时", "working h"],
  "working-days": ["工作日", "working days"],
  whose: ["责任方", "Whose"],
  done: ["完成", "Done"],
  noClock: ["不计时", "no clock runs"],
  exercise: ["演练", "exercise"],
  normalSince: ["传感器恢复正常，自", "Sensors normal since"],
  notYetNormal: ["传感器尚未恢复正常", "Sensors not normal yet"],
  looked: ["核对于", "looked at"],
  mayBeSame: ["疑似重复案件", "May be the same problem"],
  reports: ["上报", "Reports"],
  picture: ["照片", "picture"],
  takenAway: ["未评", "not judged"],
  evaluation: ["综合评价", "Evaluation"],
  month: ["月份", "Month"],
  area: ["区域", "Area"],
  rankedAreas: ["排名单位", "Ranked areas"],
  wholeCity: ["全市", "The city"],
  total: ["合计", "Total"],
  unknown: ["不详", "Not known"],
  district: ["区县", "District"],
  street: ["街道", "Street"],
  community: ["社区", "Community"],
  cell: ["单元网格", "Grid cell"],
  role: ["岗位", "Post"],
  person: ["人员", "Person"],
  departmentRanking: ["专业部门排名", "Ranking of departments"],
  districtRanking: ["区县排名", "Ranking of districts"],
  streetRanking: ["街道排名", "Ranking of streets"],
  communityRanking: ["社区排名", "Ranking of communities"],
  monthsOfYear: ["本年各月综合得分", "Composite score, the months of the year"],
  everyIndicator: ["各项指标", "Every indicator"],
  sensorIndicators: ["传感器", "Sensors"],
  definitions: ["办法与定义", "Method and definitions"],
  by: ["维度", "By"],
  indicator: ["指标", "Indicator"],
  rankWord: ["名次", "Rank"],
  nameWord: ["名称", "Name"],
  dueCases: ["应结案", "Due"],
  reworkCount: ["返工", "Reworked"],
  exempt: ["申诉豁免", "Exempt"],
  withExempt: ["计入豁免", "with exempt"],
  exemptLeftOut: ["不含申诉豁免案件", "without exempt cases"],
  scoreWord: ["综合得分", "Score"],
  gradeWord: ["等级", "Grade"],
  valueWord: ["值", "Value"],
  topWord: ["分子", "Numerator"],
  bottomWord: ["分母", "Denominator"],
  reworkPoints: ["返工次数分（每月）", "points for reworks a month"],
  "cohort-reported": ["期内上报", "by time of report"],
  "cohort-filed": ["期内立案", "by time of filing"],
  "cohort-due": ["期内应结案", "by time when handled or overdue"],
  noDue: ["没有应结案件", "nothing was due"],
  noneCounted: ["没有案件", "no case"],
  counting: ["正在统计…", "Counting …"],
  cannotRead: ["无法读取数据：", "Data cannot be read: "],
  more: ["更多", "More"],
  asOf: ["数据截至", "As of"],
  handledLate: ["超期处置", "handled late"],
  handledInTime: ["按期处置", "handled in time"],
  sensorCount: ["在用传感设备", "Active devices"],
  precision: ["属实率", "Precision: confirmed real / judged"],
  missedBySensors: ["漏报", "Missed: the public told first, or alone"],
  leadTime: ["早于公众首报（中位数）", "Median lead over the first public report"],
  falsePer1000: ["每千台每月误报", "False cases per 1,000 devices and month"],
  availability: ["数据到报率", "Availability: readings received / expected"],
};

let column = 1;
let zone = "UTC";

export function language() {
  return column === 0 ? "zh" : "en";
}

export function speak(code) {
  column = code === "zh" ? 0 : 1;
  document.documentElement.lang = code;
  try {
    localStorage.setItem("language", code);
  } catch {
    // Storage may be closed to us; then the choice lasts as long as the page.
  }
}

export function preferred() {
  let kept = null;
  try {
    kept = localStorage.getItem("language");
  } catch {
    kept = null;
  }
  return kept ?? (navigator.language.startsWith("zh") ? "zh" : "en");
}

export function word(name) {
  return WORDS[name]?.[column] ?? name;
}

// The names of a thing in the chosen language first; the other one, for the small line below it.
export function both(zh, en) {
  const [first, second] = column === 0 ? [zh, en] : [en, zh];
  return first ? [first, second === first ? "" : second] : [second, ""];
}

export function useZone(name) {
  zone = name;
}

function parts(when, names) {
  const options = Object.fromEntries(names.map((name) => [name, name === "year" ? "numeric" : "2-digit"]));
  const found = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone, hourCycle: "h23" }).formatToParts(new Date(when));
  return names.map((name) => found.find((part) => part.type === name).value);
}

// Month and day first, as in ISO 8601, whatever the reader's country does.
export function clockTime(when, seconds = false) {
  const [month, day, ...clock] = parts(when, ["month", "day", "hour", "minute", ...(seconds ? ["second"] : [])]);
  return `${month}-${day} ${clock.join(":")}`;
}

export function fullTime(when) {
  const [year, month, day, ...clock] = parts(when, ["year", "month", "day", "hour", "minute", "second"]);
  return `${year}-${month}-${day} ${clock.join(":")} ${zone}`;
}

const UNITS = [["天", "d", 86400], ["小时", "h", 3600], ["分", "min", 60], ["秒", "s", 1]];

// Two units say enough: 3 d 4 h, 2 min 30 s; from ten minutes on seconds say nothing.
export function duration(seconds) {
  let left = Math.round(Math.abs(seconds));
  if (left >= 600) left -= left % 60;
  const said = [];
  for (const [zh, en, size] of UNITS) {
    if (left >= size || (size === 1 && said.length === 0)) {
      said.push(`${Math.floor(left / size)} ${column === 0 ? zh : en}`);
      left %= size;
    } else if (said.length) break;
    if (said.length === 2) break;
  }
  return said.join(" ");
}

export function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString(language(), { maximumFractionDigits: digits });
}
