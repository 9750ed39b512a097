// The pages of the section: cases, warnings, callers who are to be called back.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { say } from "../shell/language.js";
import { may } from "../shell/person.js";
import { link } from "../shell/route.js";
import { last } from "./filters.js";

export function tabs(here) {
  const tab = (name, path, text, query = {}) => html`<a href=${link("cases", path, query)} aria-current=${name === here ? "page" : nothing}>${text}</a>`;
  return html`<nav class="tabs" aria-label=${say("案件栏目", "Pages of cases")}>
    ${tab("work", [], say("案件", "Cases"), last.query)}${tab("warnings", ["warnings"], say("预警", "Warnings"))}
    ${may("callers.read") ? tab("call-backs", ["call-backs"], say("回访", "Call-backs")) : nothing}
  </nav>`;
}
