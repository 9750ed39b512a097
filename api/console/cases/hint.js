// A post that has nothing to do is told what would fill its lists, and where all cases are.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { say, t } from "../shell/language.js";
import { link } from "../shell/route.js";

const FILLS = {
  intake: { zh: "有人上报问题、部门反馈处置完成、有来电人待回访时，案件会出现在这里。", en: "Cases come here when somebody reports a problem, when a department says that it is done, and when a caller is to hear how it ended." },
  "shift-lead": { zh: "受理员受理后（待立案）、监督员核查后（待结案或待返工）、等待传感器确认时，案件会出现在这里。", en: "Cases come here when intake has accepted them (to file), when an inspector has looked (to close, or to send back), and while they wait for their sensor." },
  inspector: { zh: "受理员派发核实或核查时，案件会出现在这里。", en: "Cases come here when intake has a problem verified, or a repair inspected." },
  dispatcher: { zh: "值班长立案后、部门退回或申请延期、挂账时，案件会出现在这里。", en: "Cases come here when a shift lead has filed them, and when a department returns one or asks for more time." },
  "command-lead": { zh: "派遣员初审同意延期或挂账后，申请会出现在这里。", en: "Requests for more time come here when a dispatcher has approved them." },
  department: { zh: "派遣员派遣到您的部门时，案件会出现在这里。", en: "Cases come here when a dispatcher sends them to your department." },
  partner: { zh: "案件移交给您的单位时，会出现在这里。", en: "Cases come here when they are handed over to you." },
  leader: { zh: "案件超时升级或被督办时，会出现在这里。", en: "Cases come here when they are overdue and go up a level, or are under a supervision order." },
  evaluator: { zh: "部门就超时提出申诉时，案件会出现在这里。", en: "Cases come here when a department appeals against having been late." },
};

// Of a post whose lists are all empty; nothing for the board of all cases.
export function hint(post) {
  if (!FILLS[post]) return nothing;
  return html`<div class="panel hint" role="note"><p><b>${say("现在没有需要您办理的案件。", "Nothing waits for you now.")}</b> ${t(FILLS[post])}</p>
    <p><a class="button" href=${link("cases", [], { post: "all" })}>${say("查看全部未结案件", "See all open cases")}</a></p></div>`;
}
