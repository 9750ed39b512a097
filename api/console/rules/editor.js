// The text of a pack: highlighted, underlined where something is wrong, completed by the schema.
//
// It stands in a shadow root, so that CodeMirror puts its styles into constructed style sheets: the
// page allows none in the document.

import {
  acceptCompletion, autocompletion, bracketMatching, completionKeymap, defaultKeymap, drawSelection,
  EditorState, EditorView, foldGutter, foldKeymap, highlightActiveLine, highlightActiveLineGutter, HighlightStyle,
  highlightSelectionMatches, history, historyKeymap, hoverTooltip, indentOnInput, keymap, lineNumbers, lintGutter,
  lintKeymap, MergeView, searchKeymap, setDiagnostics, syntaxHighlighting, tags, yaml,
} from "../vendor/codemirror/codemirror.js";
import { language, say } from "../shell/language.js";

const LOOK = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--panel)", fontSize: "13px", height: "100%" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "var(--code)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--raised)", color: "var(--quiet)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 6%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--accent) 12%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "color-mix(in srgb, var(--accent) 26%, transparent)" },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--yellow) 22%, transparent)" },
  ".cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--accent) 24%, transparent)", outline: "none" },
  ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "8px", boxShadow: "var(--over)", maxWidth: "min(480px, 86vw)" },
  ".cm-tooltip-hover": { padding: "6px 10px", fontFamily: "var(--text)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--code)", maxHeight: "17em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 8px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { color: "var(--quiet)", fontStyle: "normal", fontFamily: "var(--text)", marginLeft: "10px" },
  "li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionInfo": { padding: "8px 10px", fontFamily: "var(--text)" },
  ".cm-diagnostic": { padding: "5px 10px", fontFamily: "var(--text)", whiteSpace: "pre-wrap" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--red)" },
  ".cm-diagnostic-warning": { borderLeft: "4px solid var(--orange)" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-panels input, .cm-panels button": { font: "inherit" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--raised)", borderColor: "var(--line)", color: "var(--quiet)" },
  ".cm-collapsedLines": { background: "var(--raised) !important", color: "var(--quiet) !important", fontFamily: "var(--text)" },
  ".cm-collapsedLines:before, .cm-collapsedLines:after": { content: "'···' !important" },
  ".cm-changedLine": { backgroundColor: "color-mix(in srgb, var(--green) 13%, transparent) !important" },
  "&.cm-merge-a .cm-changedLine": { backgroundColor: "color-mix(in srgb, var(--red) 12%, transparent) !important" },
});

const INKS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  { tag: [tags.string, tags.content], color: "var(--ink)" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "var(--curve-3)" },
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.bracket, tags.meta], color: "var(--quiet)" },
]);

const SHELL = `:host { display: block; min-width: 0; border: 1px solid var(--line); border-radius: 7px; overflow: hidden; }
:host([wrong]) { border-color: var(--red); } .cm-editor { max-height: inherit; } .cm-mergeView { max-height: inherit; overflow: auto; }
.cm-mergeViewEditors { gap: 1px; background: var(--line); }`;

// Words of CodeMirror itself that people see or hear.
const PHRASES = {
  "Find": "查找", "Replace": "替换", "next": "下一个", "previous": "上一个", "all": "全部", "match case": "区分大小写",
  "by word": "整词", "regexp": "正则", "replace": "替换", "replace all": "全部替换", "close": "关闭", "Completions": "补全",
  "Fold line": "折叠", "Unfold line": "展开", "folded code": "已折叠", "unfold": "展开", "No diagnostics": "没有问题",
  "Diagnostics": "问题", "$ unchanged lines": "$ 行相同", "current match": "当前匹配", "on line": "在第", "Go to line": "转到行", "go": "转到",
};

function base(label) {
  const words = language() === "zh" ? [EditorState.phrases.of(PHRASES)] : [];
  return [
    ...words, LOOK, syntaxHighlighting(INKS), yaml(), lineNumbers(), foldGutter(), drawSelection(), bracketMatching(),
    EditorView.lineWrapping, EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
    keymap.of([...searchKeymap, ...foldKeymap]), EditorState.tabSize.of(2),
  ];
}

function rooted(element) {
  const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  root.replaceChildren();
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(SHELL);
  root.adoptedStyleSheets = [sheet];
  // Keys pressed in the text are for the text, not for the console's shortcuts.
  element.onkeydown = (event) => event.stopPropagation();
  return root;
}

// <lifeline-yaml>: .setting = {text, label, change(text), complete(context), describe(view, at)};
// without `change` it is only to be read. show(findings) underlines; goTo(line, column); text.
class Yaml extends HTMLElement {
  #view = null;
  #setting = null;
  #findings = [];

  set setting(setting) {
    const before = this.#setting;
    this.#setting = setting;
    // A text that is being written is its own; the label is another in the other language.
    if (this.#view && before.label === setting.label && (before.text === setting.text || setting.change)) return;
    if (this.isConnected) this.#build();
  }

  connectedCallback() {
    if (this.#setting) this.#build();
  }

  disconnectedCallback() {
    this.#view?.destroy();
    this.#view = null;
  }

  get text() {
    return this.#view?.state.doc.toString() ?? "";
  }

  // Another text in its place, as one step that can be undone.
  write(text) {
    this.#view?.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert: text } });
  }

  // [{line, column, end_line, end_column, severity, message}]
  show(findings) {
    this.#findings = findings;
    if (!this.#view) return;
    const { doc } = this.#view.state;
    const at = (line, column) => {
      const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
      return Math.min(found.from + column - 1, found.to);
    };
    const told = findings.map(({ line, column, end_line: last, end_column: end, severity, message }) => {
      const from = at(line, column);
      return { from, to: Math.max(from, at(last, end)), severity, message };
    });
    this.#view.dispatch(setDiagnostics(this.#view.state, told));
    this.toggleAttribute("wrong", findings.some(({ severity }) => severity === "error"));
  }

  goTo(line, column = 1) {
    const { doc } = this.#view.state;
    const found = doc.line(Math.min(line, doc.lines));
    this.#view.dispatch({ selection: { anchor: Math.min(found.from + column - 1, found.to) }, effects: EditorView.scrollIntoView(found.from, { y: "center" }) });
    this.#view.focus();
  }

  #build() {
    const { text, label, change, complete, describe } = this.#setting;
    const writing = [
      history(), indentOnInput(), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(), lintGutter(),
      keymap.of([{ key: "Tab", run: acceptCompletion }, ...completionKeymap, ...defaultKeymap, ...historyKeymap, ...lintKeymap]),
      EditorView.updateListener.of((update) => update.docChanged && this.#setting.change(update.state.doc.toString())),
      complete ? autocompletion({ override: [complete], icons: false }) : autocompletion({ override: [] }),
      describe ? hoverTooltip(describe) : [],
    ];
    const reading = [EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.contentAttributes.of({ tabindex: "0", role: "textbox", "aria-readonly": "true", "aria-multiline": "true" })];
    const root = rooted(this);
    this.#view?.destroy();
    this.#view = new EditorView({ root, parent: root, state: EditorState.create({ doc: text, extensions: [base(label), change ? writing : reading] }) });
    this.show(this.#findings);
  }
}

// <lifeline-diff>: .setting = {before, after, label}; two texts side by side, the same parts folded.
class Diff extends HTMLElement {
  #view = null;
  #setting = null;

  set setting(setting) {
    const before = this.#setting;
    this.#setting = setting;
    if (this.#view && before?.before === setting.before && before?.after === setting.after) return;
    if (this.isConnected) this.#build();
  }

  connectedCallback() {
    if (this.#setting) this.#build();
  }

  disconnectedCallback() {
    this.#view?.destroy();
    this.#view = null;
  }

  #build() {
    const { before, after, label } = this.#setting;
    const side = (doc, which) => ({ doc, extensions: [base(`${label}: ${which}`), EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.contentAttributes.of({ tabindex: "0", role: "textbox", "aria-readonly": "true", "aria-multiline": "true" })] });
    const root = rooted(this);
    this.#view?.destroy();
    this.#view = new MergeView({
      root, parent: root, a: side(before, say("旧", "before")), b: side(after, say("新", "after")),
      collapseUnchanged: { margin: 3, minSize: 6 }, gutter: true, highlightChanges: true,
    });
  }
}

customElements.define("lifeline-yaml", Yaml);
customElements.define("lifeline-diff", Diff);
