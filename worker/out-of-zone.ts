import { RCODE, TYPE } from '../dns/code.ts'
import { fold, labelStarts, labelsOf, type Name, nameFromText } from '../dns/name.ts'
import type { Query } from '../dns/read-query.ts'
import type { Rrset } from '../dns/record.ts'
import type { Reply } from '../dns/write-reply.ts'
import { discoveryReply, resolverArpa } from './answer/discovery.ts'
import { emptyZoneReply } from './answer/empty-zone.ts'
import { locate } from './answer/zone.ts'
import { within } from './clock.ts'
import type { Edge } from './edge.ts'
import type { Tasks } from './ports.ts'
import { bareReply, type EdgeReply, notOurs } from './reply.ts'
import { chase } from './upstream/cname-chain.ts'
import type { UpstreamAnswer } from './upstream/forward.ts'

/**
 * Top-level and other domains that mean nothing on the public tree: RFC 6761 (invalid, localhost, test), RFC
 * 6762 (local), RFC 7686 (onion), RFC 8375 (home.arpa), internal (reserved by ICANN).
 */
const specialUse: ReadonlySet<Name> = new Set(
  ['local', 'internal', 'localhost', 'invalid', 'test', 'onion', 'home.arpa'].map(nameFromText),
)
const localhost = nameFromText('localhost')
const loopback: Readonly<Record<number, Rrset>> = {
  [TYPE.A]: { type: 'A', owner: localhost, ttl: 300, rdata: [Uint8Array.of(127, 0, 0, 1)] },
  [TYPE.AAAA]: {
    type: 'AAAA',
    owner: localhost,
    ttl: 300,
    rdata: [Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
  },
}

/** The suffix of a folded name that is a domain of special use, spelled as in `asked`. */
function specialZone(name: Name, asked: Name): Name | undefined {
  const at = labelStarts(name).find((start) => specialUse.has(name.slice(start)))
  return at === undefined ? undefined : asked.slice(at)
}

/** How long a query waits for roots that are not here yet, in ms: upstream needs the rest of its time. */
const rootWaitMs = 1_000

/** The labels that names of pods and Services have above the domain; `cluster.local` itself lies under `local`. */
const clusterLabels: ReadonlySet<string> = new Set(['svc', 'pod'])

/**
 * May a folded name be told to upstream? Not one of ours, of a private range, of special use, of resolver.arpa,
 * nor a single label, which means something on a network of its own only; the root may. Nor a name in the
 * domain that a cluster calls its own, be it a zone here or not; while the root of some cluster, which tells that
 * domain, cannot be had, no name that looks like a Service's or a pod's. Waits for roots within `endMs` (Unix ms).
 */
export async function mayLeave(name: Name, edge: Edge, endMs: number, tasks: Tasks): Promise<boolean> {
  if (locate(name, name, edge.zones).kind !== 'outside') return false
  const starts = labelStarts(name)
  if (starts.length === 2 || specialZone(name, name) !== undefined) return false
  const suffixes = new Set(starts.map((start) => name.slice(start)))
  if (suffixes.has(resolverArpa)) return false
  const waitMs = Math.max(0, Math.min(rootWaitMs, endMs - edge.clock.now()))
  const views = await Promise.all(
    edge.config.clusters.map((cluster) => {
      const view = edge.reader.view(cluster, tasks)
      return view instanceof Promise ? within(view, waitMs, undefined, edge.clock) : view
    }),
  )
  if (views.includes(undefined) && labelsOf(name).some((label) => clusterLabels.has(label))) return false
  return !views.some((view) => view && suffixes.has(fold(nameFromText(view.root.domain))))
}

/**
 * The reply to a query for a name outside the zones: discovery is answered always; the rest where forwarding is
 * on, names of special use as from an empty zone (RFC 6303 §3), `localhost` with the loopback addresses (RFC
 * 6761 §6.3), and what may leave by upstream, in its order. Everything else is refused.
 */
export async function outsideReply(
  query: Query,
  edge: Edge,
  endMs: number,
  tasks: Tasks,
): Promise<EdgeReply> {
  const { name, question } = query
  const discovery = discoveryReply(name, question, edge.config.url)
  if (discovery) return discovery
  if (!edge.forwarder || !edge.config.upstream?.forward) return notOurs
  const zone = specialZone(name, question.asked)
  if (zone !== undefined) return localReply(question, zone)
  if (!(await mayLeave(name, edge, endMs, tasks))) return notOurs
  const delivery = await edge.forwarder.ask(
    {
      name,
      type: question.type,
      dnssecOk: query.edns?.dnssecOk ?? false,
      checkingDisabled: query.checkingDisabled,
    },
    endMs,
    tasks,
  )
  if (delivery.kind === 'failure') return bareReply(RCODE.SERVFAIL, delivery.error)
  return forwardedReply(query, delivery, edge)
}

/** Upstream's records as they came; where its aliases lead to a name of ours, those aliases alone. */
function forwardedReply({ name, question }: Query, delivery: UpstreamAnswer, edge: Edge): EdgeReply {
  const { rcode, authority, isFleeting } = delivery
  const { asked, type } = question
  const base = { authoritative: false, additional: [] }
  const isOurs = (owner: Name): boolean => locate(owner, owner, edge.zones).kind !== 'outside'
  const chased = chase(asked, type, delivery.answers, isOurs)
  if (chased.isHome) return { ...base, rcode: RCODE.NOERROR, answers: chased.records, authority: [] }
  const answers = delivery.answers.flatMap((rrset) => {
    const owner = fold(rrset.owner)
    if (owner === name) return [{ ...rrset, owner: asked }]
    return isOurs(owner) ? [] : [rrset]
  })
  return { ...base, rcode, answers, authority, isFleeting }
}

function localReply({ asked, type }: Query['question'], zone: Name): Reply {
  if (fold(zone) !== localhost) return emptyZoneReply({ zone, isApex: asked === zone, isParent: false }, type)
  const address = loopback[type]
  if (!address) return emptyZoneReply({ zone, isApex: asked === zone, isParent: true }, type)
  return { ...bareReply(RCODE.NOERROR), authoritative: true, answers: [{ ...address, owner: asked }] }
}
