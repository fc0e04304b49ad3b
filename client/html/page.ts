import type { GeneratorSummary } from '../load/generator/summary.ts';
export function renderPage(summary: GeneratorSummary): string {
  return JSON.stringify(summary);
}
