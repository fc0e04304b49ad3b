import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { FactExactRequest } from '../../generated/numstore.ts';
import { launchBrowser, listenTo, noBrowser } from '../support/browser.ts';
import { type MeasuredServer, startMeasured } from '../support/metrics.ts';
import { connect } from '../support/wire.ts';

/** What is shown, by the text of the element with this id. */
const textOf = async (page: Page, id: string): Promise<string> =>
  (await page.locator(`#${id}`).textContent()) ?? '';

const shows = (page: Page, id: string, text: string): Promise<unknown> =>
  page.locator(`#${id}`, { hasText: text }).waitFor({ timeout: 20_000 });

/** One for all tests: each page of it has a context, so a profile, of its own. */
let browser: Browser;
before(async () => {
  if (noBrowser === false) browser = await launchBrowser();
});
after(async () => {
  if (noBrowser === false) await browser.close();
});

async function serve(t: TestContext): Promise<MeasuredServer> {
  const server = await startMeasured();
  t.after(() => server.stop());
  return server;
}

/** A page that is closed when the test ends. */
async function openPage(t: TestContext, options?: BrowserContextOptions): Promise<Page> {
  const page = await browser.newPage(options);
  t.after(() => page.close());
  return page;
}

test('live page: it follows the server under load and asks nobody else for anything', {
  skip: noBrowser,
}, async (t) => {
  const server = await serve(t);
  const page = await openPage(t);
  const complaints = listenTo(page, (url) => url.startsWith(server.url));
  await page.goto(server.url);
  await shows(page, 'status', 'serving');
  assert.equal(await page.locator('#slots li.free').count(), 10);
  assert.equal(await page.locator('#workers li').count(), 5);
  const wire = connect(server.address);
  for (let n = 1; n <= 12; n++) {
    await wire.setNum('k', BigInt(n));
    await wire.fact('k');
  }
  await wire.fact('k');
  await shows(page, 'slots', '12!');
  await shows(page, 'cache-note', '1 hits, 12 misses, 0 joined one under way, 2 evicted');
  await shows(page, 'tiles', 'total of all values12');
  await shows(page, 'methods', 'SetNum12');
  assert.equal(await page.locator('#slots li:not(.free)').count(), 10);
  assert.match(
    (await page.locator('#slots li').first().textContent()) ?? '',
    /^next to go 3! 0 hits, 1 B for /,
  );
  await shows(page, 'latency-key', 'Fact p99');
  assert.match(
    (await page.locator('#latency').getAttribute('aria-label')) ?? '',
    /now: SetNum p50 [\d.]+ [mµ]?s, SetNum p99 .*, Fact p50 [\d.]+ [mµ]?s, Fact p99 /,
  );
  assert.match(await textOf(page, 'slowest'), /Fact \d+![\d.]+ [mµ]?s.* ago(compute|other|lock|queue) /);
  assert.equal(await page.locator('#latency canvas, #rate canvas').count(), 2);
  assert.deepEqual(complaints, []);
  wire.close();
});

test('live page: the seventeenth viewer is told that all places are taken, and gets one that is free', {
  skip: noBrowser,
}, async (t) => {
  const server = await serve(t);
  const gone = new AbortController();
  const viewers = Array.from({ length: 16 }, () => fetch(`${server.url}/events`, { signal: gone.signal }));
  await Promise.all(viewers);
  const page = await openPage(t);
  await page.goto(server.url);
  await shows(page, 'status', 'busy: 16 pages are open already');
  gone.abort();
  await shows(page, 'status', 'serving');
});

test('live page: it says that it has lost the server, and goes on with the next one', {
  skip: noBrowser,
}, async (t) => {
  const server = await serve(t);
  const page = await openPage(t);
  await page.goto(server.url);
  await shows(page, 'status', 'serving');
  await server.stop();
  await shows(page, 'status', 'lost the server');
  const next = await startMeasured(['--metrics-port', new URL(server.url).port]);
  t.after(() => next.stop());
  const wire = connect(next.address);
  await wire.setNum('after', 77n);
  wire.close();
  await shows(page, 'status', 'serving');
  await shows(page, 'tiles', 'total of all values77');
});

/** What axe finds serious on the page as it stands, with the elements. */
async function seriousFaults(page: Page): Promise<readonly unknown[]> {
  const found = await page.evaluate<{
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  }>('axe.run()');
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
}

async function failOnce({ address }: MeasuredServer): Promise<void> {
  const wire = connect(address);
  await wire.raw('/NumStoreExtended/FactExact', FactExactRequest.encode({ key: 'none' }).finish());
  wire.close();
}

/** The cache is full, and the total as long as it can be: 26 characters. */
async function fill({ address }: MeasuredServer): Promise<void> {
  const wire = connect(address);
  await wire.setNum('least', -(2n ** 63n));
  for (let n = 0n; n <= 20n; n++) {
    await wire.setNum('k', n);
    await wire.fact('k');
  }
  wire.close();
}

test('live page: axe finds nothing serious, light and dark, idle, busy and without its server, and nothing is too wide', {
  skip: noBrowser,
}, async (t) => {
  const server = await serve(t);
  const openScheme = async (width: number, colorScheme: 'light' | 'dark'): Promise<Page> => {
    const page = await openPage(t, { viewport: { width, height: 720 }, colorScheme, bypassCSP: true });
    await page.goto(server.url);
    await page.addScriptTag({ content: axe.source });
    await shows(page, 'status', 'serving');
    return page;
  };
  const idle = await openScheme(1280, 'light');
  assert.deepEqual(await seriousFaults(idle), []);
  await failOnce(server);
  await shows(idle, 'slowest', 'NOT_FOUND');
  assert.deepEqual(await seriousFaults(idle), []);
  await fill(server);
  for (const [width, colorScheme] of [
    [1280, 'dark'],
    [390, 'light'],
  ] as const) {
    const page = await openScheme(width, colorScheme);
    await shows(page, 'slots', '20!');
    assert.deepEqual(await seriousFaults(page), [], `${width} ${colorScheme}`);
    await page.close();
  }
  for (const width of [1920, 1280, 700, 390, 320]) {
    await idle.setViewportSize({ width, height: 720 });
    await idle.waitForFunction(chartsFit);
    assert.deepEqual(await idle.evaluate<readonly string[]>(findTooWide), [], `${width}`);
  }
  await server.stop();
  await shows(idle, 'status', 'lost the server');
  assert.deepEqual(await seriousFaults(idle), []);
});

/** In the browser: whether each chart has the width of its place. */
const chartsFit = `[...document.querySelectorAll('.chart')]
  .every((one) => one.querySelector('.uplot').clientWidth === one.clientWidth)`;

/** In the browser: which elements stick out of the window, or have content that sticks out of them. */
const findTooWide = `[...document.querySelectorAll('body, header, main, section, dd, dt, li, table, p')]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.getBoundingClientRect().right > innerWidth)
  .map((one) => one.outerHTML.slice(0, 80))`;
