import pino, { type LevelWithSilent, type Logger } from 'pino';
import type { LogOutput } from './log-output.ts';

export type Log = Logger;

/** One JSON object per line: level, time (ISO 8601), event, and what belongs to the event. */
export function createLog(level: LevelWithSilent, output: Pick<LogOutput, 'write'>): Log {
  const options = {
    level,
    base: null,
    messageKey: 'event',
    errorKey: 'error',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, output);
}
