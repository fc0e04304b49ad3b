import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/**
 * Turns what node:test wrote as JUnit's XML (the file that is the argument) into a section of docs/test-long.md: how many tests
 * passed, what failed, what was skipped and why, and the laws that took longest.
 */

const slowestMax = 30;

/** One test case, up to the next; node:test escapes quotation marks twice. */
const testCase = /<testcase name="([^"]*)" time="([\d.]+)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g;

function plain(text: string): string {
  const once = text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  return once.replaceAll('&quot;', '"').replaceAll('&apos;', "'");
}

const xml = readFileSync(process.argv[2] ?? '', 'utf8');
const laws = [...xml.matchAll(testCase)].map(([, name = '', time = '', inside = '']) => ({
  title: plain(name),
  seconds: Number(time),
  hasFailed: inside.includes('<failure'),
  skipped: /<skipped [^>]*message="([^"]*)"/.exec(inside)?.[1],
}));
const failed = laws.filter(({ hasFailed }) => hasFailed);
const skipped = laws.filter((law) => law.skipped !== undefined);
const passed = laws.filter((law) => !law.hasFailed && law.skipped === undefined);
const slowest = passed.toSorted((a, b) => b.seconds - a.seconds).slice(0, slowestMax);
const [, durationMs = '0'] = /<!-- duration_ms ([\d.]+) -->/.exec(xml) ?? [];
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const lines = [
  `- ${new Date().toISOString().slice(0, 10)}, commit ${commit}, Node ${process.version}, ${cpus().length} cores`,
  `- ${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped, ${Math.round(Number(durationMs) / 1000)} s`,
  ...failed.map(({ title }) => `- failed: ${title}`),
  ...skipped.map((law) => `- skipped: ${law.title} (${plain(law.skipped ?? '')})`),
  '',
  '| law | s |',
  '|---|---|',
  ...slowest.map(({ title, seconds }) => `| ${title.replaceAll('|', ' ')} | ${seconds.toFixed(1)} |`),
];
console.log(`${lines.join('\n')}\n`);
