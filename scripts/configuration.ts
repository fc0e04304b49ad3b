import { environmentName, type Setting, settings } from '../server/config/settings.ts';

/**
 * `configuration.ts > docs/configuration.md`: writes the page of the server's settings from their
 * table. A test compares the page with what this prints.
 */

const head = `# Configuration of the server

The server takes each setting from its flag, else from its environment variable, else the default. The server lists
every bad setting in one error, and exits with 2. \`server/config/settings.ts\` is the table from which the flags,
\`--help\` and this page derive.

[operations.md](operations.md#limits-and-when-to-change-them) says when to change a limit.

- A number of bytes is an integer, alone or with KiB, MiB or GiB: \`65536\`, \`64KiB\`.
- Where the default is \`off\`, \`off\` is also a value.
- Each file that a setting names is read at the start, and again at SIGHUP or when it has changed.

| flag | variable | default | meaning |
|---|---|---|---|`;

function row({ flag, fallback, hint, more, share }: Setting<unknown>): string {
  const limited =
    share === undefined
      ? []
      : [`With a memory limit at most 1/${1 / share} of what it leaves beyond 96 MiB.`];
  const sentences = [...(more === undefined ? [] : [more]), ...limited];
  const meaning = sentences.length === 0 ? hint : `${hint}. ${sentences.join(' ')}`;
  return `| \`--${flag}\` | \`${environmentName(flag)}\` | \`${fallback}\` | ${meaning} |`;
}

console.log([head, ...Object.values(settings).map(row)].join('\n'));
