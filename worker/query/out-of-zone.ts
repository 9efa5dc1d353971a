import { RCODE, TYPE } from '../../dns/code.ts'
import type { Query } from '../../dns/message/read-query.ts'
import type { Reply } from '../../dns/message/write-reply.ts'
import { fold, labelStarts, type Name, nameFromText } from '../../dns/name.ts'
import type { Rrset } from '../../dns/record.ts'
import { discoveryReply, resolverArpa } from '../answer/discovery.ts'
import { emptyZoneReply } from '../answer/empty-zone.ts'
import { locate, type Zones } from '../answer/zone.ts'
import type { Edge } from '../edge.ts'
import type { Tasks } from '../ports.ts'
import { chase } from '../upstream/cname-chain.ts'
import type { UpstreamAnswer } from '../upstream/forward.ts'
import { coverName } from './hidden-zone.ts'
import { bareReply, type EdgeReply, notOurs } from './reply.ts'

/**
 * Special-use domains, which the public DNS does not delegate: RFC 6761 (invalid, localhost, test), RFC 6762 (local),
 * RFC 7686 (onion), RFC 8375 (home.arpa), internal (reserved by ICANN).
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

/** The suffix of a folded name that is a special-use domain, in the case of `asked`. Undefined when there is none. */
function specialZone(name: Name, asked: Name): Name | undefined {
  const at = labelStarts(name).find((start) => specialUse.has(name.slice(start)))
  return at === undefined ? undefined : asked.slice(at)
}

/**
 * Whether a folded name may be sent to upstream. These names must not leak:
 * - names in the edge's zones, in private reverse ranges, in special-use domains and in resolver.arpa;
 * - single labels, which have a meaning in a local network only (the root may be sent);
 * - names in a cluster's native domain, even where that is no zone of this edge.
 */
export function mayForward(name: Name, edge: Edge): boolean {
  if (locate(name, name, edge.zones).kind !== 'outside') return false
  const starts = labelStarts(name)
  if (starts.length === 2 || specialZone(name, name) !== undefined) return false
  const suffixes = new Set(starts.map((start) => name.slice(start)))
  return !suffixes.has(resolverArpa) && !edge.config.clusters.some(({ domain }) => suffixes.has(domain))
}

/** The caller, as far as names outside its zones depend on it. `share` identifies it at upstream. */
type Asker = {
  readonly zones: Zones
  readonly hasToken: boolean
  readonly mayForward: boolean
  readonly share: string
}

/**
 * The reply to a query for a name outside the zones. Names about the edge's own transports are always answered. With forwarding on,
 * `localhost` has the loopback addresses (RFC 6761 §6.3), other special-use domains are empty zones (RFC 6303 §3), and
 * upstream answers the names that `mayForward` allows, its records in their order. Everything else is REFUSED. The
 * holder of a token cannot tell a name in a zone of another cluster from one that does not exist (hidden-zone.ts). Ends
 * at `endMs` (Unix ms).
 */
export async function outsideReply(
  query: Query,
  asker: Asker,
  edge: Edge,
  endMs: number,
  tasks: Tasks,
): Promise<EdgeReply> {
  const { name, question } = query
  const discovery = discoveryReply(name, question, { ...edge.config, dotPorts: edge.dotPorts })
  if (discovery) return discovery
  if (!edge.forwarder || !asker.mayForward) return notOurs
  const zone = specialZone(name, question.asked)
  if (zone !== undefined) return localReply(query, zone, asker.zones)
  const cover = asker.hasToken ? await coverName(name, edge) : undefined
  if (cover === undefined) return forwardedReply(query, asker, edge, endMs, tasks)
  const covered = { ...query, name: cover, question: { ...question, asked: cover } }
  const reply = await forwardedReply(covered, asker, edge, endMs, tasks)
  const answers = reply.answers.map((rrset) =>
    rrset.owner === cover ? { ...rrset, owner: question.asked } : rrset,
  )
  return { ...reply, answers }
}

async function forwardedReply(
  query: Query,
  { share }: Asker,
  edge: Edge,
  endMs: number,
  tasks: Tasks,
): Promise<EdgeReply> {
  const { name, question } = query
  if (!edge.forwarder || !mayForward(name, edge)) return notOurs
  const outcome = await edge.forwarder.ask(
    {
      name,
      type: question.type,
      dnssecOk: query.edns?.dnssecOk ?? false,
      checkingDisabled: query.checkingDisabled,
    },
    share,
    endMs,
    tasks,
  )
  if (outcome.kind === 'failure') return bareReply(RCODE.SERVFAIL, outcome.error)
  return upstreamReply(query, outcome, edge)
}

/** Upstream's records unchanged; only the aliases where they lead to a name in the edge's zones. */
function upstreamReply({ name, question }: Query, outcome: UpstreamAnswer, edge: Edge): EdgeReply {
  const { rcode, authority, isUncacheable } = outcome
  const { asked, type } = question
  const base = { authoritative: false, additional: [] }
  const isOurs = (owner: Name): boolean => locate(owner, owner, edge.zones).kind !== 'outside'
  const chased = chase(asked, type, outcome.answers, isOurs)
  if (chased.leadsHere) return { ...base, rcode: RCODE.NOERROR, answers: chased.records, authority: [] }
  const answers = outcome.answers.flatMap((rrset) => {
    const owner = fold(rrset.owner)
    if (owner === name) return [{ ...rrset, owner: asked }]
    return isOurs(owner) ? [] : [rrset]
  })
  return { ...base, rcode, answers, authority, isUncacheable }
}

function localReply({ name, question }: Query, zone: Name, zones: Zones): Reply {
  const { asked, type } = question
  if (fold(zone) !== localhost) {
    // A name above one of the caller's zones exists (RFC 8020), such as corp.internal above k8s.corp.internal.
    const isParent = [...zones.forward.keys()].some((own) => own.endsWith(name))
    return emptyZoneReply({ zone, isApex: asked === zone, isParent }, type)
  }
  const address = loopback[type]
  if (!address) return emptyZoneReply({ zone, isApex: asked === zone, isParent: true }, type)
  return { ...bareReply(RCODE.NOERROR), authoritative: true, answers: [{ ...address, owner: asked }] }
}
