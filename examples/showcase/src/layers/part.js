// The layers: a button that meets the limiter, the last minute as the metrics have it, and the calls of this page.

import { ask, byId, calls, copyable, count, make, milliseconds, show } from "/page.js";
import { bars, minute, move, within } from "/parts/ticker.js";

// The hammer. It stops by itself: so many requests, each with the deadline that all calls have.

const HITS = 40;
const button = byId("layers-hammer");
const cells = Array.from({ length: HITS }, () => make("li"));
byId("layers-cells").append(...cells);
let running = false;

async function hit(cell) {
  const call = await ask("GET", "/api/hammer");
  cell.className = call.ok ? "passed" : call.status === 429 ? "refused" : "failed";
  cell.textContent = call.status || "–";
  return call;
}

async function hammer() {
  running = true;
  button.setAttribute("aria-disabled", "true");
  for (const cell of cells) [cell.className, cell.textContent] = ["", ""];
  show("layers-said", "sending …");
  tell(await Promise.all(cells.map(hit)));
  button.removeAttribute("aria-disabled");
  running = false;
}

function tell(answers) {
  const refused = answers.filter(({ status }) => status === 429);
  const passed = answers.filter(({ ok }) => ok).length;
  const failed = HITS - passed - refused.length;
  const wait = Math.max(0, ...refused.map(({ field }) => Number(field("retry-after"))));
  const parts = [`${passed} passed`, `${refused.length} ${refused.length === 1 ? "was" : "were"} refused`];
  if (failed) parts.push(`${failed} failed`);
  if (wait) parts.push(`again in ${wait} s`);
  show("layers-said", parts.join(", "));
  const { field, id } = refused.at(-1) ?? answers.at(-1);
  show("layers-policy", field("ratelimit-policy") ?? "–");
  show("layers-left", field("ratelimit") ?? "–");
  byId("layers-id").replaceChildren(...copyable(id));
  countDown(wait);
}

let clock;

function countDown(seconds) {
  clearInterval(clock);
  if (!seconds) return show("layers-again", "–");
  const end = performance.now() + seconds * 1000;
  const step = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    show("layers-again", left > 0 ? `${seconds}: again in ${left} s` : `${seconds}: come again`);
    if (left <= 0) clearInterval(clock);
  };
  clock = setInterval(step, 100);
  step();
}

button.addEventListener("click", () => running || hammer());

// The chart. What is refused stands on what is answered; below, a bar reaches from the median to the slowest but 1 %.

const [rates, times] = [byId("layers-rates"), byId("layers-times")];
const passedBars = bars(rates, "passed");
const refusedBars = bars(rates, "refused");
const slowBars = bars(times, "slow");
const fastBars = bars(times, "fast");

/** Height of a time: 20 for each power of ten over 10 µs, so that 10 s are at the top. */
const rise = (microseconds) => Math.min(116, Math.max(0, 20 * Math.log10(microseconds / 10)));

function draw() {
  const seconds = minute().map((tick) => tick?.http ?? { rate: 0, refused: 0, p50: null, p99: null });
  const top = Math.max(10, ...seconds.map(({ rate }) => rate));
  seconds.forEach(({ rate, refused, p50, p99 }, i) => {
    const answered = 2 + ((rate - refused) / top) * 116;
    move(passedBars[i], 0, answered);
    move(refusedBars[i], answered, (refused / top) * 116);
    const [low, high] = p50 === null ? [0, 0] : [rise(p50), rise(p99)];
    move(slowBars[i], low, high - low);
    move(fastBars[i], low, p50 === null ? 0 : 4);
  });
  figures(seconds);
}

function figures(seconds) {
  const busy = seconds.filter(({ p50 }) => p50 !== null);
  const told = { rate: [seconds, count], refused: [seconds, count], p50: [busy, within], p99: [busy, within] };
  const said = {};
  for (const [name, [from, words]] of Object.entries(told)) {
    const values = from.map((second) => second[name]);
    said[name] = values.length ? [values.at(-1), Math.max(...values)].map(words) : ["–", "–"];
    show(`layers-${name}`, said[name][0]);
    show(`layers-${name}-top`, said[name][1]);
  }
  const both = (name) => `${said[name][0]}, at most ${said[name][1]}`;
  rates.setAttribute("aria-label", `Over the last minute, requests a second: now ${both("rate")}; refused: now ${both("refused")}`);
  times.setAttribute("aria-label", `Over the last minute, half answered within ${both("p50")}; 99 % within ${both("p99")}`);
}

document.addEventListener("tick", draw);
draw();

// The calls, the last on top. Many at once are drawn once.

const list = byId("layers-calls");
const rows = new Map();
let drawing = null;

function row(call) {
  const cell = (...content) => make("td", {}, ...content);
  const status = make("b", { className: call.ok ? "good" : "bad" }, `${call.status || "none"}`);
  return make("tr", {},
    cell(`${call.method} ${call.path}`),
    cell(status),
    cell(milliseconds(call.took)),
    cell(milliseconds(call.server)),
    cell(make("div", {}, ...copyable(call.id))));
}

function drawCalls() {
  drawing = null;
  for (const [call, element] of rows) {
    if (calls.includes(call)) continue;
    element.remove();
    rows.delete(call);
  }
  for (const call of calls) {
    if (rows.has(call)) continue;
    rows.set(call, row(call));
    list.prepend(rows.get(call));
  }
}

document.addEventListener("call", () => (drawing ??= setTimeout(drawCalls, 50)));
drawCalls();
