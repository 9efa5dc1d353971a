import type { Log } from '../ports.ts'

function write(
  level: 'info' | 'warn',
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  // Workers have no other log; one JSON object a line is what log collectors read.
  console[level](JSON.stringify({ level, message, ...fields }))
}

/** A log on the runtime's console, one JSON object a line. */
export const consoleLog: Log = {
  info: (message, fields) => write('info', message, fields),
  warn: (message, fields) => write('warn', message, fields),
}
