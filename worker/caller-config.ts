import { type Cidr, parseCidr } from '../dns/cidr.ts'
import { ConfigError, type Fields, fieldsOf, flag, texts } from './config-fields.ts'
import { forwardedHeaders, type ProxyTrust } from './http/client-address.ts'
import type { CorsRule } from './http/cors.ts'
import { limitKinds, type RateLimits } from './limit/limiter.ts'

/** The audit log: which share of the DNS answers is logged, and whether with the names that were asked. */
export type AuditConfig = { readonly sample: number; readonly names: boolean }

/** The part of an edge's configuration about callers and their addresses. */
export type CallerConfig = ProxyTrust & {
  readonly limits: RateLimits
  readonly cors: CorsRule
  /** `sample` 0: no audit log. */
  readonly audit: AuditConfig
}

/** The defaults of CallerConfig. An office with one address has many clients, so that the limits are wide. */
export const callerDefaults: CallerConfig = {
  trustedProxies: [],
  forwardedHeader: 'x-forwarded-for',
  limits: { anonymous: 500, token: 1_000, failure: 20, ingest: 50, ingestBytes: 4 * 1024 * 1024 },
  cors: undefined,
  audit: { sample: 0, names: false },
}

/** The fields that parseCallerConfig reads. */
export const callerFields = ['trustedProxies', 'forwardedHeader', 'limits', 'cors', 'audit'] as const

/** The largest limits: one edge answers fewer queries, and takes fewer bytes, in a second. */
const maxPerSecond = 1_000_000
const maxBytesPerSecond = 1_000_000_000

/** The fields of a configuration → its part about callers, defaults filled in. Throws ConfigError. */
export function parseCallerConfig(fields: Fields): CallerConfig {
  const { trustedProxies, forwardedHeader, limits, cors, audit } = fields
  return {
    trustedProxies: texts(trustedProxies ?? [], 'trustedProxies').map(parseProxy),
    forwardedHeader: parseForwardedHeader(forwardedHeader ?? callerDefaults.forwardedHeader),
    limits: parseLimits(limits ?? {}),
    cors: cors === undefined ? callerDefaults.cors : parseCors(cors),
    audit: audit === undefined ? callerDefaults.audit : parseAudit(audit),
  }
}

function parseProxy(text: string, at: number): Cidr {
  const range = parseCidr(text)
  if (range) return range
  throw new ConfigError(`trustedProxies[${at}]`, `"${text}" is not an address range such as 10.0.0.0/8`)
}

function parseForwardedHeader(value: unknown): ProxyTrust['forwardedHeader'] {
  const header = forwardedHeaders.find((each) => each === value)
  if (header) return header
  throw new ConfigError('forwardedHeader', `not one of ${forwardedHeaders.join(', ')}`)
}

function parseLimits(value: unknown): RateLimits {
  const fields = fieldsOf(value, 'limits', limitKinds)
  const limits = limitKinds.map((kind) => {
    const perSecond = fields[kind] ?? callerDefaults.limits[kind]
    const [unit, most] = kind === 'ingestBytes' ? ['bytes', maxBytesPerSecond] : ['requests', maxPerSecond]
    if (typeof perSecond === 'number' && perSecond >= 0 && perSecond <= most) return [kind, perSecond]
    throw new ConfigError(`limits.${kind}`, `not a number of ${unit} per second from 0 (no limit) to ${most}`)
  })
  return Object.fromEntries(limits) as RateLimits
}

function parseCors(value: unknown): CorsRule {
  if (value === '*') return '*'
  if (!Array.isArray(value)) throw new ConfigError('cors', 'neither "*" nor a list of origins')
  return texts(value, 'cors').map((text, at) => {
    const origin = URL.canParse(text) ? new URL(text).origin : 'null'
    if (origin !== 'null' && origin === text) return origin
    throw new ConfigError(`cors[${at}]`, `"${text}" is not an origin such as https://app.example.com`)
  })
}

function parseAudit(value: unknown): AuditConfig {
  const fields = fieldsOf(value, 'audit', ['sample', 'names'])
  const sample = fields.sample ?? 1
  if (typeof sample !== 'number' || !(sample >= 0 && sample <= 1))
    throw new ConfigError('audit.sample', 'not a share of the answers from 0 to 1')
  return { sample, names: flag(fields, 'names', callerDefaults.audit.names, 'audit.') }
}
