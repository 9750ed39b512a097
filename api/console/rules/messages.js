// What the server says of a text, in Chinese where it is one of its known sentences. The field
// before the colon stays as it is written; what is not known is shown as the server says it.

import { language } from "../shell/language.js";

const ZH = [
  [/is missing; add it$/, () => "缺少此项，请补上"],
  [/must be text, YAML read (.+); put it in quotes$/, (read) => `应为文字，YAML 读成 ${read}；请加引号`],
  [/is empty; write (?:it|at least one entry)$/, () => "为空，请填写"],
  [/(.+) has signs of another kind; .*$/, (read) => `${read} 含有不允许的字符；请用小写字母、数字、点和连字符，如 flood.road.deep`],
  [/(.+) is none of any, all, or how many detectors: .*$/, (read) => `${read} 不可用；应为 any 任一、all 全部，或检测器个数`],
  [/(.+) is none of (.+)$/, (read, known) => `${read} 不在可用值之中：${known.replace(" or ", "、").replaceAll(", ", "、")}`],
  [/(.+) is too small; it must be more than (.+)$/, (read, least) => `${read} 太小，应大于 ${least}`],
  [/(.+) is too small; it must be at least (.+)$/, (read, least) => `${read} 太小，至少为 ${least}`],
  [/(.+) is too large; it must be less than (.+)$/, (read, most) => `${read} 太大，应小于 ${most}`],
  [/(.+) is too large; it must be at most (.+)$/, (read, most) => `${read} 太大，至多为 ${most}`],
  [/(.+) is no whole number$/, (read) => `${read} 不是整数`],
  [/(.+) is no number$/, (read) => `${read} 不是数`],
  [/(.+) is no ISO 8601 duration such as PT15M or P1D.*$/, (read) => `${read} 不是 ISO 8601 时长，如 PT15M、P1D`],
  [/write a list, .*; YAML read (.+)$/, (read) => `应为列表 [..., ...]，YAML 读成 ${read}`],
  [/write \{name: value, \.\.\.\}(?: with (.+))?; YAML read (.+)$/, (known, read) => `应写成 {名称: 值, ...}${known ? `，可用：${known}` : ""}；YAML 读成 ${read}`],
  [/no such field here; known are (.+)$/, (known) => `没有此字段；可用：${known}`],
  [/field (.+): no such field; known are (.+)$/, (field, known) => `没有字段 ${field}；可用：${known}`],
  [/YAML reads on, off, yes and no as booleans; .*$/, () => "YAML 把 on、off、yes、no 读成真假值；请换名称"],
  [/is reckoned from the rest; remove it$/, () => "由其余内容算出，请删去"],
  [/the id is used twice; rename one$/, () => "标识重复，请改其中一个"],
  [/(.+) is written twice; remove one$/, (key) => `${key} 写了两次，请删去一个`],
  [/YAML reads the key (.+) as (.+); put it in quotes or name it otherwise$/, (key, read) => `YAML 把键 ${key} 读成 ${read}；请加引号或换名称`],
  [/not YAML: (.+)$/, (why) => `不是合法的 YAML：${why}`],
  [/a pack is written .*$/, () => "规则包应写成 {pack: 名称, rules: [...]}"],
  [/write the pack's name$/, () => "请写规则包名称"],
  [/unknown quantity (.+); known are (.+)$/, (name, known) => `没有量 ${name}；可用：${known}`],
  [/unknown flag (.+?)(?:; known are (.+))?$/, (name, known) => `没有质量标记 ${name}${known ? `；可用：${known}` : ""}`],
  [/unknown detector(?: of channels side by side)? (.+); known are (.+)$/, (name, known) => `没有检测器 ${name}；可用：${known}`],
  [/(.+) is no class; .*$/, (name) => `${name} 不是部件类别；请写四位数字，如 '0103'`],
  [/(.+) looks at channels side by side; add together: .*$/, (name) => `${name} 把多个通道并排来看；请加 together: {per: zone}`],
  [/write \{with: name of a detector, and its parameters\}$/, () => "应写成 {with: 检测器名称, 及其参数}"],
  [/a signal has exactly one of detect, silent and flags$/, () => "一个信号在 detect、silent、flags 中只用一个"],
  [/together takes exactly one detector, in detect$/, () => "together 时 detect 中只用一个检测器"],
  [/combine: (.+) of (\d+) detectors; .*$/, (asked, have) => `combine: 要求 ${asked} 个，但只有 ${have} 个检测器`],
  [/(needs|stays_while) names the signal (.+), which the rule does not have$/, (field, name) => `${field} 提到的信号 ${name} 在规则中没有`],
  [/severity must rise from a level at 1\.0 or less$/, () => "severity 须逐级升高，首级不高于 1.0"],
  [/within PT0S would need all to begin at one instant; leave it out$/, () => "within PT0S 要求同一瞬间开始；请删去"],
  [/write \{one_per: component\}, or none; not (.+)$/, (read) => `应写成 {one_per: component} 或 none，而不是 ${read}`],
  [/(.+) lacks its unit; write (.+)$/, (read, how) => `${read} 缺少单位；应写成 ${how.replace(/^it as /, "").replace(" and a unit of ", " 加单位，量为 ")}`],
  [/(.+) has a unit, but the signal selects no one quantity$/, (read) => `${read} 带单位，但信号没有只选一种量`],
  [/the unit (.+) does not fit (.+), which is held in (.+); expected for example (.+)$/, (unit, quantity, held, example) => `单位 ${unit} 不适用于 ${quantity}（内部单位 ${held}），可用如 ${example}`],
  [/the unit (.+) does not fit (.+), which is held in (.+)$/, (unit, quantity, held) => `单位 ${unit} 不适用于 ${quantity}（内部单位 ${held}）`],
  [/(.+) is no amount; expected a number and a unit, as 15 cm$/, (read) => `${read} 不是数量；应为数字加单位，如 15 cm`],
  [/a limit is a number with its unit, such as 15 cm$/, () => "限值为数字加单位，如 15 cm"],
  [/write \{attribute: name\} and perhaps times, plus, minus$/, () => "应写成 {attribute: 名称}，可加 times、plus、minus"],
  [/(.+) is no number of channels; .*$/, (read) => `${read} 不是通道个数；应写 2 或 {share: 0.8}`],
  [/every must be PT1S or more$/, () => "every 至少为 PT1S"],
  [/hold must be no shorter than every.*$/, () => "hold 不得短于 every"],
  [/level needs a high or a low limit$/, () => "level 需要上限 high 或下限 low"],
  [/no filing condition (.+) for class (.+) of (.+); its conditions are (.+)$/, (condition, code, list, known) => `${list} 的类别 ${code} 没有立案条件 ${condition}；可用：${known}`],
  [/no filing condition (.+) for class (.+) of (.+); its classes are (.+)$/, (condition, code, list, known) => `${list} 没有类别 ${code}；可用：${known}`],
  [/no filing condition (.+) for class (.+) of (.+); code lists are (.+)$/, (condition, code, list, known) => `没有代码表 ${list}；可用：${known}`],
  [/explained_by: no rule (.+); mind the spelling$/, (rule) => `explained_by：没有规则 ${rule}，请核对`],
  [/looks at no channel that there is; .*$/, () => "没有适用的通道；请核对量、kind、标签和属性"],
  [/^expected, but did not happen: (.+)$/, (what) => `应发生而未发生：${what}`],
  [/^happened, but was not expected: (.+)$/, (what) => `发生而未列入预期：${what}`],
];

export function inWords(message) {
  if (language() !== "zh") return message;
  for (const [said, zh] of ZH) {
    const found = said.exec(message);
    if (!found) continue;
    // Where the sentence takes all, the field stands in its first word.
    const [, field, rest] = /^((?:rule )?[\w.-]+(?:: detect, entry \d+)?(?:: [\w.]+)?: )?(.*)$/s.exec(message);
    const own = said.exec(rest) ?? found;
    return `${field && own !== found ? field : ""}${zh(...own.slice(1))}`;
  }
  return message;
}
