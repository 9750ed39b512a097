// The words of CAP 1.2 in both languages, by what the API calls them.

const table = (rows) => Object.fromEntries(rows.map(([name, zh, en]) => [name, { zh, en }]));

export const KINDS = table([["Alert", "发布", "issued"], ["Update", "更新", "updated"], ["Cancel", "解除", "called off"]]);
export const STATUSES = table([["Actual", "实际", "real"], ["Exercise", "演练", "exercise"], ["Test", "测试", "test"]]);
export const GRAVITY = table([["red", "特别重大", "extreme"], ["orange", "重大", "severe"], ["yellow", "较大", "moderate"], ["blue", "一般", "minor"]]);
export const URGENCIES = table([
  ["Immediate", "立即应对", "immediate: act at once"], ["Expected", "一小时内应对", "expected: act within the hour"], ["Future", "近期应对", "future: act soon"],
  ["Past", "已过去", "past: nothing to do any more"], ["Unknown", "未知", "unknown"],
]);
export const CERTAINTIES = table([
  ["Observed", "已发生或已观测到", "observed"], ["Likely", "很可能", "likely"], ["Possible", "可能", "possible"],
  ["Unlikely", "不大可能", "unlikely"], ["Unknown", "未知", "unknown"],
]);
export const RESPONSES = table([
  ["Shelter", "就地避险", "take shelter"], ["Evacuate", "撤离", "leave the place"], ["Prepare", "做好准备", "prepare"], ["Execute", "按预案行动", "act as planned"],
  ["Avoid", "避开", "stay away"], ["Monitor", "关注后续消息", "follow the news"], ["Assess", "自行判断", "judge by yourself"],
  ["AllClear", "警报解除", "all clear"], ["None", "无需行动", "nothing to do"],
]);
export const CATEGORIES = table([
  ["Geo", "地质", "geology"], ["Met", "气象", "weather"], ["Safety", "公共安全", "safety"], ["Security", "治安", "security"],
  ["Rescue", "救援", "rescue"], ["Fire", "火灾", "fire"], ["Health", "卫生健康", "health"], ["Env", "环境", "environment"],
  ["Transport", "交通", "transport"], ["Infra", "基础设施", "infrastructure"], ["CBRNE", "核生化爆", "CBRNE"], ["Other", "其他", "other"],
]);
// Who decides on a warning.
export const ISSUERS = ["shift-lead", "command-lead", "leader"];
