import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { renderPage } from '../../client/html/page.ts';
import { type MadeCall, replies, summaryOf } from '../support/generator-run.ts';

const executablePath = '/usr/bin/chromium';
const skip = existsSync(executablePath) ? false : 'needs /usr/bin/chromium (Debian: chromium)';
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const calls: readonly MadeCall[] = Array.from({ length: 3000 }, (_, index): MadeCall => {
  const reply = [replies.set, replies.hit, replies.miss, replies.refused][index % 4] ?? replies.set;
  const lateMs = index % 100 > 90 ? 20 : 0;
  return [reply, index, index, index + lateMs, index + lateMs + 1 + (index % 13) / 4];
});

/** What the browser complains of, and what it asks of the network, from now on. */
function listen(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) complaints.push(`request: ${request.url()}`);
  });
  return complaints;
}

/** What is on the page, by its own account. */
interface Found {
  readonly background: string;
  readonly scrollWidth: number;
  readonly lines: readonly number[];
  readonly bars: number;
  readonly letterPx: number;
}

/** As text: it runs in the page, whose types are none of this project's. */
const program = `({
  background: getComputedStyle(document.body).backgroundColor,
  scrollWidth: document.documentElement.scrollWidth,
  lines: [...document.querySelectorAll('path.line')].map((line) => line.getTotalLength()),
  bars: [...document.querySelectorAll('svg rect')].filter((bar) => bar.getBoundingClientRect().height > 0).length,
  letterPx: Math.min(...[...document.querySelectorAll('svg text')].map((text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)),
})`;

type Viewport = { readonly width: number; readonly height: number };

async function look(browser: Browser, file: string, viewport: Viewport, colorScheme: 'light' | 'dark') {
  const page = await browser.newPage({ viewport, colorScheme });
  const complaints = listen(page);
  await page.goto(pathToFileURL(file).href);
  const drawings = await Promise.all(
    (await page.locator('svg').all()).map((drawing) => drawing.boundingBox()),
  );
  const found = await page.evaluate<Found>(program);
  await page.close();
  return { complaints, drawings, ...found };
}

test('page: in Chromium each chart is drawn, on a screen and on a phone, light and dark, without a complaint', {
  skip,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'numstore-page-'));
  const file = join(folder, 'page.html');
  await writeFile(file, renderPage(summaryOf({ rate: 1000, durationMs: 3000 }, [calls])));
  const browser = await chromium.launch({ executablePath, args });
  t.after(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });
  const screen = await look(browser, file, { width: 1200, height: 900 }, 'light');
  const phone = await look(browser, file, { width: 390, height: 844 }, 'dark');
  for (const { complaints, drawings, lines, bars } of [screen, phone]) {
    assert.deepEqual(complaints, []);
    assert.equal(drawings.length, 8, 'latency, percentiles, throughput, split, and four histograms');
    for (const box of drawings) assert.ok(box !== null && box.width > 250 && box.height > 60);
    assert.equal(lines.length, 6);
    for (const length of lines) assert.ok(length > 100, `a line of ${length}`);
    assert.ok(bars > 20, `${bars} bars`);
  }
  assert.equal(phone.scrollWidth, 390, 'nothing is wider than the phone');
  assert.ok(phone.letterPx >= 9.5, `letters of ${phone.letterPx} px`);
  assert.notEqual(screen.background, phone.background);
});
