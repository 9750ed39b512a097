// What the sensors of a case say before it may close (cases/verification.py and what it calls).

import { lasting, place, quantity } from "./names.js";

// What a channel must do: stay under a limit, be in a state, be back in its band, report.
const MUST = [
  [/^stay under (.+) and above (.+) on average of (.+)$/, (high, low, time) => `${lasting(time)}平均须在 ${low} 与 ${high} 之间`],
  [/^stay under (.+) and above (.+)$/, (high, low) => `须在 ${low} 与 ${high} 之间`],
  [/^stay under (.+) on average of (.+)$/, (high, time) => `${lasting(time)}平均须低于 ${high}`],
  [/^stay above (.+) on average of (.+)$/, (low, time) => `${lasting(time)}平均须高于 ${low}`],
  [/^stay under (.+)$/, (high) => `须低于 ${high}`],
  [/^stay above (.+)$/, (low) => `须高于 ${low}`],
  [/^be back in a band that is not known, for want of (\d+) days before it began,$/, (days) => `须回到正常范围，但事发前数据不足 ${days} 天，范围未知，`],
  [/^be back in its band, at least (.+),$/, (low) => `须回到正常范围（不低于 ${low}）`],
  [/^be back in its band, at most (.+),$/, (high) => `须回到正常范围（不高于 ${high}）`],
  [/^be back in its band, (.+) to (.+),$/, (low, high) => `须回到正常范围（${low} 至 ${high}）`],
  [/^be (.+)$/, (states) => `须为 ${states.replaceAll(" or ", " 或 ")}`],
  [/^report$/, () => "须正常上报"],
];

function must(text) {
  for (const [said, words] of MUST) {
    const found = said.exec(text);
    if (found) return words(...found.slice(1));
  }
  return text;
}

// "depth 1.2 cm at 14:05"
function reading(text) {
  const found = /^(\w+) (.+) at (.+)$/.exec(text);
  return found ? `${found[3]} ${quantity(found[1])} ${found[2]}` : text;
}

const night = (text) =>
  text
    .replace(/^(.+) in the night of (.+)$/, (_, amount, day) => (amount === "too few readings" ? `${day} 夜间读数过少` : `${day} 夜间为 ${amount}`))
    .replace(/^no night since$/, "此后尚未过夜");
const usual = (text) => text.replace(/^at most (.+)$/, "不高于 $1").replace(/^at least (.+)$/, "不低于 $1");

export const VERIFICATION = [
  [/^no channel of the case can tell whether it is solved$/, () => "案件没有可判断是否已解决的通道"],
  [/^(\S+) on (\S+) (.+) stands since (.+), must be over for (.+)$/, (rule, scope, subject, since, time) => `${place(scope, subject)}上的 ${rule} 自 ${since} 起仍在，须结束并持续 ${lasting(time)}`],
  [/^all findings are over since (.+), must be for (.+)$/, (since, time) => `全部发现已于 ${since} 结束，须持续 ${lasting(time)}`],
  [/^all findings are over since (.+)$/, (since) => `全部发现已于 ${since} 结束`],
  [/^and (\d+) more$/, (count) => `另有 ${count} 个`],
  [/^([^;]+) is judged from (.+) to (.+) only$/, (channel, from, to) => `${channel} 只在 ${from} 至 ${to} 判断`],
  [/^([^;]+) sends no good readings; silence is not normal$/, (channel) => `${channel} 没有可用读数，失联不算正常`],
  [/^([^;]+) is silent since ([^;]+); silence is not normal$/, (channel, since) => `${channel} 自 ${since} 起失联，失联不算正常`],
  [/^([^;]+?): ([^;]+), has been normal since (.+), must (.+) for (.+), until (.+)$/, (channel, now, since, what, time, until) => `${channel}：${reading(now)}，自 ${since} 起正常；${must(what)}，持续 ${lasting(time)}，到 ${until}`],
  [/^([^;]+?): ([^;]+), has been normal since (.+)$/, (channel, now, since) => `${channel}：${reading(now)}，自 ${since} 起正常`],
  [/^(.+?): (.+ at .+|\S+), must (.+) for (.+)$/, (channel, now, what, time) => `${channel}：${reading(now)}，${must(what)}，持续 ${lasting(time)}`],
  [/^([^;]+) has sent (\d+) of (\d+) readings of the last (.+)$/, (channel, came, expected, time) => `${channel} 最近 ${lasting(time)}应收 ${expected} 条读数，实收 ${came} 条`],
  [/^channel (.+) has no number for the state (.+)$/, (channel, states) => `通道 ${channel} 没有状态 ${states.replaceAll(" or ", " 或 ")} 对应的数值`],
  [/^the nights of (.+) before it began are not known: (\d+) of (\d+)$/, (channel, known, needed) => `${channel} 事发前的夜间数据不足：需 ${needed} 夜，有 ${known} 夜`],
  [/^([^;]+?): ([^;]+), (.+) is usual; (\d+) of (\d+) nights are normal$/, (channel, last, limit, run, nights) => `${channel}：${night(last)}，通常${usual(limit)}；须连续 ${nights} 夜正常，已有 ${run} 夜`],
  [/^([^;]+) stood still for (.+) since (.+)$/, (channel, time, since) => `${channel} 自 ${since} 起停走已满 ${lasting(time)}`],
  [/^([^;]+) has stood still for (\d+) min at most since (.+), must for (.+) once$/, (channel, minutes, since, time) => `${channel} 自 ${since} 起最长停走 ${minutes} 分钟，须有一次停走满 ${lasting(time)}`],
  [/^no (\S+) limit of its own: (.+) is not known$/, (what, attribute) => `缺少限值所需的 ${attribute}`],
];
