import { TYPE } from '../../dns/code.ts'
import { readQuery } from '../../dns/message/read-query.ts'
import { nameFromText } from '../../dns/name.ts'
import { hashBlob } from '../../snapshot/blob.ts'
import { blobKey } from '../../snapshot/keys.ts'
import type { Scope } from '../../snapshot/policy/schema.ts'
import type { EdgeConfig } from '../../worker/config.ts'
import type { TestEdge } from '../../worker/edge.case.ts'
import type { Fetch } from '../../worker/ports.ts'
import { answerTo, soa } from '../../worker/upstream/upstream.case.ts'
import { type Dig, dig, type Site } from '../dig.ts'
import { namespaceOf } from './generate-objects.ts'
import { policyBlobs, type TestPolicy } from './make-policy.ts'

/** A cluster with its policy; null: it has none. */
export type ClusterPlan = Omit<Site, 'policy'> & { readonly id: string; readonly policy: TestPolicy | null }

/** How a caller asks, and what it may see of each cluster: nothing of those that are left out. */
export type CallerPlan = {
  readonly name: string
  /** The path's segment after /dns-query/, '' for none. */
  readonly segment: string
  readonly authorization?: string
  readonly sees: Readonly<Record<string, Scope>>
  /** The segment at the oracle, if it differs: a minted token names its namespaces itself. */
  readonly oracleSegment?: string
  /** The address that a caller over HTTP has. */
  readonly peer?: string
  /** A caller over other transports than HTTP, which has no segment. */
  readonly dns?: DnsPlan
}

/** How a caller over UDP, TCP and TLS asks: its address, or over TLS alone with a token in the server name. */
export type DnsPlan = { readonly peer: string; readonly serverName?: string }

/** The clusters of an edge, and its configuration. */
export type Plan = { readonly clusters: readonly ClusterPlan[]; readonly config: Partial<EdgeConfig> }

/** The clock of a test edge stands still, so that any limit would soon be reached. */
const noLimits = { anonymous: 0, token: 0, failure: 0, ingest: 0, ingestBytes: 0 }

/** An edge with the plan's snapshots and policies. */
export async function startProduct(plan: Plan): Promise<Dig> {
  const edge = await dig(plan.clusters.map(withoutSnapshot), { limits: noLimits, ...plan.config }, upstream)
  await publishAll(edge, plan)
  return edge
}

/**
 * An edge with the same configuration, over snapshots that were built without the objects that the caller may not see,
 * and with policies that give its tokens everything in them. A cluster for which a caller has no token has an empty
 * snapshot there.
 */
export async function startOracle(plan: Plan, caller: CallerPlan): Promise<Dig> {
  const edge = await dig(plan.clusters.map(withoutSnapshot), { limits: noLimits, ...plan.config }, upstream)
  await publishAll(edge, oraclePlan(plan, caller))
  return edge
}

/** Publishes the snapshots of a plan to a running edge, which reads them at once. */
export async function publishAll(edge: Dig, plan: Plan): Promise<void> {
  for (const { policy, ...site } of plan.clusters) {
    const blobs = policy && (await policyBlobs(policy))
    for (const text of blobs?.texts ?? []) await edge.kv.put(blobKey(site.id, await hashBlob(text)), text)
    await edge.publish({ ...site, root: { ...site.root, policy: blobs?.ref ?? null } })
    await wake(edge, site.id)
  }
}

/** The plan of a caller's oracle. */
export function oraclePlan({ clusters, config }: Plan, caller: CallerPlan): Plan {
  const { segment, authorization, dns, sees } = caller
  const hasToken = segment !== '' || authorization !== undefined || dns?.serverName !== undefined
  const reduced = clusters
    .filter(({ id }) => !hasToken || id in sees)
    .map((cluster): ClusterPlan => {
      const scope = sees[cluster.id] ?? []
      const isVisible = (space: string): boolean => scope === 'all' || scope.includes(space)
      const objects = cluster.objects.filter((object) => isVisible(namespaceOf(object)))
      return { ...cluster, objects, policy: cluster.policy && openPolicy(cluster.policy) }
    })
  return { clusters: reduced, config }
}

function openPolicy({ tokens, anonymous, networks = [] }: TestPolicy): TestPolicy {
  return {
    networks: networks.map((network) => ({ ...network, scope: 'all' })),
    tokens: tokens.map((token) => ({ ...token, scope: 'all' })),
    anonymous: anonymous === null ? null : 'all',
  }
}

/** An empty cluster: its snapshot is published later, with the policy. */
function withoutSnapshot(cluster: ClusterPlan): Site {
  return { ...cluster, policy: undefined, objects: [] } as Omit<Site, 'policy'>
}

async function wake({ edge }: TestEdge, cluster: string): Promise<void> {
  const running: Promise<unknown>[] = []
  edge.reader.wake(cluster, { waitUntil: (promise) => void running.push(promise) })
  while (running.length > 0) await Promise.all(running.splice(0))
}

/** A resolver whose answers have fixed TTLs: www.example.com has an address, all other names do not exist. */
const upstream: Fetch = async (_url, { body }) => {
  const query = readQuery(body)
  const name = 'name' in query ? query.name : ''
  const isThere = name === nameFromText('www.example.com')
  const type = 'question' in query && query.question ? query.question.type : 0
  const reply =
    isThere && type === TYPE.A
      ? answerTo(body, [[undefined, TYPE.A, 300, [192, 0, 2, 80]]])
      : answerTo(body, [], { authority: [soa('example.com', 300, 60)], rcode: isThere ? 0 : 3 })
  return new Response(new Uint8Array(reply), { headers: { 'content-type': 'application/dns-message' } })
}
