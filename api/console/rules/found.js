// What a rule found lately, in force or on trial, each with its curve where somebody wants to see it.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { get } from "../shell/answers.js";
import { number, say } from "../shell/language.js";
import { follow } from "../shell/live.js";
import { link, replace } from "../shell/route.js";
import { empty, failed, loading } from "../shell/states.js";
import { duration, fullTime, now } from "../shell/time.js";
import { quietly } from "../cases/quiet.js";
import { SEVERITIES, STANDINGS, word } from "../cases/words.js";
import { curveOf, curvePlot } from "./curve.js";

const PAGE = 20;
const OPEN = 3; // curves shown without being asked for

export function foundBy({ state }, page) {
  const { rule } = state;
  const seen = { events: null, next: null, error: null, curves: new Map(), asked: null };
  const shadow = () => page.route.query.get("trial") === "1";
  let off = null;

  async function load(cursor = null) {
    const asked = shadow();
    if (!cursor) Object.assign(seen, { events: null, error: null, asked });
    try {
      const { items, next } = await get("events", { rule, shadow: asked, limit: PAGE, cursor });
      if (asked !== seen.asked) return;
      Object.assign(seen, { events: [...(cursor ? seen.events : []), ...items], next });
      const named = page.route.query.get("event");
      await Promise.all(seen.events.filter((each, n) => n < OPEN || each.id === named).map(look));
    } catch (why) {
      if (why.name !== "Error") throw why;
      seen.error = why;
    }
    page.draw();
  }

  async function look(event) {
    if (seen.curves.has(event.id)) return;
    seen.curves.set(event.id, "loading");
    seen.curves.set(event.id, await curveOf(event).catch((why) => ({ why })));
    page.draw();
  }

  const toggle = (event) => {
    if (!seen.curves.has(event.id)) return void look(event);
    seen.curves.delete(event.id);
    page.draw();
  };

  function card(event) {
    const curve = seen.curves.get(event.id);
    const lasted = ((event.ended ? Date.parse(event.ended) : now()) - Date.parse(event.began)) / 1000;
    return html`<article class="panel event" data-event=${event.id} aria-label=${`${event.subject} ${fullTime(event.began)}`}>
      <header class="head">
        <h3><time>${fullTime(event.began)}</time> · ${event.subject}</h3>
        <span class="tag ${event.severity}">${word(SEVERITIES, event.severity)}</span>
        <span class="quiet">${word(STANDINGS, event.standing)} · ${duration(lasted)} · ${say(`峰值为限值 ${number(event.peak)} 倍`, `peak ${number(event.peak)} × the limit`)} · <code title=${event.version}>${event.version.slice(0, 8)}</code></span>
        ${event.case_number ? html`<a href=${link("cases", [event.case_number])}>${say("案件", "Case")} ${event.case_number}</a>` : event.why.would_open ? html`<span class="quiet">${say("试行：将立案", "on trial: would open a case")}</span>` : nothing}
        <button type="button" aria-expanded=${String(Boolean(curve))} @click=${() => toggle(event)}>${curve ? say("收起曲线", "Hide the curve") : say("曲线", "Curve")}</button>
      </header>
      ${curve === "loading" ? loading() : nothing}
      ${curve === null ? html`<p class="quiet">${say("没有曲线。", "There is no curve.")}</p>` : nothing}
      ${curve?.why ? html`<p class="refused">${curve.why.message}</p>` : nothing}
      ${curve?.points ? curvePlot(event, curve) : nothing}
      ${event.why.quiet_if?.length && curve?.points ? html`<p class="quiet">${say("何种情况下不会报警：", "Quiet with ")}${event.why.quiet_if.map(quietly).join(say("；", ", or "))}</p>` : nothing}
    </article>`;
  }

  return {
    open() {
      off ??= follow("event", () => shadow() === seen.asked && seen.events?.length <= PAGE && fresh());
      return load();
    },
    changed: () => shadow() !== seen.asked && load(),
    close: () => off?.(),
    draw() {
      const choose = (value) => replace("rules", [rule, "found"], { trial: value });
      return html`<div class="toolbar panel">
          ${state.trial ? html`<span role="group" aria-label=${say("哪个版本", "Which version")}>
            <button type="button" aria-pressed=${String(!shadow())} @click=${() => choose("")}>${say("生效版本", "In force")}</button>
            <button type="button" aria-pressed=${String(shadow())} @click=${() => choose("1")}>${say("试行版本", "On trial")}</button></span>` : nothing}
          <span class="count" role="status">${seen.events ? say(`最近 ${seen.events.length} 个事件`, seen.events.length === 1 ? "one event" : `the last ${seen.events.length} events`) : ""}</span>
        </div>
        ${seen.error ? failed(seen.error, () => load()) : !seen.events ? loading() : seen.events.map(card)}
        ${seen.events?.length === 0 ? empty({ zh: "此规则还没有发现。", en: "This rule has found nothing yet." }) : nothing}
        ${seen.next ? html`<p class="more"><button type="button" @click=${() => load(seen.next)}>${say("显示更多", "Show more")}</button></p>` : nothing}`;
    },
  };

  // What is new comes above what is read; curves that are open stay.
  async function fresh() {
    const { items } = await get("events", { rule, shadow: shadow(), limit: 1 }).catch(() => ({ items: [] }));
    if (items[0] && items[0].id !== seen.events?.[0]?.id) await load();
  }
}
