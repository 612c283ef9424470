/** The daemon's log: one JSON line an event on standard error or a file, with every secret we know of taken out. A static message, with the data beside it. */
import { type Logger, pino } from 'pino';

export type Log = Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>;

export function createLog(destination: { readonly file: string; readonly level: string }): Log {
  return pino(
    {
      level: destination.level,
      base: null,
      redact: { paths: ['token', 'secret', 'authorization', 'cookie', '*.token', '*.secret', '*.authorization', '*.cookie', '*.apiKey'], censor: '[removed]' },
      formatters: { level: (name) => ({ level: name }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ dest: destination.file, mkdir: true, mode: 0o600, sync: false }),
  );
}
