import { defaultLimits, type Limits } from '../../../host/http/limits.ts'
import { UsageError } from '../option-table.ts'

const seconds = (ms: number): string => String(ms / 1000)

/** The limits of a server that an operator may have reason to change. */
export const limitOptions = {
  'max-connections': {
    kind: 'number',
    value: 'N',
    byDefault: String(defaultLimits.maxConnections),
    help: 'maximum number of open connections on each address; further ones are dropped, or take the place of idle ones',
  },
  'headers-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: seconds(defaultLimits.headersMs),
    help: 'time limit for the TLS handshake, the first bytes, and the head of a request',
  },
  'body-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: seconds(defaultLimits.bodyMs),
    help: 'time limit for the body of a request',
  },
  'request-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: seconds(defaultLimits.requestMs),
    help: 'time limit from the head of a request to the last byte of its response',
  },
  'idle-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: seconds(defaultLimits.idleMs),
    help: 'close a connection after this time without a request',
  },
} as const

type LimitValues = { readonly [O in keyof typeof limitOptions]: number | undefined }

/** The longest time that an option can set: a day. */
const maxSeconds = 86_400

/** Values of `limitOptions` → the limits that differ from the server's defaults. Throws UsageError. */
export function limitsOf(values: LimitValues): Partial<Limits> {
  const maxConnections = values['max-connections']
  if (maxConnections === 0) throw new UsageError('--max-connections is 0, it must be at least 1')
  const limits = {
    maxConnections,
    headersMs: msOf(values, 'headers-seconds'),
    bodyMs: msOf(values, 'body-seconds'),
    requestMs: msOf(values, 'request-seconds'),
    idleMs: msOf(values, 'idle-seconds'),
  }
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
}

function msOf(values: LimitValues, option: keyof LimitValues): number | undefined {
  const value = values[option]
  if (value === undefined) return undefined
  if (value < 1 || value > maxSeconds)
    throw new UsageError(`--${option} is ${value}, it must be 1 to ${maxSeconds}`)
  return value * 1000
}
