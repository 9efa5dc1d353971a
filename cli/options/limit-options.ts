import { defaultLimits, type Limits } from '../../host/http/limits.ts'
import { UsageError } from './option-table.ts'

const seconds = (ms: number): string => String(ms / 1000)

/** What one server takes from strangers, as far as an operator may have reason to change it. */
export const limitOptions = {
  'max-connections': {
    kind: 'number',
    value: 'N',
    byDefault: String(defaultLimits.maxConnections),
    help: 'connections at once; further ones are dropped',
  },
  'headers-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: seconds(defaultLimits.headersMs),
    help: 'for the TLS handshake, the first bytes, and the head of a request',
  },
  'body-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: seconds(defaultLimits.bodyMs),
    help: "for a request's body",
  },
  'request-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: seconds(defaultLimits.requestMs),
    help: "from a request's head to the last byte of its response",
  },
  'idle-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: seconds(defaultLimits.idleMs),
    help: 'a connection without a request is closed after this long',
  },
} as const

type LimitValues = { readonly [O in keyof typeof limitOptions]: number | undefined }

/** No option sets a time longer than a day. */
const maxSeconds = 86_400

/** The limits that the options ask for; the others are the server's own. Throws UsageError. */
export function limitsOf(values: LimitValues): Partial<Limits> {
  const maxConnections = values['max-connections']
  if (maxConnections === 0) throw new UsageError('--max-connections is 0, it has to be at least 1')
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
    throw new UsageError(`--${option} is ${value}, it has to be 1 to ${maxSeconds}`)
  return value * 1000
}
