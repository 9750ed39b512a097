// The second factor: a code of an app beside the password. Asked for before anything else is shown,
// enrolled, renewed and ended.

import { html, render } from "../vendor/lit-html/lit-html.js";
import { get, post } from "./answers.js";
import { ask, control, read } from "./dialog.js";
import { say } from "./language.js";
import { me, recognise } from "./person.js";

const CODE = { name: "code", label: { zh: "验证码", en: "Code" }, required: true, autocomplete: "one-time-code" };
const OR_RECOVERY = { ...CODE, hint: { zh: "认证应用上的六位数字，或一个恢复码", en: "Six digits of the app, or a recovery code" } };
const PASSWORD = { name: "password", label: { zh: "当前密码", en: "Current password" }, kind: "password", required: true, autocomplete: "current-password" };

// Draws into `root` until it is no longer owed: person.js tells it then. leave: sign out.
export function showOwed(root, leave) {
  const state = { error: null, busy: false };
  const enrolment = me().owes === "enrolment";
  const press = async (event) => {
    event.preventDefault();
    Object.assign(state, { error: null, busy: true });
    draw();
    try {
      if (enrolment) await enrol();
      else await post("me/second-factor/show", read(event.target, [OR_RECOVERY])).then(recognise);
    } catch (why) {
      state.error = why;
    }
    state.busy = false;
    if (root.isConnected) draw();
    root.querySelector("[name=code]")?.select();
  };
  const draw = () => render(html`<main class="sign-in" id="section">
      <div class="panel">
        <p class="product"><img src="icon.svg" alt="" width="40" height="40"><span><b lang="zh">城市生命线</b> <span lang="en">Lifeline</span></span></p>
        <h1>${enrolment ? say("启用第二因素", "Enrol a second factor") : say("输入验证码", "Enter your code")}</h1>
        <p class="note">${enrolment ? say("您的岗位要求在密码之外使用认证应用的验证码；启用后才能继续。", "Your roles ask for a code of an app beside the password; nothing opens before it is set up.") : say(`${me().name}：密码正确，还需要验证码。`, `${me().name}: the password is right, a code is needed too.`)}</p>
        <form @submit=${press}>
          ${enrolment ? "" : control(OR_RECOVERY, state.error)}
          ${state.error ? html`<p class="refused" role="alert">${state.error.message}</p>` : ""}
          <button class="main" ?disabled=${state.busy}>${enrolment ? say("现在启用", "Set it up now") : say("继续", "Go on")}</button>
        </form>
        <button type="button" class="plain" @click=${leave}>${say("退出登录", "Sign out")}</button>
      </div>
    </main>`, root);
  draw();
  root.querySelector("input, button.main")?.focus();
}

// From the person's menu: whether there is one, and what may be done about it.
export async function manageSecondFactor() {
  const { on, asked, codes_left: left } = await get("me/second-factor");
  if (!on) return enrol();
  const options = [["codes", { zh: "生成新的恢复码", en: "Make new recovery codes" }], ["end", asked ? { zh: "停用，并重新启用", en: "End it, and enrol anew" } : { zh: "停用", en: "End it" }]];
  const done = await ask({
    title: { zh: "第二因素", en: "Second factor" },
    note: { zh: `已启用；剩余恢复码 ${left} 个。`, en: `It is on; ${left} recovery codes are left.` },
    fields: [{ name: "what", label: { zh: "操作", en: "Do" }, kind: "select", required: true, options }, OR_RECOVERY],
    send: ({ what, code }) => post(`me/second-factor/${what}`, { code }).then((made) => made ?? { ended: true }),
  });
  if (done?.recovery_codes) await showCodes(done.recovery_codes);
  return done && recognise();
}

// Password, picture and first code, then the recovery codes; null where it was left.
async function enrol() {
  const begun = await ask({
    title: { zh: "启用第二因素", en: "Enrol a second factor" },
    note: { zh: "需要手机上的认证应用（TOTP）。", en: "It takes an authenticator app (TOTP) on a telephone." },
    fields: [PASSWORD], submit: { zh: "下一步", en: "Next" },
    send: ({ password }) => post("me/second-factor", { password }),
  });
  if (!begun) return null;
  const made = await ask({
    title: { zh: "用认证应用扫描", en: "Scan it with the app" },
    note: html`<img class="qr" width="220" height="220" alt=${say("二维码；其内容即下面的密钥", "QR code; it holds the secret below")} src="data:image/svg+xml,${encodeURIComponent(begun.picture)}"><br>${say("或手工输入密钥：", "Or type the secret:")} <code class="secret">${begun.secret.match(/.{1,4}/g).join(" ")}</code>`,
    fields: [{ ...CODE, hint: { zh: "应用随即显示的六位数字", en: "The six digits that the app shows then" } }],
    send: ({ code }) => post("me/second-factor/confirm", { code }),
  });
  if (!made) return null;
  await showCodes(made.recovery_codes);
  return recognise(); // the session goes on under another cookie and token
}

function showCodes(codes) {
  return ask({
    title: { zh: "恢复码", en: "Recovery codes" },
    note: html`${say("手机丢失时，每个可代替验证码使用一次。只显示这一次，请抄下并妥善保管。", "Each stands in for a code once, should the telephone be lost. They are shown this once: keep them safe.")}<br><code class="secret codes">${codes.join("\n")}</code>`,
    submit: { zh: "已保存", en: "I have kept them" },
  });
}
