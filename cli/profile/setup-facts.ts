import { askEdgeZones } from '../../client/edge-zones.ts'
import { canonicalAddress } from '../../dns/address.ts'
import type { SetupFacts } from '../../setup/profiles/profile.ts'
import { stubPlace } from '../../setup/stub-place.ts'
import { edgeUrl, urlFileOption } from '../options/edge-url.ts'
import { listenOption } from '../options/listen-option.ts'
import { type OptionTable, type OptionValues, UsageError } from '../options/option-table.ts'

const defaults = { stub: `${stubPlace.host}:${stubPlace.port}`, timeoutMs: 5_000 }

/** The options from which the facts of a profile are made. */
export const factOptions = {
  ...urlFileOption,
  ca: { kind: 'text', value: 'FILE', help: "PEM certificates to trust instead of the system's" },
  stub: {
    kind: 'text',
    value: 'HOST:PORT',
    byDefault: defaults.stub,
    help: 'where `kubedoh connect` (or dnsproxy) listens, for formats that need a resolver on the machine',
  },
  'dns-server': {
    kind: 'list',
    value: 'ADDRESS',
    help: 'an address at which the edge answers plain DNS on port 53, for formats that need one; repeatable',
  },
  resolver: {
    kind: 'list',
    value: 'ADDRESS',
    help: 'the usual resolver for all other names, for dnsproxy; repeatable',
  },
  'timeout-ms': {
    kind: 'number',
    value: 'MS',
    byDefault: String(defaults.timeoutMs),
    help: "how long to wait for the edge's list of zones",
  },
} as const satisfies OptionTable

/** Asks the edge for the caller's zones. Throws UsageError and QueryError. */
export async function setupFacts(
  word: string | undefined,
  values: OptionValues<typeof factOptions>,
): Promise<SetupFacts> {
  const stub = listenOption(values.stub ?? defaults.stub, 'stub')
  const dnsServers = values['dns-server'].map((text) => addressOf(text, 'dns-server'))
  const resolvers = values.resolver.map((text) => addressOf(text, 'resolver'))
  const places = await edgeUrl('profile', word, values['url-file'])
  const timeoutMs = values['timeout-ms'] ?? defaults.timeoutMs
  const edge = await askEdgeZones(places, { caFile: values.ca, timeoutMs })
  return { dohUrl: places.doh, edge, stub, dnsServers, resolvers }
}

function addressOf(text: string, option: string): string {
  const address = canonicalAddress(text)
  if (address !== undefined) return address
  throw new UsageError(`--${option} is "${text}", it must be an IP address`)
}
