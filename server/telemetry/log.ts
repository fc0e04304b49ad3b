import pino, { type LevelWithSilent, type Logger } from 'pino';

export type Log = Logger;

/** One JSON object per line on stdout: level, time (ISO 8601), event, and what belongs to the event. */
export function createLog(level: LevelWithSilent): Log {
  return pino({
    level,
    base: null,
    messageKey: 'event',
    errorKey: 'error',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
