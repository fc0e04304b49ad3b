import { readFileSync } from 'node:fs';

/** The version in package.json, which lies two folders up from the sources and three up from the compiled code. */
export function readVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    const version = versionIn(new URL(path, import.meta.url));
    if (version !== undefined) return version;
  }
  throw new Error('Expected a package.json beside the server');
}

function versionIn(file: URL): string | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const isPackage = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
    return isPackage && typeof parsed.version === 'string' ? parsed.version : undefined;
  } catch {
    return undefined;
  }
}
