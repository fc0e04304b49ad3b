import { exitCodesHelp } from './cli/exit.ts';
import { programName } from './cli/program.ts';
import { securityHelp } from './cli/security-flags.ts';
import { severalServersHelp } from './cli/server-flags.ts';
import { commandTables, type HelpTopic } from './command-line.ts';
import { loadTesterHelp, runHelp } from './load/flags.ts';

const run = `Usage: ${programName} TARGET [flags]
       ${programName} COMMAND ... [flags]
       ${programName} help [COMMAND]
       ${programName} --version

Sends random requests to the NumStore at TARGET, a PORT of this machine or HOST:PORT, and reports its cache hit rate and response times.
Each request is SetNum or Fact (50/50) with a random key; SetNum stores a number from 1 to 15.

${runHelp}
${loadTesterHelp}
${securityHelp}
Commands, each with a --help of its own
  get KEY          print the number stored under KEY
  set KEY VALUE    store VALUE under KEY, and print the total
  add KEY DELTA    add DELTA to the number stored under KEY, and print both that and the total
  delete KEY       delete KEY, and print the total
  list [TARGET]    print all keys with their numbers
  stats [TARGET]   print how much there is and what has happened
  watch [TARGET]   show that again and again, and how fast it grows
  fact KEY         print the factorial of the number stored under KEY, exactly
  check [TARGET]   check any server against the exercise, line by line
  compare A B      compare two files that --json of the load tester has written

${severalServersHelp}
The report goes to stdout, everything else to stderr. Ctrl-C ends a run early, with its report; another one a second later at once.
${exitCodesHelp.replace('.\n', '; 130 a run that was ended early.\n')}`;

/** What `--help` prints. */
export function helpText(topic: HelpTopic): string {
  return topic === 'run' ? run : commandTables[topic].help;
}
