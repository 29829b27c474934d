// The code under each part: fetched when it is opened, coloured, its lines to be pointed at.

import { ask, make } from "/page.js";

const KEYWORDS =
  "as async await break const continue crate else enum false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while";

// In this order: a comment holds no keyword, a string no comment.
const TOKENS = new RegExp(
  [
    String.raw`(?<comment>//[^\n]*)`,
    String.raw`(?<string>b?"(?:\\[\s\S]|[^"\\])*"|'(?:\\.[^']*|[^'\\])')`,
    String.raw`(?<attribute>#!?\[[^\]\n]*\])`,
    String.raw`(?<keyword>\b(?:${KEYWORDS.replaceAll(" ", "|")})\b)`,
    String.raw`(?<macro>\b[a-z_]+!)`,
    String.raw`(?<type>\b[A-Z][A-Za-z0-9]*\b)`,
    String.raw`(?<number>\b\d[\d_]*\b)`,
  ].join("|"),
  "g",
);

/** Pieces of text with the kind of each; `null` is plain. */
function* pieces(text) {
  let at = 0;
  for (const match of text.matchAll(TOKENS)) {
    if (match.index > at) yield [null, text.slice(at, match.index)];
    yield [Object.keys(match.groups).find((kind) => match.groups[kind] !== undefined), match[0]];
    at = match.index + match[0].length;
  }
  yield [null, text.slice(at)];
}

/** One element a line; a piece that spans lines is cut. */
function lines(text) {
  const list = [make("span", { className: "line" })];
  for (const [kind, piece] of pieces(text.trimEnd())) {
    piece.split("\n").forEach((part, i) => {
      if (i) list.push(make("span", { className: "line" }));
      if (part) list.at(-1).append(kind ? make("span", { className: kind }, part) : part);
    });
  }
  return list;
}

async function load(details, link) {
  const pre = details.querySelector("pre");
  for (const other of details.querySelectorAll(".files a")) other.toggleAttribute("aria-current", other === link);
  if (pre.dataset.path !== link.dataset.path) {
    pre.dataset.path = link.dataset.path;
    const { ok, text, status } = await ask("GET", link.pathname);
    const code = ok ? lines(text) : [`Not readable now: ${status}`];
    if (pre.dataset.path === link.dataset.path) pre.replaceChildren(...code);
  }
  return pre;
}

/** Opens a file of this page's code at a line. */
export async function openCode(path, line) {
  const link = document.querySelector(`.code a[data-path="${CSS.escape(path)}"]`);
  const details = link.closest("details");
  const pre = await load(details, link);
  details.open = true;
  pre.querySelector(".marked")?.classList.remove("marked");
  const target = pre.children[line - 1];
  target?.classList.add("marked");
  pre.focus({ preventScroll: true });
  target?.scrollIntoView({ block: "center" });
}

for (const pre of document.querySelectorAll("pre[data-code]")) pre.replaceChildren(...lines(pre.textContent));

for (const details of document.querySelectorAll("details.code")) {
  const first = details.querySelector(".files a");
  details.addEventListener("toggle", () => {
    if (details.open && !details.querySelector("pre").dataset.path) load(details, first);
  });
  details.querySelector(".files").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    load(details, link);
  });
}
