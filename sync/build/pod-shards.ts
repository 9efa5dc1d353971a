import { encodePods } from '../../snapshot/encode.ts'
import type { PodEntry } from '../objects/pod.ts'
import { type AddressShards, createAddressShards, inPrefix, prefixOf } from './address-shards.ts'
import type { Update } from './selection.ts'

/** For each address, the namespaces that have a pod with it. */
export type PodShards = Pick<AddressShards, 'settle'> & {
  /** Takes over the update of a pod. */
  update(update: Update<PodEntry>): void
}

/** Shards without pods. */
export function createPodShards(): PodShards {
  const members = new Map<string, Set<PodEntry>>()
  const shards = createAddressShards((prefix) => {
    const pods = members.get(prefix)
    return pods && encodePods(namespacesIn(prefix, pods))
  })
  return {
    settle: shards.settle,
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
