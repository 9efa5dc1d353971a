import { cidrHas, parseCidr } from '../../dns/cidr.ts'
import type { PolicyHead, PolicyNetwork, ScopeIndex } from '../../snapshot/policy/schema.ts'
import { policyNeed } from '../answer/needs.ts'
import type { Edge } from '../edge.ts'
import type { Tasks } from '../ports.ts'
import type { View } from '../reader/view.ts'
import type { Source } from './caller.ts'

/** The properties of a source that decisions depend on. */
export type SourceAddress = Pick<Source, 'address' | 'isLoopback'>

/** The access of a caller without a token: a scope of the policy's table, and whether outside names are resolved. */
export type Admission = { readonly scope: ScopeIndex; readonly forward: boolean }

/** A policy's networks, read when the policy is first used. The narrowest is first (schema.ts). */
const networksOf = new WeakMap<PolicyHead, readonly Network[]>()
type Network = { readonly cidr: ReturnType<typeof parseCidr>; readonly given: PolicyNetwork }

/**
 * The access that a policy gives to a caller without a token: that of the narrowest network with its address, or else that
 * of `anonymous`. Undefined if it gives none. Over HTTP `source` is undefined and networks do not count, because the
 * address may be that of a proxy.
 */
export function admissionOf(head: PolicyHead, source: SourceAddress | undefined): Admission | undefined {
  const network = source && networks(head).find(({ cidr }) => cidr && cidrHas(cidr, source.address))
  if (network) return network.given
  return head.anonymous === null ? undefined : { scope: head.anonymous, forward: false }
}

function networks(head: PolicyHead): readonly Network[] {
  const known = networksOf.get(head)
  if (known) return known
  const read = head.networks.map((given) => ({ cidr: parseCidr(given.cidr), given }))
  networksOf.set(head, read)
  return read
}

/**
 * Decides about a caller without a token in one cluster, by the cluster's policy. Without a policy, 'all' for loopback
 * addresses and if the configuration is `public`, otherwise 'refused'. 'missing' if the policy cannot be read now. A promise
 * if the policy is not in memory.
 */
export function decide(
  source: SourceAddress | undefined,
  view: View,
  edge: Edge,
  tasks: Tasks,
): Decision | Promise<Decision> {
  if (!view.root.policy) return edge.config.public || source?.isLoopback ? 'all' : 'refused'
  const need = policyNeed(view.root)
  const read = (opened: Awaited<ReturnType<Edge['reader']['open']>>): Decision => {
    if (opened === 'missing' || opened.policy?.kind !== 'policy') return 'missing'
    edge.reader.used(view, [need])
    const admission = admissionOf(opened.policy, source)
    return admission ? { head: opened.policy, ...admission } : 'refused'
  }
  const opened = edge.reader.open(view, [need], tasks)
  return opened instanceof Promise ? opened.then(read) : read(opened)
}

/** Identifies a view's access policy as far as callers without a token depend on it; null if there is no policy. */
export function policyOf({ root }: View): string | null {
  return root.policy?.head ?? null
}

export type Decision = 'all' | 'refused' | 'missing' | (Admission & { readonly head: PolicyHead })
