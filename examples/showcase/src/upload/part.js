// Upload. fetch() does not tell how far a body has got; XMLHttpRequest does.

import { byId, copyable, count, make, note, show, size } from "/page.js";

const MIB = 1024 * 1024;
const input = byId("upload-file");
const drop = byId("upload-drop");
let chosen = null;
let running = null;

function choose(file) {
  chosen = file;
  meter(0);
  show("upload-said", file ? `${file.name}, ${size(file.size)}` : "No file chosen.");
}

function meter(share) {
  byId("upload-progress").value = share;
  show("upload-percent", `${Math.floor(share * 100)} %`);
}

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** `null` where the browser keeps its cryptography back: over clear text from another machine. */
async function hashed(file) {
  return crypto.subtle ? hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer())) : null;
}

function receipt(there, seconds, here) {
  const same = here === there.sha256;
  show("upload-bytes", `${count(there.bytes)} bytes`);
  show("upload-into", there.in_memory ? "memory" : "a file");
  byId("upload-kept").replaceChildren(make("a", { href: `/files/${there.kept}`, download: there.name ?? "" }, `/files/${there.kept}`));
  show("upload-took", `${(seconds * 1000).toFixed(0)} ms, ${size(there.bytes / Math.max(seconds, 0.001))} a second`);
  show("upload-there", there.sha256);
  show("upload-here", here ?? "only over HTTPS or on this machine");
  byId("upload-receipt").className = here === null ? "receipt" : `receipt ${same ? "same" : "other"}`;
  return here === null ? "Arrived." : same ? "Arrived whole: both hashes are the same." : "The hashes differ.";
}

function ended(text) {
  running = null;
  byId("upload-stop").disabled = true;
  show("upload-said", text);
}

/** Why it was refused, in the server's words. */
function refusal(request) {
  try {
    const { title, detail } = JSON.parse(request.responseText);
    return `Refused with ${request.status}: ${detail ?? title}`;
  } catch {
    return `Refused with ${request.status}.`;
  }
}

/** As `ask` has it: status, fields, how long it took. */
function answered(request, took) {
  const { status } = request;
  const ok = status >= 200 && status < 300;
  return note({ method: "POST", path: "/api/upload", ok, status, took, field: (name) => request.getResponseHeader(name) });
}

async function arrived(request, file) {
  if (request.status !== 200) return ended(refusal(request));
  meter(1);
  const { files: [there], seconds } = JSON.parse(request.responseText);
  document.dispatchEvent(new Event("kept"));
  ended(receipt(there, seconds, await hashed(file)));
}

function send(file) {
  running?.abort();
  const request = new XMLHttpRequest();
  const started = performance.now();
  const form = new FormData();
  form.append("file", file, file.name);
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    meter(total ? Math.min(1, loaded / total) : 0);
    const seconds = Math.max(0.001, (performance.now() - started) / 1000);
    show("upload-said", `${size(loaded)} of ${size(total)}, ${size(loaded / seconds)} a second`);
  });
  request.addEventListener("load", () => {
    byId("upload-id").replaceChildren(...copyable(answered(request, performance.now() - started).id));
    arrived(request, file);
  });
  request.addEventListener("error", () => ended("The connection was closed before the end; over 64 MiB that is the server’s answer."));
  request.addEventListener("abort", () => ended("Stopped; the server saw the connection end."));
  running = request;
  byId("upload-stop").disabled = false;
  meter(0);
  request.open("POST", "/api/upload");
  request.send(form);
}

/** Random bytes cannot be made smaller on the way. */
function random(bytes) {
  const block = () => crypto.getRandomValues(new Uint8Array(65_536));
  return new File(Array.from({ length: bytes / 65_536 }, block), "random.bin");
}

byId("upload-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (chosen) send(chosen);
  else input.focus();
});
byId("upload-random").addEventListener("click", () => {
  choose(random(32 * MIB));
  send(chosen);
});
byId("upload-stop").addEventListener("click", () => running?.abort());
input.addEventListener("change", () => choose(input.files[0] ?? null));

for (const [name, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", over);
  });
}
drop.addEventListener("drop", ({ dataTransfer }) => dataTransfer.files[0] && choose(dataTransfer.files[0]));
