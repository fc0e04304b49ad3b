import { type NumStoreTypedClient, openClient } from '../api/client.ts';
import { type ExitCode, exitCode } from '../cli/exit.ts';
import { escapeField } from '../cli/printable.ts';
import type { Terminal } from '../cli/terminal.ts';
import type { NumbersCommand } from './numbers-flags.ts';
import {
  type Revision,
  rowOfAdd,
  rowOfDelete,
  rowOfEntry,
  rowOfSet,
  rowOfStats,
  rowOfValue,
} from './numbers-rows.ts';
import { createPrinter, type Printer } from './printer.ts';

/**
 * Runs one command on stored numbers and prints its answer: to people, to scripts (columns with tabs between them) or
 * as JSON.
 *
 * @returns 1 for a `get` of a missing key: a script that goes on without a number would go wrong. A `delete` of one
 *   is 0: what was asked for holds, and a delete that is repeated because its answer was lost must not fail
 * @throws NumStoreClientError UNREACHABLE when there is no server, or why there is no answer
 */
export async function runNumbers(command: NumbersCommand, { stdout, stderr }: Terminal): Promise<ExitCode> {
  const { host, port, security, deadlineMs } = command;
  const client = await openClient({ host, port, ...security, deadlineMs });
  const printer = createPrinter(stdout, command.json ? 'programs' : stdout.isTTY ? 'people' : 'scripts');
  try {
    const fault = await answer(client, command, printer);
    if (fault === undefined) return exitCode.ok;
    stderr.write(`numstore client: ${fault}\n`);
    return exitCode.failed;
  } finally {
    await printer.flush(); // what has arrived is shown, even if the rest does not come
    await client.close();
  }
}

/** @returns a fault that is not an error of the client, if there is one */
async function answer(
  client: NumStoreTypedClient,
  command: NumbersCommand,
  printer: Printer,
): Promise<string | undefined> {
  let revision: Revision;
  const options = {
    onRevision: (told: bigint): void => {
      revision = told;
    },
  };
  switch (command.kind) {
    case 'get': {
      const { key } = command;
      const value = await client.getNum(key);
      if (value === undefined) return `there is no key "${escapeField(key)}"`;
      await printer.print(rowOfValue({ key, value }));
      return undefined;
    }
    case 'set': {
      const total = await client.setNum(command.key, command.value, options);
      await printer.print(rowOfSet(command, total, revision));
      return undefined;
    }
    case 'add': {
      const added = await client.addNum(command.key, command.delta, options);
      await printer.print(rowOfAdd(command.key, added, revision));
      return undefined;
    }
    case 'delete': {
      const deleted = await client.deleteNum(command.key, options);
      await printer.print(rowOfDelete(command.key, deleted, revision));
      return undefined;
    }
    case 'list': {
      const { prefix, startAfter, limit } = command;
      for await (const entry of client.listNums({ prefix, startAfter, limit })) {
        if (!(await printer.print(rowOfEntry(entry)))) break;
      }
      return undefined;
    }
    case 'stats':
      await printer.print(rowOfStats(await client.stats()));
      return undefined;
  }
}
