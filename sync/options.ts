import { maxNameBytes } from '../dns/limits.ts'
import { fold, isNameText } from '../dns/name.ts'
import { isClusterId } from '../snapshot/keys.ts'
import type { PodsMode } from '../snapshot/schema.ts'
import { isObjectName } from './objects/label.ts'
import { type LabelSelector, parseSelector, SelectorError } from './objects/label-selector.ts'

/** How an agent publishes. */
export type AgentOptions = {
  /** The cluster's id in the edge's configuration, a DNS label. */
  readonly cluster: string
  /** The cluster's native domain, folded, without final dot. */
  readonly domain: string
  /** TTL of every record, 0 to 3600 s. */
  readonly ttlSeconds: number
  /** How pod names are answered. */
  readonly pods: PodsMode
  /** The age of the data from which readers mark answers as stale, and from which they stop answering. */
  readonly staleAfterMs: number
  readonly expiresAfterMs: number
  /** Without changes, the root is published this often. */
  readonly heartbeatMs: number
  /** Publish names and PTRs of the endpoints of Services that are not headless. */
  readonly endpointNames: boolean
  /** Name endpoints without hostname as their pods rather than by their addresses. */
  readonly endpointPodNames: boolean
  /** Leave out the names of Services with cluster IPs that have no ready endpoint. */
  readonly ignoreEmptyServices: boolean
  /** Namespaces to publish; empty means all. */
  readonly namespaces: readonly string[]
  /** Publish the namespaces with these labels; all when there are no requirements. */
  readonly namespaceLabels: LabelSelector
  /** Read these namespaces one by one, for which Roles suffice, rather than the whole cluster. */
  readonly namespaced: boolean
  /** The longest time that a deletion of most objects of a kind is held back until lists confirm it; 0: never. */
  readonly holdDeletionsMs: number
  /**
   * Whether the agent has a source of an access policy. 'none': it does not replace a root that has a policy; 'dropped':
   * it does.
   */
  readonly policy: 'none' | 'given' | 'dropped'
  /** The time-out of one request to the edge, from the first byte sent to the last byte received. */
  readonly requestTimeoutMs: number
}

/** Options as the caller gives them; all but the cluster have defaults. */
export type GivenOptions = Pick<AgentOptions, 'cluster'> & {
  readonly [O in Exclude<keyof AgentOptions, 'pods' | 'namespaceLabels'>]?: AgentOptions[O] | undefined
} & {
  /** One of the modes. */
  readonly pods?: string | undefined
  /** A selector's text. */
  readonly namespaceLabels?: string | undefined
}

const minuteMs = 60_000

/** The modes of answering pod names. */
export const podsModes: readonly PodsMode[] = ['disabled', 'insecure', 'verified']

export const agentDefaults: Omit<AgentOptions, 'cluster'> = {
  domain: 'cluster.local',
  ttlSeconds: 5,
  pods: 'disabled',
  staleAfterMs: 15 * minuteMs,
  expiresAfterMs: 24 * 60 * minuteMs,
  heartbeatMs: 5 * minuteMs,
  endpointNames: true,
  endpointPodNames: false,
  ignoreEmptyServices: false,
  namespaces: [],
  namespaceLabels: [],
  namespaced: false,
  // Longer than staleAfterMs: answers are marked as stale before an unconfirmed deletion is published.
  holdDeletionsMs: 30 * minuteMs,
  policy: 'none',
  requestTimeoutMs: 10_000,
}

/** An invalid option; `option` is its name in AgentOptions, or that of the URL of an edge. */
export class OptionError extends Error {
  override readonly name = 'OptionError'
  readonly code = 'OPTION_INVALID'
  readonly option: keyof AgentOptions | 'edge' | 'follow'

  constructor(option: OptionError['option'], problem: string) {
    super(`${option}: ${problem}`)
    this.option = option
  }
}

/** Given options → complete, checked, frozen ones. Throws OptionError naming the option. */
export function resolveOptions(given: GivenOptions): AgentOptions {
  const set = Object.entries(given).filter(([, value]) => value !== undefined)
  const options = { ...agentDefaults, ...Object.fromEntries(set) } as AgentOptions
  check('cluster', isClusterId(options.cluster), `"${options.cluster}" is not a DNS label in lower case`)
  checkNumbers(options)
  check('pods', podsModes.includes(options.pods), `"${options.pods}" is not one of ${podsModes.join(', ')}`)
  for (const namespace of options.namespaces) {
    check('namespaces', isObjectName(namespace), `"${namespace}" is not a valid namespace name`)
  }
  check('namespaced', !options.namespaced || options.namespaces.length > 0, 'needs at least one namespace')
  const namespaceLabels = selectorOf(given.namespaceLabels ?? '')
  check(
    'namespaceLabels',
    namespaceLabels.length === 0 || options.namespaces.length === 0,
    'cannot be given together with a list of namespaces',
  )
  return Object.freeze({
    ...options,
    namespaceLabels,
    namespaces: [...new Set(options.namespaces)],
    domain: domainOf(options.domain),
  })
}

function checkNumbers(options: AgentOptions): void {
  for (const option of ['staleAfterMs', 'expiresAfterMs', 'heartbeatMs', 'requestTimeoutMs'] as const) {
    check(
      option,
      Number.isSafeInteger(options[option]) && options[option] > 0,
      'must be a whole number of milliseconds above 0',
    )
  }
  check(
    'holdDeletionsMs',
    Number.isSafeInteger(options.holdDeletionsMs) && options.holdDeletionsMs >= 0,
    'must be a whole number of milliseconds, 0 or more',
  )
  const { ttlSeconds, heartbeatMs, staleAfterMs, expiresAfterMs } = options
  check(
    'ttlSeconds',
    Number.isInteger(ttlSeconds) && ttlSeconds >= 0 && ttlSeconds <= 3600,
    'must be a whole number of seconds from 0 to 3600',
  )
  check('heartbeatMs', heartbeatMs < staleAfterMs, `must be below staleAfterMs (${staleAfterMs})`)
  check('staleAfterMs', staleAfterMs < expiresAfterMs, `must be below expiresAfterMs (${expiresAfterMs})`)
}

function check(option: keyof AgentOptions, good: boolean, problem: string): void {
  if (!good) throw new OptionError(option, problem)
}

function selectorOf(text: string): LabelSelector {
  try {
    return parseSelector(text)
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error
    throw new OptionError('namespaceLabels', `"${text}" is not a label selector: ${error.message}`)
  }
}

function domainOf(text: string): string {
  const domain = fold(text).replace(/\.$/, '')
  check('domain', domain !== '' && isNameText(domain), `"${text}" is not a domain name`)
  check('domain', domain.length + 2 <= maxNameBytes, `"${text}" is too long`)
  return domain
}

/** The text of an option → the base URL of an edge, http or https, without a final slash. Throws OptionError. */
export function edgeBaseUrl(text: string, option: 'edge' | 'follow' = 'edge'): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    throw new OptionError(option, `"${text}" is not an http(s) URL`)
  if (url.search !== '' || url.hash !== '') throw new OptionError(option, 'must not have a query or fragment')
  if (url.username !== '' || url.password !== '') throw new OptionError(option, 'must not have credentials')
  return url.href.replace(/\/+$/, '')
}
