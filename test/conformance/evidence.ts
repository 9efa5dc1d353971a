import type { Answer } from './answer.ts'
import type { Context } from './context.ts'
import { objectNames } from './object-names.ts'
import { stubAnswer } from './upstream-stub.ts'
import type { Group } from './vectors.ts'

/** The context of a group's comparisons. `domain` is the cluster's native domain with final dot. */
export function contextOf(
  group: Group,
  domain: string,
  { nameservers, hasUpstream }: { readonly nameservers: readonly string[]; readonly hasUpstream: boolean },
): Context {
  const { zones, ttl, namespaces, endpointPodNames } = group.config
  const answers = new Map<string, Answer>()
  for (const { name, type, theirs } of group.recorded) {
    const key = `${name.toLowerCase()} ${type}`
    // A question in lower case takes precedence over the same one in another case.
    if (name === name.toLowerCase() || !answers.has(key)) answers.set(key, theirs)
  }
  const zone = zones[0] ?? domain
  return {
    theirs: (name, type) => answers.get(`${name} ${type}`),
    zones,
    ttlSeconds: ttl,
    nameservers,
    objects: group.objects && objectNames(group.objects, { namespaces, endpointPodNames, domain, zone }),
    upstream: hasUpstream ? stubAnswer : undefined,
  }
}
