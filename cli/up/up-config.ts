import type { AgentOptions } from '../../sync/options.ts'
import { ConfigError, type EdgeConfig, parseConfig } from '../../worker/config.ts'
import { UsageError } from '../options/option-table.ts'

/** The private ranges (dns/private-ranges.ts) that a cluster can use. Of an edge with a single cluster, all of them are its own. */
export const clusterRanges = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'],
  // Ranges for documentation, which test clusters use.
  ...['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32'],
]

/** The configuration of the edge in `up`: one cluster. Throws UsageError, naming the option of a wrong field. */
export function configFor(
  { cluster, domain }: AgentOptions,
  edge: {
    publicKey: string
    /** The public keys of the edges that may follow this one. */
    followers: readonly string[]
    isPublic: boolean
    /** The alias zones. */
    zones: readonly string[]
    reverse: readonly string[]
    upstream: object | undefined
    url: string | undefined
    dotHost: string | undefined
  },
): EdgeConfig {
  const reverse = edge.reverse.length > 0 ? edge.reverse : clusterRanges
  const { isPublic, upstream, url, dotHost } = edge
  const zones = [domain, ...edge.zones]
  const { publicKey, followers } = edge
  const clusters = [
    { id: cluster, keys: [publicKey], followers, domain, zones, reverse, reversePublic: true },
  ]
  try {
    return parseConfig(JSON.stringify({ public: isPublic, upstream, url, dotHost, clusters }))
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(optionMessage(error)) : error
  }
}

/** The options behind fields of the configuration; the first zone is the cluster's domain. */
const optionOfField = [
  ['clusters[0].domain', '--domain'],
  ['clusters[0].zones[0]', '--domain'],
  ['clusters[0].zones', '--zone'],
  ['clusters[0].reverse', '--reverse'],
  ['clusters[0].followers', '--follower'],
  ['upstream.urls', '--upstream'],
  ['url', '--doh-url'],
  ['dotHost', '--dot-host'],
] as const

/** The message of a ConfigError, with the option in place of the field and its index. */
function optionMessage({ path, message }: ConfigError): string {
  const option = optionOfField.find(([field]) => path.startsWith(field))?.[1]
  return option === undefined ? message : option + message.slice(path.length)
}
