import type { Log } from '../../worker/ports.ts'
import type { LogFormat } from '../options/serve/serve-options.ts'

/** Creates a log that writes lines. `now` returns Unix time in ms. */
export function createLog(format: LogFormat, tell: (line: string) => void, now: () => number): Log {
  const write = (level: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const time = new Date(now()).toISOString()
    tell(
      format === 'json'
        ? JSON.stringify({ time, level, message, ...fields })
        : `${time} ${level} ${message}${facts(fields)}`,
    )
  }
  return {
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
  }
}

function facts(fields: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        `${key}=${typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value)}`,
    )
  return parts.length > 0 ? `  ${parts.join(' ')}` : ''
}
