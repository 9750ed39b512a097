// The posts that people hold, in both languages, by what the API calls them.

import { say } from "./language.js";

const POSTS = {
  intake: "受理员", "shift-lead": "值班长", inspector: "监督员", dispatcher: "派遣员", "command-lead": "指挥长",
  department: "专业部门", partner: "协同单位", leader: "领导", evaluator: "考评员", engineer: "规则工程师",
  "drill-leader": "演练导调", auditor: "审计员", administrator: "管理员", observer: "观察员", gateway: "网关",
  monitor: "运维监控", integration: "对接系统",
};

export const postName = (post) => say(POSTS[post] ?? post, post.replaceAll("-", " "));
