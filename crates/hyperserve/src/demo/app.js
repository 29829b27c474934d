// The first page's moving parts: figures once a second, an echo, an upload. Text is only ever set as text.
"use strict";

const SECONDS = 60;
const byId = (id) => document.getElementById(id);
const show = (id, text) => {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
};

// Numbers as people read them.

const whole = new Intl.NumberFormat("en");
const count = (n) => whole.format(n);

function size(bytes) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const step = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** step;
  return `${step && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[step]}`;
}

function time(microseconds) {
  if (microseconds >= 1e6) return `${microseconds / 1e6} s`;
  return `${microseconds / 1000} ms`;
}

function span(seconds) {
  const [days, hours, minutes] = [seconds / 86400, (seconds / 3600) % 24, (seconds / 60) % 60].map(Math.floor);
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${Math.floor(seconds)} s`;
}

// Figures.

const rates = new Array(SECONDS).fill(0);
let before = null;

function noteRate(total) {
  const now = performance.now();
  if (before) {
    const seconds = (now - before.at) / 1000;
    rates.push(Math.max(0, total - before.total) / seconds);
    rates.shift();
  }
  before = { at: now, total };
}

function drawRates() {
  const top = Math.max(4, ...rates);
  const points = rates.map((rate, i) => `${(i / (SECONDS - 1)) * 600} ${158 - (rate / top) * 150}`);
  byId("chart-line").setAttribute("d", `M${points.join("L")}`);
  byId("chart-area").setAttribute("d", `M0 160L${points.join("L")}L600 160Z`);
  const now = Math.round(rates[SECONDS - 1]);
  const highest = Math.round(Math.max(...rates));
  show("rate", count(now));
  show("rate-top", count(highest));
  byId("chart").setAttribute("aria-label", `Requests a second over the last minute: now ${now}, at most ${highest}`);
}

function svg(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

// Square roots, so that a single slow answer among a million fast ones can still be seen.
function drawTimes({ counts, bounds_microseconds: bounds, p50_microseconds: p50, p99_microseconds: p99 }) {
  const top = Math.sqrt(Math.max(1, ...counts));
  const step = 260 / counts.length;
  const bars = counts.flatMap((n, i) => {
    const height = (Math.sqrt(n) / top) * 152;
    const place = { x: i * step + 2, width: step - 4 };
    return [
      svg("rect", { class: "floor", ...place, y: 158, height: 2 }),
      svg("rect", { class: "bar", ...place, y: 160 - height, height }),
    ];
  });
  byId("bars").replaceChildren(...bars);
  const total = counts.reduce((sum, n) => sum + n, 0);
  const told = (bound) => (bound ? `≤ ${time(bound)}` : total ? `> ${time(bounds[bounds.length - 1])}` : "–");
  show("p50", told(p50));
  show("p99", told(p99));
  byId("bars").setAttribute("aria-label", `Time to first byte: half of the requests ${told(p50)}, 99 % ${told(p99)}`);
}

function showReached({ protocol, tls, client, connection }) {
  show("reached-protocol", protocol);
  const version = tls?.version.replace("TLSv", "TLS ");
  show("reached-tls", tls ? [version, tls.key_exchange].filter(Boolean).join(", ") : "none, clear text");
  show("reached-client", client ?? connection.peer);
  show("reached-connection", `number ${count(connection.id)}`);
}

function showRefused(refused) {
  const reasons = Object.entries(refused);
  show("refused", count(reasons.reduce((sum, [, n]) => sum + n, 0)));
  const list = reasons.map(([reason, n]) => `${reason} ${count(n)}`).join(", ");
  show("reasons", list ? `Refused by reason: ${list}.` : "Nothing has been refused.");
}

function showFigures(figures) {
  noteRate(figures.requests.total);
  drawRates();
  drawTimes(figures.time_to_first_byte);
  showReached(figures.reached);
  showRefused(figures.refused);
  show("requests", count(figures.requests.total));
  show("open", count(figures.connections.open));
  show("accepted", count(figures.connections.accepted));
  show("received", size(figures.bytes.received));
  show("sent", size(figures.bytes.sent));
  show("workers", count(figures.workers));
  show("uptime", span(figures.uptime_seconds));
  showState(figures.ready ? "live" : "", figures.ready ? "Live" : "Draining");
}

function showState(kind, text) {
  byId("state").className = `state ${kind}`;
  show("state-text", text);
}

async function refresh() {
  const started = performance.now();
  if (!document.hidden) {
    try {
      const response = await fetch("/api/figures", { signal: AbortSignal.timeout(5000) });
      showFigures(await response.json());
    } catch {
      before = null;
      showState("lost", "Not reached");
    }
  }
  setTimeout(refresh, Math.max(100, 1000 - (performance.now() - started)));
}

// Echo, and what is refused.

const json = { "content-type": "application/json" };
const refusals = {
  missing: ["/no/such/path", {}],
  broken: ["/api/echo", { method: "POST", headers: json, body: '{"half":' }],
  long: [`/${"long".repeat(2300)}`, {}],
  method: ["/", { method: "BREW" }],
};

async function ask(path, options) {
  const started = performance.now();
  try {
    const response = await fetch(path, options);
    const text = await response.text();
    const took = performance.now() - started;
    const kind = (response.headers.get("content-type") ?? "").includes("json");
    show("answer-status", `Status ${response.status} after ${took.toFixed(1)} ms`);
    show("answer", kind ? JSON.stringify(JSON.parse(text), null, 2) : text);
  } catch (error) {
    show("answer-status", `No answer: ${error.message}`);
    show("answer", "");
  }
}

byId("echo").addEventListener("submit", (event) => {
  event.preventDefault();
  ask("/api/echo?from=page", { method: "POST", headers: json, body: byId("echo-body").value });
});

byId("echo-body").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    byId("echo").requestSubmit();
  }
});

byId("refusals").addEventListener("click", (event) => {
  const refusal = refusals[event.target.dataset.refusal];
  if (refusal) ask(...refusal);
});

// Upload. fetch() does not tell how far a body has got; XMLHttpRequest does.

function upload(file) {
  const request = new XMLHttpRequest();
  const button = byId("upload").querySelector("button");
  const started = performance.now();
  const done = (text) => {
    button.disabled = false;
    show("upload-status", text);
  };
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    byId("upload-progress").value = total ? loaded / total : 1;
    const seconds = Math.max(0.001, (performance.now() - started) / 1000);
    show("upload-status", `${size(loaded)} of ${size(total)}, ${size(loaded / seconds)} a second`);
  });
  request.addEventListener("load", () => {
    if (request.status !== 200) return done(`Refused with status ${request.status}.`);
    byId("upload-progress").value = 1;
    const answer = JSON.parse(request.responseText);
    done(`The server counted ${count(answer.bytes)} bytes in ${count(answer.blocks)} blocks, ${size(answer.bytes_per_second)} a second.`);
  });
  request.addEventListener("error", () => done("The connection was lost."));
  button.disabled = true;
  byId("upload-progress").value = 0;
  request.open("POST", "/api/upload");
  request.setRequestHeader("content-type", "application/octet-stream");
  request.send(file);
}

byId("upload-file").addEventListener("change", ({ target }) => {
  const file = target.files[0];
  byId("upload-progress").value = 0;
  show("upload-status", file ? `${file.name}, ${size(file.size)}` : "No file chosen.");
});

byId("upload").addEventListener("submit", (event) => {
  event.preventDefault();
  const file = byId("upload-file").files[0];
  if (file) upload(file);
  else byId("upload-file").focus();
});

const insecure = location.protocol === "https:" ? "-k " : "";
show("shell", [
  `curl ${insecure}${location.origin}/api/figures`,
  `curl ${insecure}${location.origin}/api/echo -H 'content-type: application/json' -d '{"hello":"world"}'`,
  `curl ${insecure}${location.origin}/api/upload -T FILE -X POST`,
].join("\n"));
drawRates();
refresh();
