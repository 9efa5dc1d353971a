import type { Log } from '../ports.ts'

function write(
  level: 'info' | 'warn',
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  // The console is the only log of a Worker; log collectors read one JSON object per line.
  console[level](JSON.stringify({ level, message, ...fields }))
}

/** A log on the runtime's console, one JSON object per line. */
export const consoleLog: Log = {
  info: (message, fields) => write('info', message, fields),
  warn: (message, fields) => write('warn', message, fields),
}
