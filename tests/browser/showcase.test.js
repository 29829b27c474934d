// The showcase in Chromium: over HTTP/1.1 in clear text, and over HTTPS with HTTP/2. SCREENSHOTS names a folder for
// pictures of it at both widths in both schemes, for people to look at.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { start } from "./server.js";
import { launch, visit } from "./visit.js";

const DESKTOP = { viewport: { width: 1280, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const NARROW = { ...PHONE, viewport: { width: 360, height: 740 } };
const WIDTHS = { desktop: DESKTOP, phone: PHONE, narrow: NARROW };
const MODES = [
  { scheme: "http", protocol: "HTTP/1.1", encryption: /^none/ },
  { scheme: "https", protocol: "HTTP/2", encryption: /^TLS 1\.3, X25519/ },
];
const MIB = 1024 * 1024;
/** RFC 9562 §5.7. */
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let browser;
let server;
before(async () => {
  server = await start("showcase");
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const open = (scheme, options, look) => visit(browser, `${server.urls[scheme]}/`, options, look);

/** Chromium reports each answer of these statuses as an error of its own. */
function expect(faults, ...statuses) {
  const expected = new RegExp(`^console: Failed to load resource.* (${statuses.join("|")}) `);
  faults.push(...faults.splice(0).filter((fault) => !expected.test(fault)));
}

/** Over loopback an upload is done before a browser tells of its progress. */
async function slowUploads(page, bytesPerSecond) {
  const devtools = await page.context().newCDPSession(page);
  const conditions = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond };
  await devtools.send("Network.emulateNetworkConditions", conditions);
}

const item = (page, title) => page.locator("#todos-list li", { hasText: title });

async function add(page, title) {
  await page.fill("#todos-text", title);
  await page.press("#todos-text", "Enter");
  await item(page, title).waitFor();
}

/** Presses the button that meets the limiter, and gives how many of the 40 passed and how many were refused. */
async function hammer(page) {
  await page.focus("#layers-hammer");
  await page.keyboard.press("Enter");
  const said = page.getByText(/^\d+ passed, \d+ were refused, again in [1-3] s$/);
  await said.waitFor();
  return (await said.textContent()).match(/\d+/g).slice(0, 2).map(Number);
}

for (const { scheme, protocol, encryption } of MODES) {
  describe(`${scheme}, ${protocol}`, { timeout: 120_000 }, () => {
    test("the strip says how the page was reached", () =>
      open(scheme, DESKTOP, async (page) => {
        await page.locator("#reached-protocol", { hasText: protocol }).waitFor();
        assert.match(await page.textContent("#reached-tls"), encryption);
        assert.equal(await page.textContent("#reached-client"), "127.0.0.1");
        assert.equal(await page.textContent("#reached-head_timeout"), "10s");
        assert.equal(await page.getAttribute("#reached-head_timeout", "title"), "from default");
        assert.match(await page.textContent("#reached-uptime"), /^\d/);
      }));

    test("an item is added, found, done and deleted", () =>
      open(scheme, DESKTOP, async (page) => {
        const title = `Größe <b>${scheme}</b> 100 %_`;
        await add(page, title);
        assert.equal(await page.inputValue("#todos-text"), "");
        assert.match(await page.textContent("#todos-wire .wire-head"), /^POST \/api\/todos 201 \d+\.\d ms$/);
        assert.match(await page.textContent("#todos-wire pre"), /location: \/api\/todos\/\d+/);

        const marked = title.slice(0, -7);
        await page.fill("#todos-search", marked.toUpperCase().replace("SS", "ß"));
        await page.locator("#todos-list mark", { hasText: marked }).waitFor();
        await page.getByText(/^1 found, \d+ of 500$/).waitFor();
        await page.fill("#todos-search", "%_");
        await item(page, title).locator("mark", { hasText: "%_" }).waitFor();

        await item(page, title).getByRole("checkbox").check();
        await page.locator("#todos-wire", { hasText: /PATCH \/api\/todos\/\d+ 200/ }).waitFor();
        await page.getByRole("radio", { name: "Open" }).check();
        await item(page, title).waitFor({ state: "detached" });
        await page.getByRole("radio", { name: "Done" }).check();
        await item(page, title).waitFor();

        await page.getByRole("button", { name: `Delete: ${title}` }).click();
        await item(page, title).waitFor({ state: "detached" });
        assert.match(await page.textContent("#todos-wire .wire-head"), /^DELETE \/api\/todos\/\d+ 204/);
      }));

    test("what does not fit is told where it belongs", () =>
      open(scheme, DESKTOP, async (page, faults) => {
        const error = page.locator("#todos-error");
        await page.press("#todos-text", "Enter");
        await error.getByText("a title is needed").waitFor();
        assert.equal(await page.getAttribute("#todos-text", "aria-invalid"), "true");
        await page.fill("#todos-text", "a");
        assert.equal(await error.textContent(), "");
        const refusals = {
          long: [422, "201 characters are too many"],
          number: [422, "invalid type: integer"],
          broken: [400, ""],
          member: [422, ""],
          query: [422, null],
          missing: [404, null],
        };
        for (const [refusal, [status, message]] of Object.entries(refusals)) {
          // Two refusals may have the same status: the one before must not pass for this one.
          await page.evaluate(() => document.querySelector("#todos-wire .wire-head").replaceChildren());
          await page.click(`[data-refusal=${refusal}]`);
          await page.locator("#todos-wire .bad", { hasText: status }).waitFor();
          assert.match(await page.textContent("#todos-wire pre"), new RegExp(`"status": ${status}`));
          if (message) await error.getByText(message).waitFor();
          else if (message === "") await page.waitForFunction(() => document.getElementById("todos-error").textContent !== "");
          await page.fill("#todos-text", refusal);
        }
        expect(faults, 400, 404, 422);
      }));

    test("5 MiB are uploaded, seen on their way, and arrive whole", () =>
      open(scheme, DESKTOP, async (page) => {
        await slowUploads(page, 4 * MIB);
        await page.evaluate(() => {
          window.shares = [];
          const percent = document.getElementById("upload-percent");
          new MutationObserver(() => window.shares.push(percent.textContent)).observe(percent, { childList: true });
        });
        const buffer = Buffer.alloc(5 * MIB, "hyperserve");
        await page.setInputFiles("#upload-file", { name: "five.bin", mimeType: "application/octet-stream", buffer });
        await page.getByText("five.bin, 5.0 MiB").waitFor();
        await page.click("#upload-form [type=submit]");
        await page.getByText("Arrived whole: both hashes are the same.").waitFor();
        assert.equal(await page.textContent("#upload-bytes"), "5,242,880 bytes");
        assert.match(await page.textContent("#upload-there"), /^[0-9a-f]{64}$/);
        const shares = await page.evaluate(() => window.shares);
        assert.ok(new Set(shares).size > 3 && shares.at(-1) === "100 %", shares.join(", "));
      }));

    test("more than 64 MiB are refused", () =>
      open(scheme, DESKTOP, async (page, faults) => {
        await page.evaluate((bytes) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "large.bin"));
          document.getElementById("upload-file").files = data.files;
          document.getElementById("upload-file").dispatchEvent(new Event("change"));
        }, 65 * MIB);
        await page.click("#upload-form [type=submit]");
        await page.getByText(/^Refused with 413|^The connection was closed before the end/).waitFor({ timeout: 30_000 });
        // Either the answer was read, or the connection ended under what was still being sent.
        const told = /413|net::ERR_|request: .*\/api\/upload/;
        faults.push(...faults.splice(0).filter((fault) => !told.test(fault)));
      }));

    test("the ticker moves", () =>
      open(scheme, DESKTOP, async (page) => {
        const requests = async () => Number((await page.textContent("#ticker-requests")).replaceAll(",", ""));
        const reaches = (id, least) =>
          page.waitForFunction(([id, least]) => Number(document.getElementById(id).textContent.replaceAll(",", "")) >= least, [id, least]);
        await reaches("ticker-requests", 1);
        const before = await requests();
        await page.click("#ticker-load");
        await page.getByText(/^1,000 answers in .*, none failed$/).waitFor({ timeout: 20_000 });
        await reaches("ticker-requests", before + 1000);
        await reaches("ticker-top", 20);
        assert.match(await page.getAttribute("#ticker-chart", "aria-label"), /now [\d,]+, at most [\d,]+/);
        assert.match(await page.textContent("#ticker-memory"), /MiB$/);
        assert.match(await page.textContent("#ticker-p50"), /s$/);
        assert.equal(await page.textContent("#ticker-viewers"), "1");
        assert.equal(await page.locator("#ticker-chart rect").count(), 60);
        assert.ok((await page.evaluate(() => window.seen.shift)) < 0.02, "the layout shifts");
      }));

    test("the hammer meets the limiter", () =>
      open(scheme, DESKTOP, async (page, faults) => {
        const [passed, refused] = await hammer(page);
        assert.equal(passed + refused, 40);
        assert.ok(refused >= 20, `${refused} were refused`);
        const cells = page.locator("#layers-cells");
        assert.deepEqual([await cells.locator(".passed").count(), await cells.locator(".refused").count()], [passed, refused]);
        assert.equal(await cells.locator(".refused").first().textContent(), "429");
        assert.equal(await page.textContent("#layers-policy"), '"burst";q=10;w=2, "minute";q=20;w=60');
        assert.match(await page.textContent("#layers-left"), /^"burst";r=\d+;t=\d+, "minute";r=\d+;t=\d+$/);
        assert.match(await page.textContent("#layers-id code"), UUID_V7);
        await page.locator("#layers-again", { hasText: /^[1-3]: come again$/ }).waitFor();
        expect(faults, 429);
      }));

    test("the metrics of the last minute have what was refused", () =>
      open(scheme, DESKTOP, async (page, faults) => {
        const [, refused] = await hammer(page);
        await page.waitForFunction(() => Number(document.getElementById("layers-refused-top").textContent) > 0);
        assert.match(await page.getAttribute("#layers-rates", "aria-label"), /refused: now [\d,]+, at most [1-9]\d*$/);
        assert.match(await page.getAttribute("#layers-times", "aria-label"), /99 % within [\d.]+ [mµ]?s, at most [\d.]+ [mµ]?s$/);
        const bars = (kind) =>
          page.locator(`.bench rect.${kind}`).evaluateAll((all) => all.filter((bar) => Number(bar.getAttribute("height")) > 2).length);
        for (const kind of ["passed", "refused", "fast"]) assert.ok((await bars(kind)) > 0, `${kind}, ${refused} refused`);
        assert.match(await page.textContent("#layers-p99"), /s$/);
        expect(faults, 429);
      }));

    test("each call has a request id to copy, and its timing", () =>
      open(scheme, DESKTOP, async (page) => {
        await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
        const answer = page.waitForResponse((response) => response.request().method() === "POST");
        await add(page, `Seen by ${scheme}`);
        const id = (await answer).headers()["x-request-id"];
        assert.match(id, UUID_V7);
        const shown = page.locator("#todos-wire .wire-id");
        assert.equal(await shown.locator("code").textContent(), id);
        assert.match(await shown.textContent(), /\d ms in the server$/);
        await shown.getByRole("button", { name: `Copy request id ${id}` }).click();
        await page.getByText(`Copied: request id ${id}`).waitFor();
        assert.equal(await page.evaluate(() => navigator.clipboard.readText()), id);
        const row = page.locator("#layers-calls tr", { hasText: id });
        assert.match(await row.textContent(), /^POST \/api\/todos201[\d.]+ ms[\d.]+ ms/);
      }));

    test("a line of the table of routes leads to its code", () =>
      open(scheme, DESKTOP, async (page) => {
        const row = page.locator("#routes-rows tr", { hasText: "todos::create" });
        assert.match(await row.textContent(), /POST\/api\/todostodos::createtodos\/mod\.rs:\d+$/);
        await row.getByRole("link").click();
        const marked = page.locator("#todos .line.marked");
        await marked.waitFor();
        assert.match(await marked.textContent(), /\.route\("\/api\/todos"/);
        assert.ok(await marked.isVisible());
        await page.locator("#todos .files a", { hasText: "store.rs" }).click();
        await page.locator("#todos .line", { hasText: "CREATE TABLE" }).waitFor();
      }));

    test("the keyboard reaches every control", () =>
      open(scheme, DESKTOP, async (page) => {
        const reached = new Set();
        for (let presses = 0; presses < 140; presses++) {
          await page.keyboard.press("Tab");
          reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim()));
        }
        for (const control of ["Skip to the content", "Uploads", "ticker-load", "todos-text", "Add", "todos-search", "todos-list", "No such item", "upload-file", "Upload", "files-clip", "8 s", "clip.webm", "layers-hammer"]) {
          assert.ok(reached.has(control), `${control} among ${[...reached].join(", ")}`);
        }
      }));
  });
}

for (const [width, options] of Object.entries(WIDTHS)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`${width}, ${colorScheme}`, { timeout: 60_000 }, () =>
      open("https", { ...options, colorScheme, reducedMotion: "reduce" }, async (page, faults) => {
        await add(page, `Seen on a ${width} in ${colorScheme}`);
        await page.locator("#todos .code summary").click();
        await page.locator("#todos .line").first().waitFor();
        await hammer(page);
        expect(faults, 429);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), options.viewport.width);
        const paper = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
        assert.equal(paper, { light: "rgb(244, 242, 236)", dark: "rgb(11, 16, 14)" }[colorScheme]);
        await picture(page, `${width}-${colorScheme}`);
      }));
  }
}

async function picture(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (folder) await mkdir(folder, { recursive: true });
  const path = (part) => folder && join(folder, `showcase-${name}${part}.png`);
  await page.evaluate(() => scrollTo(0, 0));
  assert.ok((await page.screenshot({ path: path("") })).length > 10_000, "an empty picture");
  await page.screenshot({ path: path("-whole"), fullPage: true });
  await page.locator("#layers").screenshot({ path: path("-layers") });
}

test("a stop with a page open ends with exit code 0", { timeout: 60_000 }, async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.urls.http);
  await page.locator("#state.live").waitFor();
  const began = Date.now();
  assert.equal(await server.stop(), 0);
  assert.ok(Date.now() - began < 10_000, "the stream held the drain up");
  await page.locator("#state.lost").waitFor({ timeout: 10_000 });
  await context.close();
});
