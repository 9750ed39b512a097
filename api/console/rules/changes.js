// Promote, end a trial, roll back: each says why, and is asked for once.

import { post, part } from "../shell/answers.js";
import { ask } from "../shell/dialog.js";
import { say } from "../shell/language.js";

const REASON = { name: "reason", kind: "textarea", required: true, label: { zh: "理由（记入日志）", en: "Why (kept in the log)" } };

function change(rule, verb, title, note, submit, danger = false) {
  return ask({ title, note, submit, danger, fields: [REASON], send: ({ reason }, key) => post(`rules/${part(rule)}/${verb}`, { reason }, { key }) });
}

export const promote = (rule, version) =>
  change(rule, "promote", { zh: `将试行版本 ${version.slice(0, 8)} 转为生效？`, en: `Put the trial ${version.slice(0, 8)} in force?` },
    say("自现在起由它立案；原版本可一步回退。", "From now on it opens cases; one step back leads to the version of before."), { zh: "转正", en: "Promote" });

export const discard = (rule) =>
  change(rule, "discard", { zh: "结束试行？", en: "End the trial?" }, say("已有发现保留在案。", "What it found stays on record."), { zh: "结束试行", en: "End the trial" });

export const rollBack = (rule) =>
  change(rule, "rollback", { zh: "回退到上一个生效版本？", en: "Go back to the version that was in force before?" },
    say("自现在起由上一版本立案。", "From now on the version of before opens cases."), { zh: "回退", en: "Roll back" }, true);

// Put a text on trial beside what is in force; its tests go with it and must pass.
export const tryOut = (pack, tests) =>
  ask({
    title: { zh: "保存为试行？", en: "Put it on trial?" },
    note: say("与生效版本并行判断实时数据，不立案。附带的测试须通过。", "It judges the live stream beside the version in force and opens no cases. The tests that go with it must pass."),
    submit: { zh: "试行", en: "Put on trial" },
    fields: [REASON],
    send: ({ reason }, key) => post("rules/shadow", { pack, reason, ...(tests.trim() ? { tests } : {}) }, { key }),
  });
