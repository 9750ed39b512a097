// Pictures of a case: small, and larger in a dialog that goes from one to the next.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get, part } from "../shell/answers.js";
import { say } from "../shell/language.js";
import { fullTime } from "../shell/time.js";

const source = (id, what = "") => `/api/v1/photos/${part(id)}${what}`;

export function thumbnails(ids, larger) {
  return html`<div class="thumbnails">${ids.map((id, n) => html`<button type="button" class="thumbnail" aria-label=${say(`查看照片 ${n + 1}`, `Look at picture ${n + 1}`)} @click=${() => larger(ids, n)}><img src=${source(id, "/thumbnail")} alt="" loading="lazy" width="96" height="72"></button>`)}</div>`;
}

// Arrows go on and back; Escape closes, as in every dialog.
export function showLarger(ids, at) {
  const dialog = document.createElement("dialog");
  dialog.className = "picture";
  dialog.setAttribute("aria-label", say("照片", "Picture"));
  document.body.append(dialog);
  const facts = new Map();

  function step(by) {
    at = (at + by + ids.length) % ids.length;
    draw();
  }

  async function learn(id) {
    if (facts.has(id)) return;
    facts.set(id, await get(`photos/${part(id)}/facts`).catch(() => null));
    draw();
  }

  function draw() {
    const id = ids[at];
    const known = facts.get(id);
    learn(id);
    const said = known ? [known.actor, fullTime(known.received), known.taken && `${say("拍摄", "taken")} ${fullTime(known.taken)}`, known.lon !== null && `${known.lon.toFixed(5)}, ${known.lat.toFixed(5)}`] : [];
    render(
      html`<img src=${source(id)} alt=${said.filter(Boolean).join(" · ") || say("照片", "Picture")}>
        <footer><span>${at + 1} / ${ids.length}</span><span class="quiet">${said.filter(Boolean).join(" · ")}</span>
          ${ids.length > 1 ? html`<button type="button" @click=${() => step(-1)} aria-label=${say("上一张", "Previous")}>←</button><button type="button" @click=${() => step(1)} aria-label=${say("下一张", "Next")}>→</button>` : nothing}
          <button type="button" class="main" @click=${() => dialog.close()}>${say("关闭", "Close")}</button></footer>`,
      dialog,
    );
  }

  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowRight") step(1);
    if (key === "ArrowLeft") step(-1);
  });
  dialog.addEventListener("close", () => dialog.remove());
  draw();
  dialog.showModal();
}

// Every picture that reports and steps name, each once.
export function photosOf(log, reports) {
  return [...new Set([...reports.flatMap(({ photos }) => photos), ...log.flatMap(({ details }) => details.photos ?? [])])];
}
