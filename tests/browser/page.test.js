// The first page in Chromium: over HTTP/1.1 in clear text, and over HTTPS with HTTP/2.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { start } from "./server.js";
import { launch, visit } from "./visit.js";

const DESKTOP = { viewport: { width: 1280, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const MODES = [
  { scheme: "http", hop: "http/1.1", protocol: "HTTP/1.1", encryption: /^none/ },
  { scheme: "https", hop: "h2", protocol: "HTTP/2", encryption: /^TLS 1\.3, X25519/ },
];

let browser;
let server;
before(async () => {
  server = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const { scheme, hop, protocol, encryption } of MODES) {
  const open = (options, look) => visit(browser, `${server.urls[scheme]}/`, options, look);

  describe(`${scheme}, ${protocol}`, { timeout: 60_000 }, () => {
    test("the page says how it was reached", () =>
      open(DESKTOP, async (page) => {
        const navigation = "performance.getEntriesByType('navigation')[0].nextHopProtocol";
        assert.equal(await page.evaluate(navigation), hop);
        assert.equal(await page.textContent("#reached-protocol"), protocol);
        assert.match(await page.textContent("#reached-tls"), encryption);
        assert.equal(await page.textContent("#reached-client"), "127.0.0.1");
      }));

    test("the figures move", () =>
      open(DESKTOP, async (page) => {
        const requests = async () => Number((await page.textContent("#requests")).replaceAll(",", ""));
        const first = await requests();
        await page.waitForFunction((n) => Number(document.getElementById("requests").textContent.replaceAll(",", "")) >= n + 2, first);
        await page.waitForFunction(() => Number(document.getElementById("rate-top").textContent) > 0);
        assert.match(await page.getAttribute("#chart", "aria-label"), /now \d/);
        assert.equal(await page.locator("#bars .bar").count(), 13);
        assert.ok((await page.evaluate(() => window.seen.shift)) < 0.05, "the layout shifts");
      }));

    test("JSON is echoed", () =>
      open(DESKTOP, async (page) => {
        await page.fill("#echo-body", '{"text": "<b>Grüße & 🦀</b>", "n": [1, null]}');
        await page.press("#echo-body", "Control+Enter");
        await page.getByText(/^Status 200 after/).waitFor();
        const echo = JSON.parse(await page.textContent("#answer"));
        assert.deepEqual(echo.body, { text: "<b>Grüße & 🦀</b>", n: [1, null] });
        assert.equal(echo.protocol, protocol);
        assert.equal(echo.scheme, scheme);
        assert.equal(echo.target, "/api/echo?from=page");
        assert.ok(echo.headers.some(([name, value]) => name === "content-type" && value === "application/json"));
      }));

    test("what is refused is told as a problem", () =>
      open(DESKTOP, async (page, faults) => {
        const refusals = { missing: 404, broken: 400, long: 414, method: 501 };
        for (const [refusal, status] of Object.entries(refusals)) {
          await page.click(`[data-refusal=${refusal}]`);
          await page.getByText(`Status ${status} after`).waitFor();
          assert.equal(JSON.parse(await page.textContent("#answer")).status, status);
        }
        await page.getByText(/^Refused by reason: .*target-too-long \d/).waitFor();
        // Chromium reports each of these answers as an error of its own.
        const expected = /^console: Failed to load resource.* (404|400|414|501) /;
        faults.push(...faults.splice(0).filter((fault) => !expected.test(fault)));
      }));

    test("5 MB are uploaded", () =>
      open(DESKTOP, async (page) => {
        const buffer = Buffer.alloc(5_000_000, "hyperserve");
        await page.setInputFiles("#upload-file", { name: "five.bin", mimeType: "application/octet-stream", buffer });
        await page.getByText("five.bin, 5.0 MB").waitFor();
        await page.click("#upload button");
        await page.getByText(/^The server counted 5,000,000 bytes in [\d,]+ blocks?, .* a second\.$/).waitFor();
        assert.equal(await page.evaluate(() => document.getElementById("upload-progress").value), 1);
      }));

    test("both colour schemes render", async () => {
      const papers = [];
      for (const colorScheme of ["light", "dark"]) {
        await open({ ...DESKTOP, colorScheme }, async (page) => {
          const paper = "getComputedStyle(document.documentElement).backgroundColor";
          papers.push(await page.evaluate(paper));
          assert.ok((await page.screenshot()).length > 10_000, "an empty picture");
        });
      }
      assert.deepEqual(papers, ["rgb(247, 246, 242)", "rgb(19, 22, 21)"]);
    });

    test("nothing is wider than a phone", () =>
      open(PHONE, async (page) => {
        await page.click("#echo button[type=submit]");
        await page.getByText(/^Status 200 after/).waitFor();
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.equal(width, 390);
      }));

    test("the keyboard reaches every control", () =>
      open(DESKTOP, async (page) => {
        const reached = new Set();
        for (let presses = 0; presses < 20; presses++) {
          await page.keyboard.press("Tab");
          reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim()));
        }
        for (const control of ["Skip to the content", "Figures", "echo-body", "Send", "The method BREW", "answer", "upload-file", "Upload"]) {
          assert.ok(reached.has(control), `${control} among ${[...reached].join(", ")}`);
        }
      }));
  });
}

test("a stop with a page open ends with exit code 0", { timeout: 60_000 }, async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.urls.http);
  await page.locator("#state.live").waitFor();
  assert.equal(await server.stop(), 0);
  await page.locator("#state.lost").waitFor({ timeout: 10_000 });
  await context.close();
});
