// Files: what the directory's own list has, and a clip with what was asked for to play it.

import { ask, byId, count, make, show, size } from "/page.js";
import { minute } from "/parts/ticker.js";

// The list. Names here are the server's; what a file is called was said by a stranger, and is only ever text.

const list = byId("files-list");
const rows = new Map();

function row({ name, size: bytes, modified }, called) {
  const since = new Date(modified);
  const link = make("a", { href: `/files/${encodeURIComponent(name)}`, download: called, title: called }, called);
  return make("tr", {},
    make("td", {}, link),
    make("td", {}, name),
    make("td", {}, size(bytes)),
    make("td", {}, make("time", { dateTime: since.toISOString() }, since.toLocaleTimeString("en-GB"))));
}

let drawing = 0;

async function draw() {
  const turn = ++drawing;
  const [listing, uploads] = await Promise.all([ask("GET", "/files/"), ask("GET", "/api/files")]);
  if (turn !== drawing) return;
  if (!listing.ok || !uploads.ok) return show("files-said", "The list cannot be had now.");
  const called = new Map(uploads.data.map((upload) => [upload.name, upload.called || upload.name]));
  const files = listing.data.entries;
  for (const [name, element] of rows) {
    if (files.some((file) => file.name === name)) continue;
    element.remove();
    rows.delete(name);
  }
  // Names are numbers: the list has the oldest first, the page the newest. The clip, which has no number, stays at the end.
  const numbered = files.filter(({ name }) => called.has(name));
  for (const file of [...files.filter(({ name }) => !called.has(name)), ...numbered]) {
    if (rows.has(file.name)) continue;
    rows.set(file.name, row(file, called.get(file.name) ?? file.name));
    list.prepend(rows.get(file.name));
  }
  const bytes = numbered.reduce((sum, file) => sum + file.size, 0);
  show("files-said", `${count(numbered.length)} of at most 16 uploads, ${size(bytes)} of 64 MiB, and the clip.`);
}

// Each second says whether there is anything else; an upload of this page does not wait for that.
let drawn = null;
document.addEventListener("tick", () => {
  const now = minute().at(-1)?.files;
  if (now === drawn) return;
  drawn = now;
  draw();
});
document.addEventListener("kept", draw);

// The clip. Its address is this page's own, so that the ranges shown are this page's, and not from a cache.

const clip = byId("files-clip");
const mine = `page=${Math.random().toString(36).slice(2)}`;
const asked = byId("files-ranges");
let looking = null;

async function look() {
  looking = null;
  const { ok, data } = await ask("GET", `/api/ranges?${mine}`);
  if (!ok) return;
  asked.replaceChildren(...data.map(({ range, status, content_range: part }) => {
    const good = make("b", { className: status < 400 ? "good" : "bad" }, `${status}`);
    return make("tr", {}, make("td", {}, range), make("td", {}, good), make("td", {}, part ?? "–"));
  }));
  const region = asked.closest(".asked");
  region.scrollTop = region.scrollHeight;
}

for (const event of ["loadedmetadata", "seeked", "suspend", "ended"]) {
  clip.addEventListener(event, () => (looking ??= setTimeout(look, 150)));
}
clip.addEventListener("seeked", () => show("files-clip-said", `At ${clip.currentTime.toFixed(1)} s.`));
clip.addEventListener("error", () => show("files-clip-said", "This browser does not play it."));
for (const button of document.querySelectorAll("#files [data-second]")) {
  button.addEventListener("click", () => (clip.currentTime = Number(button.dataset.second)));
}
clip.src = `/files/clip.webm?${mine}`;
