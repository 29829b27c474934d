// The showcase's files in Chromium: what is uploaded is listed, live for everybody, and comes back as it was; a clip is
// played by ranges. SCREENSHOTS names a folder for pictures of it, for people to look at.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { start } from "./server.js";
import { launch, visit } from "./visit.js";

const DESKTOP = { viewport: { width: 1280, height: 900 } };
const NARROW = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const SCHEMES = ["http", "https"];

let browser;
let folder;
let server;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "files-"));
  server = await start("showcase", undefined, { TMPDIR: folder });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await rm(folder, { recursive: true });
});

const open = (scheme, options, look) => visit(browser, `${server.urls[scheme]}/`, options, look);
const listed = (page, name) => page.locator("#files-list tr", { has: page.getByRole("link", { name, exact: true }) });

async function upload(page, name, buffer) {
  await page.setInputFiles("#upload-file", { name, mimeType: "text/html", buffer });
  await page.click("#upload-form [type=submit]");
  await page.getByText("Arrived whole: both hashes are the same.").waitFor();
}

/** The shares that the progress bar shows from now on. */
function watchProgress(page) {
  return page.evaluate(() => {
    window.shares = [];
    const percent = document.getElementById("upload-percent");
    new MutationObserver(() => window.shares.push(percent.textContent)).observe(percent, { childList: true });
  });
}

/** What was asked for to play the clip: range, status, and the part that came. */
const ranges = (page) =>
  page.locator("#files-ranges tr").evaluateAll((rows) => rows.map((row) => Array.from(row.cells, (cell) => cell.textContent)));

for (const scheme of SCHEMES) {
  describe(scheme, { timeout: 120_000 }, () => {
    test("an upload is listed for everybody at once, and comes back as it was", () =>
      open(scheme, DESKTOP, async (other) => {
        await open(scheme, DESKTOP, async (page) => {
          const name = `Größe <b>${scheme}</b> & more.html`;
          const buffer = Buffer.from(`<script>document.title = "${scheme}"</script>`.padEnd(700_000, "é"));
          await watchProgress(page);
          await upload(page, name, buffer);
          assert.equal((await page.evaluate(() => window.shares)).at(-1), "100 %");
          assert.equal(await page.textContent("#upload-into"), "a file");

          await listed(page, name).waitFor();
          await listed(other, name).waitFor();
          assert.equal(await page.locator("#files-list b").count(), 0, "markup got through");
          const cells = await listed(page, name).locator("td").allTextContents();
          assert.match(cells[1], /^\d{4}\.html$/);
          assert.equal(cells[1], (await page.textContent("#upload-kept")).replace("/files/", ""));
          assert.match(cells[2], /^\d+ KiB$|^1\.\d MiB$/);

          const download = page.waitForEvent("download");
          await listed(page, name).getByRole("link").click();
          assert.ok((await readFile(await (await download).path())).equals(buffer), "other bytes came back");
          assert.notEqual(await page.title(), scheme);
        });
      }));

    test("a clip is played by ranges", () =>
      open(scheme, DESKTOP, async (page) => {
        const video = page.locator("#files-clip");
        await page.waitForFunction(() => document.getElementById("files-clip").readyState >= HTMLMediaElement.HAVE_METADATA);
        assert.equal(await video.evaluate((clip) => clip.duration), 10);
        assert.equal(await video.evaluate((clip) => clip.videoWidth), 320);

        const seeked = video.evaluate((clip) => new Promise((done) => clip.addEventListener("seeked", () => done(clip.currentTime))));
        await page.getByRole("button", { name: "8 s", exact: true }).click();
        assert.equal(await seeked, 8);
        await page.getByText("At 8.0 s.").waitFor();

        await video.evaluate((clip) => clip.play());
        await page.waitForFunction(() => document.getElementById("files-clip").currentTime > 8.4);
        await page.getByRole("button", { name: "Jump to 2 s" }).click();
        await page.waitForFunction(() => ((time) => time > 2.2 && time < 8)(document.getElementById("files-clip").currentTime));

        await page.locator("#files-ranges tr").nth(1).waitFor();
        const asked = await ranges(page);
        assert.match(asked[0].join(" "), /^bytes=0- 206 bytes 0-(\d+)\/\d+$/);
        const later = asked.filter(([range, status, part]) => {
          const from = /^bytes=([1-9]\d*)-/.exec(range)?.[1];
          return status === "206" && from && part.startsWith(`bytes ${from}-`);
        });
        assert.ok(later.length > 0, asked.join("; "));
        assert.ok((await page.evaluate(() => window.seen.shift)) < 0.02, "the layout shifts");
      }));
  });
}

for (const [width, options] of Object.entries({ desktop: DESKTOP, narrow: NARROW })) {
  for (const colorScheme of ["light", "dark"]) {
    test(`${width}, ${colorScheme}`, { timeout: 60_000 }, () =>
      open("https", { ...options, colorScheme, reducedMotion: "reduce" }, async (page) => {
        const name = `A holiday on a ${width} in ${colorScheme} of which the name is longer than any list has room for.jpg`;
        await upload(page, name, Buffer.alloc(300_000, "jpg"));
        await listed(page, name).waitFor();
        await page.getByRole("button", { name: "8 s", exact: true }).click();
        await page.locator("#files-ranges tr").nth(1).waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), options.viewport.width);
        await picture(page, `${width}-${colorScheme}`);
      }));
  }
}

async function picture(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (folder) await mkdir(folder, { recursive: true });
  for (const part of ["files", "upload"]) {
    const picture = await page.locator(`#${part}`).screenshot({ path: folder && join(folder, `${part}-${name}.png`) });
    assert.ok(picture.length > 10_000, "an empty picture");
  }
}

test("nothing is left when the server has stopped", { timeout: 60_000 }, async () => {
  assert.equal((await readdir(folder)).length, 1);
  assert.equal(await server.stop(), 0);
  assert.deepEqual(await readdir(folder), []);
});
