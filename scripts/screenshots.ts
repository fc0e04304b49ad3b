import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { NumStoreClientError, type NumStoreTypedClient, openClient } from '../client/api/client.ts';
import { launchBrowser } from '../test/support/browser.ts';
import { startMeasured } from '../test/support/metrics.ts';
import { clientProgram, root } from '../test/support/process.ts';
import { openStallingServer } from '../test/support/stalling-server.ts';

/** `npx tsx scripts/screenshots.ts [report|live]`, after `npm run build`: takes the pictures in docs/ anew. Needs Chromium. */

const screen = { width: 1400, height: 900 };
const phone = { width: 390, height: 844 };
/** As much as the charts show at least. */
const loadMs = 60_000;
/** People who ask for large factorials, one after the other. */
const askers = 3;

async function runClient(...words: readonly string[]): Promise<void> {
  const [program, ...args] = clientProgram;
  await once(spawn(program, [...args, ...words], { cwd: root, stdio: 'ignore' }), 'exit');
}

/** Asks for one large factorial after the other; a server that is busy may refuse some. */
async function askForLarge(client: NumStoreTypedClient, asker: number, enough: AbortSignal): Promise<void> {
  for (let n = 700_000 + asker; !enough.aborted; n += askers) {
    await client.setNum(`large ${asker}`, BigInt(n));
    try {
      await client.factExact(`large ${asker}`);
    } catch (error) {
      if (!(error instanceof NumStoreClientError && error.code === 'RESOURCE_EXHAUSTED')) throw error;
    }
  }
}

/** The live page of a server that is busy: with calls, and with large factorials in all workers. */
async function takeLive(browser: Browser): Promise<void> {
  const server = await startMeasured(['--transport', 'native']);
  await using client = await openClient({ port: server.port });
  const load = runClient(
    `${server.port}`,
    '--duration',
    `${loadMs + 10_000}ms`,
    '--rate',
    '600',
    '--keys',
    '150',
  );
  await new Promise((resolve) => setTimeout(resolve, loadMs));
  const enough = new AbortController();
  const asked = Array.from({ length: askers }, (_, asker) => askForLarge(client, asker, enough.signal));
  for (const [name, viewport, colorScheme] of [
    ['light', screen, 'light'],
    ['dark', screen, 'dark'],
    ['phone', phone, 'dark'],
  ] as const) {
    const page = await browser.newPage({ viewport, colorScheme });
    await page.goto(server.url);
    // Something to see: two workers at work, and large ones among the slowest.
    await page.locator('#slowest', { hasText: 'FactExact' }).waitFor();
    await page.locator('#workers li.busy:not(.queue)').nth(1).waitFor();
    await page.screenshot({ path: join(root, `docs/live-${name}.png`), fullPage: true });
    await page.close();
  }
  enough.abort();
  await Promise.all([load, ...asked]);
  await server.stop();
}

/** The report on a server that answers after 4 ms, and stalls for 200 ms in each second. */
async function takeReport(browser: Browser): Promise<void> {
  await using server = await openStallingServer(200, 1000, 4);
  const folder = await mkdtemp(join(tmpdir(), 'numstore-screenshots-'));
  const file = join(folder, 'report.html');
  const load = ['--threads', '1', '--connections', '1', '--in-flight', '3', '--rate', '400'];
  await runClient(`${server.port}`, '--duration', '10s', ...load, '--html', file);
  const page = await browser.newPage({ viewport: screen, colorScheme: 'light' });
  await page.goto(pathToFileURL(file).href);
  // the first two rows of charts, whole
  const last = await page.locator('.charts section').nth(5).boundingBox();
  if (last === null) throw new TypeError('Expected six charts');
  const clip = { x: 0, y: 0, width: screen.width, height: Math.ceil(last.y + last.height) + 8 };
  await page.screenshot({ path: join(root, 'docs/load-report.png'), clip, fullPage: true });
  await rm(folder, { recursive: true });
}

const browser = await launchBrowser();
try {
  const wanted = process.argv[2];
  if (wanted !== 'live') await takeReport(browser);
  if (wanted !== 'report') await takeLive(browser);
} finally {
  await browser.close();
}
