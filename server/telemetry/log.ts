import pino, { type Logger } from 'pino';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
export type Log = Logger;

/** One JSON object per line on stdout: level, time (ISO 8601), event, and what belongs to the event. */
export function createLog(level: LogLevel): Log {
  return pino({
    level,
    base: null,
    messageKey: 'event',
    errorKey: 'error',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
