import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { renderPage } from '../../client/load/report/page.ts';
import { isOwnFile, launchBrowser, listenTo, noBrowser } from '../support/browser.ts';
import { type MadeCall, replies, summaryOf } from '../support/load-run.ts';

const calls: readonly MadeCall[] = Array.from({ length: 3000 }, (_, index): MadeCall => {
  const reply = [replies.set, replies.hit, replies.miss, replies.refused][index % 4] ?? replies.set;
  const lateMs = index % 100 > 90 ? 300 : 0;
  const leastMs = index % 1000 === 0 ? 0.004 : 1;
  const greatestMs = index % 1000 === 500 ? 3000 : 0;
  return [reply, index, index, index + lateMs, index + lateMs + leastMs + greatestMs + (index % 13) / 4];
});

/** What is on the page, by its own account. */
interface Found {
  readonly background: string;
  readonly scrollWidth: number;
  readonly lines: readonly number[];
  readonly bars: number;
  readonly letterPx: number;
  /** the most lines that a name in a table of figures takes: it is broken between words only */
  readonly nameLines: number;
  /** labels of one drawing that lie upon each other, or are cut off at its edge */
  readonly unreadable: readonly string[];
}

/** As text: it runs in the page, whose types are none of this project's. */
const program = `({
  background: getComputedStyle(document.body).backgroundColor,
  scrollWidth: document.documentElement.scrollWidth,
  lines: [...document.querySelectorAll('path.line')].map((line) => line.getTotalLength()),
  bars: [...document.querySelectorAll('svg rect')].filter((bar) => bar.getBoundingClientRect().height > 0).length,
  unreadable: [...document.querySelectorAll('svg')].flatMap((svg) => {
    const edge = svg.getBoundingClientRect();
    const labels = [...svg.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
    return labels.flatMap(([name, box], at) => [
      ...(box.left < edge.left - 1 || box.right > edge.right + 1 || box.bottom > edge.bottom + 1 ? [name] : []),
      ...labels.slice(at + 1)
        .filter(([, other]) => box.left < other.right && other.left < box.right && box.top + 2 < other.bottom && other.top + 2 < box.bottom)
        .map(([other]) => name + ' upon ' + other),
    ]);
  }),
  nameLines: Math.max(...[...document.querySelectorAll('.figures td:first-child')].map((name) => name.getClientRects()[0].height)) / 20,
  letterPx: Math.min(...[...document.querySelectorAll('svg text')].map((text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)),
})`;

type Viewport = { readonly width: number; readonly height: number };

async function look(browser: Browser, file: string, viewport: Viewport, colorScheme: 'light' | 'dark') {
  const page = await browser.newPage({ viewport, colorScheme });
  const complaints = listenTo(page, isOwnFile);
  await page.goto(pathToFileURL(file).href);
  const drawings = await Promise.all(
    (await page.locator('svg').all()).map((drawing) => drawing.boundingBox()),
  );
  const found = await page.evaluate<Found>(program);
  await page.close();
  return { complaints, drawings, ...found };
}

test('page: in Chromium each chart is drawn, on a screen and on a phone, light and dark, without a complaint', {
  skip: noBrowser,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'numstore-page-'));
  const file = join(folder, 'page.html');
  await writeFile(file, renderPage(summaryOf({ rate: 1000, durationMs: 3000 }, [calls])));
  const browser = await launchBrowser();
  t.after(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });
  const screen = await look(browser, file, { width: 1200, height: 900 }, 'light');
  const phone = await look(browser, file, { width: 390, height: 844 }, 'dark');
  for (const { complaints, drawings, lines, bars, unreadable } of [screen, phone]) {
    assert.deepEqual(complaints, []);
    assert.deepEqual(unreadable, []);
    assert.equal(drawings.length, 9, 'latency, percentiles, throughput, split, and five histograms');
    for (const box of drawings) assert.ok(box !== null && box.width > 250 && box.height > 60);
    assert.equal(lines.length, 6);
    for (const length of lines) assert.ok(length > 100, `a line of ${length}`);
    assert.ok(bars > 20, `${bars} bars`);
  }
  assert.ok(phone.nameLines < 4.5, `names are broken into ${phone.nameLines} lines`);
  assert.equal(phone.scrollWidth, 390, 'nothing is wider than the phone');
  assert.ok(phone.letterPx >= 9.5, `letters of ${phone.letterPx} px`);
  assert.notEqual(screen.background, phone.background);
});
