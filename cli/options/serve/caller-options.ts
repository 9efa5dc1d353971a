import { type CallerConfig, callerDefaults, parseCallerConfig } from '../../../worker/caller-config.ts'
import { ConfigError } from '../../../worker/config-fields.ts'
import { UsageError } from '../option-table.ts'

const { limits } = callerDefaults

/** Options about callers and their addresses. They replace the fields of the edge's configuration. */
export const callerOptions = {
  'limit-anonymous': {
    kind: 'number',
    value: 'N',
    byDefault: String(limits.anonymous),
    help: 'queries per second without a token, of one IPv4 address or IPv6 /64; 0: no limit',
  },
  'limit-token': {
    kind: 'number',
    value: 'N',
    byDefault: String(limits.token),
    help: 'queries per second with one token; 0: no limit',
  },
  'limit-failure': {
    kind: 'number',
    value: 'N',
    byDefault: String(limits.failure),
    help: 'queries per second with tokens that are not valid, of one address or /64; 0: no limit',
  },
  'limit-ingest': {
    kind: 'number',
    value: 'N',
    byDefault: String(limits.ingest),
    help: 'requests of agents per second, of one address or /64; 0: no limit',
  },
  'limit-ingest-bytes': {
    kind: 'number',
    value: 'N',
    byDefault: String(limits.ingestBytes),
    help: 'bytes per second that the agents of one cluster may publish; 0: no limit',
  },
  'trusted-proxy': {
    kind: 'list',
    value: 'CIDR',
    help: 'believe the X-Forwarded-For header of proxies in this range',
  },
} as const

type CallerValues = {
  readonly [O in keyof typeof callerOptions]: (typeof callerOptions)[O]['kind'] extends 'list'
    ? readonly string[]
    : number | undefined
}

/** A configuration with the given options in place of its fields. Throws UsageError. */
export function withCallerOptions<T extends CallerConfig>(config: T, values: CallerValues): T {
  const proxies = values['trusted-proxy']
  try {
    const { trustedProxies, limits: given } = parseCallerConfig({
      trustedProxies: proxies,
      limits: {
        anonymous: values['limit-anonymous'] ?? config.limits.anonymous,
        token: values['limit-token'] ?? config.limits.token,
        failure: values['limit-failure'] ?? config.limits.failure,
        ingest: values['limit-ingest'] ?? config.limits.ingest,
        ingestBytes: values['limit-ingest-bytes'] ?? config.limits.ingestBytes,
      },
    })
    return { ...config, limits: given, ...(proxies.length > 0 && { trustedProxies }) }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const option = error.path.startsWith('limits.')
      ? error.path.replace('limits.', 'limit-').replace('Bytes', '-bytes')
      : 'trusted-proxy'
    throw new UsageError(`--${option}${error.message.slice(error.path.length)}`)
  }
}
