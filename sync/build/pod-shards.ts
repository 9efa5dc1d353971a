import { encodePods } from '../../snapshot/encode.ts'
import type { PodEntry } from '../objects/pod.ts'
import { type Skipped, skip } from '../objects/skipped.ts'
import { type AddressShards, createAddressShards, inPrefix, prefixOf } from './address-shards.ts'
import { keysToLeaveOut, maxShardBytes } from './fit-shard.ts'
import type { Update } from './selection.ts'

/** For each address, the namespaces that have a pod with it. */
export type PodShards = Pick<AddressShards, 'settle'> & {
  /** Takes over the update of a pod. */
  update(update: Update<PodEntry>): void
  /** The namespaces whose pods did not fit into a shard at the last `settle`. */
  skipped(): Skipped[]
}

/** Shards without pods. */
export function createPodShards(): PodShards {
  const members = new Map<string, Set<PodEntry>>()
  const skipped = new Map<string, readonly Skipped[]>()
  const shards = createAddressShards((prefix) => {
    const pods = members.get(prefix)
    skipped.delete(prefix)
    if (!pods) return undefined
    const fitting = fittingPods(prefix, namespacesIn(prefix, pods))
    if (fitting.skipped.length > 0) skipped.set(prefix, fitting.skipped)
    return encodePods(fitting.namespaces)
  })
  return {
    settle: shards.settle,
    skipped: () => [...skipped.values()].flat(),
    update: ({ before, after }) => {
      for (const prefix of prefixesOf(before)) {
        const pods = members.get(prefix)
        if (before) pods?.delete(before)
        if (pods?.size === 0) members.delete(prefix)
        shards.touch(prefix)
      }
      for (const prefix of prefixesOf(after)) {
        const pods = members.get(prefix) ?? new Set()
        members.set(prefix, pods)
        if (after) pods.add(after)
        shards.touch(prefix)
      }
    },
  }
}

function prefixesOf(pod: PodEntry | undefined): Set<string> {
  return new Set(pod?.addresses.map(prefixOf))
}

/** The namespaces by address: pods in the host network share the address of their node. */
function namespacesIn(prefix: string, pods: Iterable<PodEntry>): Map<string, Set<string>> {
  const namespaces = new Map<string, Set<string>>()
  const isIn = inPrefix(prefix)
  for (const { namespace, addresses } of pods) {
    for (const address of addresses.filter(isIn)) {
      const having = namespaces.get(address) ?? new Set()
      namespaces.set(address, having.add(namespace))
    }
  }
  return namespaces
}

/** The bytes around the namespaces of an address, at most: brackets, quotes, commas and the longest address. */
const addressBytes = 60

/** The bytes around the entries of a shard, at most. */
const frameBytes = 100

/** The pods that fit into one shard. Their sizes count some bytes too many, and never too few. */
function fittingPods(
  prefix: string,
  all: ReadonlyMap<string, ReadonlySet<string>>,
): { readonly namespaces: ReadonlyMap<string, ReadonlySet<string>>; readonly skipped: readonly Skipped[] } {
  const sizes = new Map<string, number>()
  for (const [address, names] of all)
    for (const name of names) sizes.set(`${name}/${address}`, name.length + '"",'.length)
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, frameBytes + addressBytes * all.size)
  if (bytes <= maxShardBytes) return { namespaces: all, skipped: [] }
  const out = keysToLeaveOut(sizes, bytes - maxShardBytes)
  const namespaces = new Map<string, ReadonlySet<string>>()
  for (const [address, names] of all) {
    const kept = [...names].filter((name) => !out.has(`${name}/${address}`))
    if (kept.length > 0) namespaces.set(address, new Set(kept))
  }
  const byNamespace = Map.groupBy(out, (key) => key.split('/', 1)[0] ?? '')
  const skipped = Array.from(byNamespace, ([name, keys]) => {
    const text = `its pods at ${keys.length} addresses of ${prefix} are in a shard that would exceed ${maxShardBytes} bytes`
    return skip('Namespace', name, { cause: 'size', text })
  })
  return { namespaces, skipped }
}
