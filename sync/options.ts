import { maxNameBytes } from '../dns/limits.ts'
import { fold, isNameText } from '../dns/name.ts'
import { isClusterId } from '../snapshot/keys.ts'
import type { PodsMode } from '../snapshot/schema.ts'
import { isObjectName } from './label.ts'

/** How an agent publishes. */
export type AgentOptions = {
  /** The cluster's id, a DNS label: which of the edge's clusters this one is. */
  readonly cluster: string
  /** Base URL of the edge's ingest routes, http or https, without a final slash. */
  readonly edgeUrl: string
  /** The cluster's native domain, folded, without final dot. */
  readonly domain: string
  /** TTL of every record, 0 to 3600 s. */
  readonly ttlSeconds: number
  /** How pod names are answered. */
  readonly pods: PodsMode
  /** Age of the data above which readers say that it is stale, and above which they stop answering. */
  readonly staleAfterMs: number
  readonly expiresAfterMs: number
  /** Without changes, the root is published anew this often. */
  readonly heartbeatMs: number
  /** Publish names and PTRs of the endpoints of Services that are not headless. */
  readonly endpointNames: boolean
  /** Namespaces to publish; empty means all. */
  readonly namespaces: readonly string[]
  /** Time for one request to the edge, from its first byte to the answer's last. */
  readonly requestTimeoutMs: number
}

/** What must be given; everything else has a default. */
export type GivenOptions = Pick<AgentOptions, 'cluster' | 'edgeUrl'> & {
  readonly [O in keyof AgentOptions]?: AgentOptions[O] | undefined
}

const minuteMs = 60_000

export const agentDefaults: Omit<AgentOptions, 'cluster' | 'edgeUrl'> = {
  domain: 'cluster.local',
  ttlSeconds: 5,
  pods: 'disabled',
  staleAfterMs: 15 * minuteMs,
  expiresAfterMs: 24 * 60 * minuteMs,
  heartbeatMs: 5 * minuteMs,
  endpointNames: true,
  namespaces: [],
  requestTimeoutMs: 10_000,
}

/** An option that cannot be used; `option` is its name in AgentOptions. */
export class OptionError extends Error {
  override readonly name = 'OptionError'
  readonly code = 'OPTION_INVALID'
  readonly option: keyof AgentOptions

  constructor(option: keyof AgentOptions, problem: string) {
    super(`${option}: ${problem}`)
    this.option = option
  }
}

/** Given options → complete, checked, frozen ones. Throws OptionError naming the option. */
export function resolveOptions(given: GivenOptions): AgentOptions {
  const set = Object.entries(given).filter(([, value]) => value !== undefined)
  const options = { ...agentDefaults, ...Object.fromEntries(set) } as AgentOptions
  check('cluster', isClusterId(options.cluster), `"${options.cluster}" is not a DNS label in lower case`)
  for (const option of ['staleAfterMs', 'expiresAfterMs', 'heartbeatMs', 'requestTimeoutMs'] as const) {
    check(option, Number.isSafeInteger(options[option]) && options[option] > 0, 'not a number of ms above 0')
  }
  const { ttlSeconds, heartbeatMs, staleAfterMs, expiresAfterMs } = options
  check(
    'ttlSeconds',
    Number.isInteger(ttlSeconds) && ttlSeconds >= 0 && ttlSeconds <= 3600,
    'not 0 to 3600 seconds',
  )
  check('heartbeatMs', heartbeatMs < staleAfterMs, `must be below staleAfterMs (${staleAfterMs})`)
  check('staleAfterMs', staleAfterMs < expiresAfterMs, `must be below expiresAfterMs (${expiresAfterMs})`)
  check('pods', options.pods === 'disabled', `"${options.pods}" is not supported, only "disabled" is`)
  for (const namespace of options.namespaces) {
    check('namespaces', isObjectName(namespace), `"${namespace}" is no namespace's name`)
  }
  return Object.freeze({
    ...options,
    namespaces: [...options.namespaces],
    edgeUrl: edgeUrlOf(options.edgeUrl),
    domain: domainOf(options.domain),
  })
}

function check(option: keyof AgentOptions, good: boolean, problem: string): void {
  if (!good) throw new OptionError(option, problem)
}

function edgeUrlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    throw new OptionError('edgeUrl', `"${text}" is not an http(s) URL`)
  check('edgeUrl', url.search === '' && url.hash === '', 'a query or fragment has no meaning here')
  check('edgeUrl', url.username === '' && url.password === '', 'credentials do not belong into it')
  return url.href.replace(/\/+$/, '')
}

function domainOf(text: string): string {
  const domain = fold(text).replace(/\.$/, '')
  check('domain', domain !== '' && isNameText(domain), `"${text}" is not a domain name`)
  check('domain', domain.length + 2 <= maxNameBytes, `"${text}" is too long`)
  return domain
}
