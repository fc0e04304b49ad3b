import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { parseInvocation } from '../../server/config/config.ts';
import type { ServerConfig } from '../../server/config/settings.ts';
import { root } from './process.ts';

/** Part of a file that a test reads: looked at step by step, and each step has to be there. */
export class Part {
  readonly value: unknown;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    this.value = value;
    this.#path = path;
  }

  at(...names: readonly (string | number)[]): Part {
    const [name, ...rest] = names;
    if (name === undefined) return this;
    const path = `${this.#path}/${name}`;
    assert.ok(
      typeof this.value === 'object' && this.value !== null && name in this.value,
      `${path} is there`,
    );
    return new Part(Reflect.get(this.value, name), path).at(...rest);
  }

  each(): readonly Part[] {
    assert.ok(typeof this.value === 'object' && this.value !== null, `${this.#path} has parts`);
    return Object.entries(this.value).map(([name, value]) => new Part(value, `${this.#path}/${name}`));
  }

  names(): readonly string[] {
    assert.ok(typeof this.value === 'object' && this.value !== null, `${this.#path} has parts`);
    return Object.keys(this.value);
  }

  texts(): readonly string[] {
    return this.each().map(({ value }) => String(value));
  }
}

/** The documents of a YAML file; a JSON file is one. */
export function readDocuments(file: string): readonly Part[] {
  const documents = parseAllDocuments(readFileSync(join(root, file), 'utf8'), { merge: true });
  return documents.map((document, index) => {
    assert.deepEqual(document.errors, [], file);
    return new Part(document.toJS(), `${file}#${index}`);
  });
}

/** What the server makes of arguments and an environment. */
export function readConfig(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ServerConfig {
  const invocation = parseInvocation(argv, environment);
  assert.ok(invocation.kind === 'serve');
  return invocation.config;
}
