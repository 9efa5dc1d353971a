import { EDE, type ExtendedError, TYPE } from '../../dns/code.ts'
import { fold, type Name, nameFromText, nameToText } from '../../dns/name.ts'
import type { Rrset } from '../../dns/record.ts'
import { type Found, nothingNow } from '../answer/found.ts'
import { ageText, stateOf } from '../answer/freshness.ts'
import { lookup, type OpenedBlobs } from '../answer/lookup.ts'
import { type Need, type Slot, slotsOf } from '../answer/needs.ts'
import { type Records, recordsOf, type Setting, settingOf } from '../answer/records.ts'
import { lookupReverse } from '../answer/reverse.ts'
import { authorityOf, nameInZone } from '../answer/service-zone.ts'
import { isVisible, type Visible } from '../answer/visible.ts'
import { type ClusterPlace, locateInCluster, type Zones } from '../answer/zone.ts'
import type { View } from '../reader/view.ts'
import { chase, maxAliasDepth } from '../upstream/cname-chain.ts'
import type { UpstreamAnswer, UpstreamOutcome } from '../upstream/forward.ts'

/** The result of a question's look-up. */
export type Resolution = {
  /**
   * Three outcomes are about alias chains. 'stopped': the chain leaves the cluster, and the answer has the aliases only.
   * 'upstream': upstream completed the chain. 'failed': the chain is a loop or too long, or upstream failed.
   */
  readonly outcome: 'records' | 'nodata' | 'nothing' | 'stopped' | 'upstream' | 'failed'
  /** The aliases in order, then the records. */
  readonly answers: readonly Rrset[]
  readonly additional: readonly Rrset[]
  /** The zone of the last name. A negative answer carries its SOA. */
  readonly zone: Name
  /** Whether the outcome is true regardless of the snapshot's age. */
  readonly certain: boolean
  /** Whether the outcome stays the same for the life of the view. */
  readonly lasting: boolean
  readonly error: ExtendedError | undefined
  /** Upstream's reply for the last name; only set when the outcome is 'upstream'. */
  readonly upstream?: Pick<UpstreamAnswer, 'rcode' | 'authority' | 'isUncacheable'>
}

/** Reads blobs of one view; 'missing' when one of them cannot be read now. */
export type Open = (needs: readonly Need[]) => OpenedBlobs | 'missing' | Promise<OpenedBlobs | 'missing'>

/** The data sources of a resolution: the snapshot, and upstream for names outside the cluster. */
export type Sources = {
  /** The namespaces that the caller may see. */
  readonly visible: Visible
  /** The zones of the caller. */
  readonly zones: Pick<Zones, 'forward'>
  /** Finds the blobs at slots of the view (see Reader.locate). */
  readonly locate: (slots: readonly Slot[]) => Need[] | Promise<Need[]>
  readonly open: Open
  /** Asks upstream about a folded name; undefined when it must not be asked. */
  readonly ask: (name: Name, type: number) => Promise<UpstreamOutcome | undefined>
  /** Whether a folded name is in a zone of this edge. Upstream's records for such names are ignored. */
  readonly isOurs: (name: Name) => boolean
  /** A number in [0, 1). */
  readonly random: () => number
}

/**
 * A question in a place → its resolution. Aliases within the cluster are followed in the same answer (RFC 1034 §4.3.2),
 * because DoH clients do not send a second query; upstream completes aliases that leave the cluster. A chain of more
 * than `maxAliasDepth` aliases, or with a loop, fails. `nowMs` is Unix ms. The look-up appends the blobs that it reads to
 * `needs`, also when it returns 'missing': one of them cannot be read now.
 */
export async function resolve(
  question: { readonly asked: Name; readonly type: number },
  start: ClusterPlace,
  view: View,
  sources: Sources,
  nowMs: number,
  needs: Need[],
): Promise<Resolution | 'missing'> {
  const chain: Rrset[] = []
  const seen = new Set<Name>()
  let owner = question.asked
  let place: ClusterPlace = start
  for (;;) {
    const found = await find(place, view, sources, nowMs, needs)
    if (found === 'missing') return 'missing'
    const setting = settingOf(owner, place.zone, view.root, view.cluster)
    const base = { additional: [], zone: place.zone, certain: false, lasting: true, error: undefined }
    if (found.kind === 'nothing')
      return { ...base, outcome: 'nothing', answers: chain, certain: found.certain }
    if (found.kind !== 'alias') {
      const certain = found.kind === 'text' && found.certain
      return conclude(recordsOf(found, question.type, setting, sources.random), chain, {
        ...base,
        certain,
        lasting: !isSnapshotName(place),
      })
    }
    const target = targetName(found.target, setting)
    chain.push({ type: 'CNAME', owner, ttl: setting.ttlSeconds, rdata: [target] })
    if (question.type === TYPE.CNAME || question.type === TYPE.ANY)
      return { ...base, outcome: 'records', answers: chain }
    seen.add(target)
    if (seen.size < chain.length || chain.length > maxAliasDepth) {
      return {
        ...base,
        outcome: 'failed',
        answers: [],
        error: tooLong(question.asked, seen.size < chain.length),
      }
    }
    const next = locateInCluster(target, view.cluster, sources.zones)
    if (!next) return resolveUpstream(question, target, chain, { ...base, lasting: false }, sources)
    owner = target
    place = next
  }
}

async function resolveUpstream(
  { asked, type }: { readonly asked: Name; readonly type: number },
  target: Name,
  chain: readonly Rrset[],
  base: Omit<Resolution, 'outcome' | 'answers'>,
  { ask, isOurs }: Pick<Sources, 'ask' | 'isOurs'>,
): Promise<Resolution> {
  const upstream = await ask(fold(target), type)
  if (!upstream) return { ...base, outcome: 'stopped', answers: chain }
  if (upstream.kind === 'failure') return { ...base, outcome: 'failed', answers: [], error: upstream.error }
  const chased = chase(target, type, upstream.answers, isOurs)
  const answers = [...chain, ...chased.records]
  if (answers.filter((rrset) => rrset.type === 'CNAME').length > maxAliasDepth)
    return { ...base, outcome: 'failed', answers: [], error: tooLong(asked, false) }
  if (chased.leadsHere) return { ...base, outcome: 'stopped', answers }
  const { rcode, isUncacheable } = upstream
  const authority = upstream.authority.filter((rrset) => rrset.type === 'SOA')
  return { ...base, outcome: 'upstream', answers, upstream: { rcode, authority, isUncacheable } }
}

async function find(
  place: ClusterPlace,
  view: View,
  { locate, open, visible }: Pick<Sources, 'locate' | 'open' | 'visible'>,
  nowMs: number,
  needs: Need[],
): Promise<Found | 'missing'> {
  // Before any blob is read, so that hidden names and missing ones take the same time.
  if (isHidden(place, visible)) return nothingNow
  const located = locate(slotsOf(place, view.root))
  const wanted = located instanceof Promise ? await located : located
  needs.push(...wanted)
  const opened = wanted.length > 0 ? open(wanted) : {}
  const blobs = opened instanceof Promise ? await opened : opened
  if (blobs === 'missing') return 'missing'
  if (place.kind === 'reverse') return lookupReverse(place, blobs, visible)
  if (place.wanted.kind === 'snapshot')
    return { kind: 'text', strings: describe(view, nowMs), ttlSeconds: 0, certain: true }
  return lookup(place.wanted, view.root, blobs)
}

/** Whether a name is in a namespace that the caller may not see. */
function isHidden(place: ClusterPlace, visible: Visible): boolean {
  return (
    place.kind === 'forward' && 'namespace' in place.wanted && !isVisible(visible, place.wanted.namespace)
  )
}

/** Whether a place is `_snapshot`, whose text contains the snapshot's age and so changes every second. */
function isSnapshotName(place: ClusterPlace): boolean {
  return place.kind === 'forward' && place.wanted.kind === 'snapshot'
}

function conclude(
  records: Records,
  chain: readonly Rrset[],
  base: Omit<Resolution, 'outcome' | 'answers'>,
): Resolution {
  const answers = [...chain, ...records.answers]
  const outcome = records.answers.length > 0 ? 'records' : 'nodata'
  return { ...base, outcome, answers, additional: records.additional }
}

/** A target as stored in the snapshot → its name: absolute, or relative to the zone ('@' is the zone itself). */
function targetName(target: string, { zone, primaryZone }: Pick<Setting, 'zone' | 'primaryZone'>): Name {
  if (target.endsWith('.')) return nameFromText(target)
  if (target === '@') return authorityOf(zone, primaryZone)
  return nameInZone(nameFromText(target).slice(0, -1), zone, primaryZone)
}

function tooLong(asked: Name, isLoop: boolean): ExtendedError {
  const name = nameToText(asked)
  const text = isLoop
    ? `the aliases behind ${name} lead back to themselves; mend the ExternalName Services`
    : `more than ${maxAliasDepth} aliases follow ${name}; point the ExternalName at the last one`
  return { code: EDE.OTHER, text }
}

/** The strings of the TXT record of `_snapshot`, one fact each. */
function describe({ root }: View, nowMs: number): string[] {
  return [
    `cluster=${root.cluster}`,
    `generation=${root.generation}`,
    `asOf=${new Date(root.asOfMs).toISOString()}`,
    `age=${ageText(root, nowMs)}`,
    `state=${stateOf(root, nowMs)}`,
  ]
}
