import { unpackEndpoints } from '../../sync/objects/packed-endpoints.ts'
import type { Store } from '../../sync/objects/store.ts'
import type { AgentOptions } from '../../sync/options.ts'

/** The maximum number of addresses, so that the answer of the example fits on a screen. */
const maxAddresses = 8

/** The Service of the API server, which every cluster has: the least informative example. */
const apiService = 'default/kubernetes'

/**
 * A published Service with an A record for the example commands, as 'NAME.NAMESPACE': if there is one, a headless
 * Service with a few ready endpoints, else one with a cluster IP and ready endpoints, else any other. Among equal ones
 * the first by namespace and name. Undefined when no published Service has an IPv4 address.
 */
export function exampleService(
  store: Store,
  { namespaces, ignoreEmptyServices }: Pick<AgentOptions, 'namespaces' | 'ignoreEmptyServices'>,
): string | undefined {
  const ready = readyAddresses(store)
  let best: { readonly rank: number; readonly key: string } | undefined
  for (const key of store.keys('Service')) {
    const rank = rankOf(key)
    if (rank === undefined) continue
    if (!best || rank < best.rank || (rank === best.rank && key < best.key)) best = { rank, key }
  }
  return best?.key.split('/').toReversed().join('.')

  function rankOf(key: string): number | undefined {
    const entry = store.get('Service', key)
    if (!entry || (namespaces.length > 0 && !namespaces.includes(entry.namespace))) return undefined
    if (store.get('Namespace', entry.namespace)?.isSelected !== true) return undefined
    const addresses = ready.get(key)
    const count = addresses?.size ?? 0
    if (entry.service.kind === 'headless') return count === 0 ? undefined : count <= maxAddresses ? 0 : 3
    if (entry.service.kind === 'external' || !entry.service.ips.some(isIPv4)) return undefined
    if (count === 0) return ignoreEmptyServices ? undefined : 4
    return key === apiService ? 2 : 1
  }
}

/** The IPv4 addresses of ready endpoints, by the key of their Service. */
function readyAddresses(store: Store): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  for (const key of store.keys('EndpointSlice')) {
    const slice = store.get('EndpointSlice', key)
    if (!slice) continue
    const service = `${slice.namespace}/${slice.service}`
    const addresses = found.get(service) ?? new Set()
    for (const [address] of unpackEndpoints(slice.group.endpoints))
      if (isIPv4(address)) addresses.add(address)
    found.set(service, addresses)
  }
  return found
}

function isIPv4(address: string): boolean {
  return !address.includes(':')
}
