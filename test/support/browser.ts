import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { skipWithout } from './foreign.ts';

const executablePath = '/usr/bin/chromium';
/** Why tests in a browser are skipped, if they are. */
export const noBrowser = skipWithout(
  'chromium',
  existsSync(executablePath),
  'needs /usr/bin/chromium (Debian: chromium)',
);
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

/** The real thing, without a window. The caller closes it. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args });
}

/** Whether a request stays on this machine's disk. */
export const isOwnFile = (url: string): boolean => /^(file|data):/.test(url);

/** What the browser complains of, and what it asks of the network, from now on. */
export function listenTo(page: Page, isOwn: (url: string) => boolean): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  page.on('request', (request) => {
    if (!isOwn(request.url())) complaints.push(`request: ${request.url()}`);
  });
  return complaints;
}
