/** Writes docs/abuse.md from the committed results: node --import tsx bench/abuse/document.ts */
import { readFileSync, writeFileSync } from 'node:fs';
import { type AbuseResult, type ProtocolResult, toPage } from './page.ts';

const file = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const result: AbuseResult = JSON.parse(readFileSync(file('bench/results/abuse.json'), 'utf8'));
const protocol: ProtocolResult = JSON.parse(readFileSync(file('bench/results/abuse-protocol.json'), 'utf8'));
writeFileSync(file('docs/abuse.md'), toPage(result, protocol));
