import { nameToText } from '../../dns/name.ts'
import type { Blob, ServiceShard } from '../../snapshot/schema.ts'
import type { Caller } from '../access/caller.ts'
import { freshnessOf } from '../answer/freshness.ts'
import { type MatchingName, matchingNames } from '../answer/matching-names.ts'
import { type Need, namespacesNeed, serviceSlots } from '../answer/needs.ts'
import { serviceZone } from '../answer/service-zone.ts'
import { isVisible } from '../answer/visible.ts'
import type { ClusterConfig } from '../config.ts'
import type { Edge } from '../edge.ts'
import { documentHeaders } from '../http/document-headers.ts'
import { jsonType } from '../http/media-types.ts'
import type { DohRequest, DohResponse } from '../http/request.ts'
import type { Tasks } from '../ports.ts'
import type { View } from '../reader/view.ts'

/** The most names of one response. */
const maxNames = 20

/** The longest prefix that is looked for, in characters: no name is longer. */
const maxPrefix = 254

/**
 * The most shards that one request looks at, and the most that it reads from the store because they are not in memory: the
 * free plan of Cloudflare allows an invocation 50 reads. The next request finds these in memory, and reads others.
 */
const maxShards = 256
const maxReads = 32

/**
 * Completes `prefix=P` with the names of Services that the caller's tokens may see. Callers without a token get none: they may
 * ask for names, but not list them. `complete` is false if there are more names, or if a part of a cluster was not looked at.
 */
export async function namesResponse(
  { query }: DohRequest,
  caller: Caller,
  edge: Edge,
  tasks: Tasks,
): Promise<DohResponse> {
  const prefix = new URLSearchParams(query).get('prefix')?.trim() ?? ''
  const { names, isComplete } = await listNames(prefix, caller, edge, tasks)
  const list = names.slice(0, maxNames).map(({ name, kind, ports }) => ({
    name,
    kind,
    ports: ports.map(([port, protocol, number]) => ({ name: port, protocol, port: number })),
  }))
  return {
    status: 200,
    headers: { ...documentHeaders, 'content-type': jsonType, 'cache-control': 'no-store' },
    body: `${JSON.stringify({ names: list, complete: isComplete && names.length <= maxNames })}\n`,
  }
}

type NameList = { readonly names: readonly MatchingName[]; readonly isComplete: boolean }

async function listNames(prefix: string, caller: Caller, edge: Edge, tasks: Tasks): Promise<NameList> {
  const names: MatchingName[] = []
  let isComplete = true
  if (prefix.length > maxPrefix) return { names, isComplete }
  const budget = { shards: maxShards, reads: maxReads }
  for (const [id, visible] of caller.grants ?? []) {
    const cluster = edge.config.clusters.find((each) => each.id === id)
    const view = cluster && (await edge.reader.view(cluster, tasks))
    if (!view || freshnessOf(view.root, edge.clock.now()) === 'expired') {
      isComplete = false
      continue
    }
    const { services, hasNamespace, isWhole } = await openServices(view, edge, tasks, budget)
    const suffixes = suffixesOf(caller, view.cluster)
    const isThere = (namespace: string): boolean => isVisible(visible, namespace) && hasNamespace(namespace)
    names.push(...matchingNames(prefix, { shards: services, hasNamespace: isThere, suffixes }, maxNames + 1))
    isComplete &&= isWhole
  }
  return { names, isComplete }
}

type Opened = {
  readonly services: readonly ServiceShard[]
  readonly hasNamespace: (namespace: string) => boolean
  readonly isWhole: boolean
}

/** Opens a cluster's shards of Services, as many as the budget allows, and takes them from it. */
async function openServices(
  view: View,
  edge: Edge,
  tasks: Tasks,
  budget: { shards: number; reads: number },
): Promise<Opened> {
  const shards = await edge.reader.locate(view, serviceSlots(view.root), tasks)
  const wanted = shards.filter(({ hash }) => hash !== null)
  const opening: (Opening | Promise<Opening>)[] = []
  const open = (need: Need): Opening | Promise<Opening> => {
    const opened = edge.reader.open(view, [need], tasks)
    if (opened instanceof Promise) budget.reads--
    return opened
  }
  const namespaces = await open(namespacesNeed(view.root))
  for (const need of wanted) {
    if (budget.shards <= 0 || budget.reads <= 0) break
    budget.shards--
    opening.push(open(need))
  }
  const opened = await Promise.all(opening)
  const services = opened.flatMap((blobs) => shardIn(blobs === 'missing' ? undefined : blobs.services))
  const isWhole = services.length === wanted.length && namespaces !== 'missing'
  return { services, hasNamespace: namespacesOf(view, namespaces), isWhole }
}

type Opening = Awaited<ReturnType<Edge['reader']['open']>>

function shardIn(blob: Blob | undefined): ServiceShard[] {
  return blob?.kind === 'services' ? [blob] : []
}

function namespacesOf({ root }: View, opened: Opening): (namespace: string) => boolean {
  const { namespaces } = root
  if (!('blob' in namespaces)) {
    const listed = new Set(namespaces)
    return (namespace) => listed.has(namespace)
  }
  const blob = opened === 'missing' ? undefined : opened.namespaces
  return (namespace) => blob?.kind === 'namespaces' && blob.namespaces.has(namespace)
}

/** What follows a namespace in the caller's names of a cluster. */
function suffixesOf({ zones }: Caller, { id }: ClusterConfig): string[] {
  return [...zones.forward]
    .filter(([, cluster]) => cluster.id === id)
    .map(([zone]) => (zone === serviceZone ? 'svc' : `svc.${nameToText(zone).slice(0, -1)}`))
}
