/**
 * Draws docs/performance.svg and docs/choices.svg from the committed results.
 *
 *   npx tsx bench/chart.ts [--check]
 *
 * With --check nothing is written; exit code 1 if a picture is not that of the results.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawChoices } from './charts/choices.ts';
import { drawPerformance } from './charts/performance.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const pictures = { performance: drawPerformance, choices: drawChoices } as const;

for (const [name, draw] of Object.entries(pictures)) {
  const file = fileURLToPath(new URL(`../docs/${name}.svg`, import.meta.url));
  const drawn = draw();
  if (!values.check) {
    writeFileSync(file, drawn);
  } else if (readFileSync(file, 'utf8') !== drawn) {
    console.error(`Expected docs/${name}.svg to show the committed results: run npx tsx bench/chart.ts`);
    process.exitCode = 1;
  }
}
