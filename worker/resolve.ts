import { EDE, type ExtendedError, TYPE } from '../dns/code.ts'
import { fold, type Name, nameFromText, nameToText } from '../dns/name.ts'
import type { Rrset } from '../dns/record.ts'
import type { Found } from './answer/found.ts'
import { ageText, stateOf } from './answer/freshness.ts'
import { lookup, type Shelf } from './answer/lookup.ts'
import { type Need, needsOf } from './answer/needs.ts'
import { type Records, recordsOf, settingOf } from './answer/records.ts'
import { lookupReverse } from './answer/reverse.ts'
import { type ClusterPlace, locateInCluster } from './answer/zone.ts'
import type { View } from './reader/view.ts'
import { chase, maxAliasDepth } from './upstream/cname-chain.ts'
import type { Delivery, UpstreamAnswer } from './upstream/forward.ts'

/** What a question comes to. */
export type Resolution = {
  /**
   * 'stopped' is a chain that leads out of the cluster and stands alone, 'abroad' one that upstream completed,
   * 'failed' one that leads nowhere or that upstream failed on.
   */
  readonly outcome: 'records' | 'nodata' | 'nothing' | 'stopped' | 'abroad' | 'failed'
  /** The aliases in order, then the records. */
  readonly answers: readonly Rrset[]
  readonly additional: readonly Rrset[]
  /** The zone whose SOA a negative answer carries: that of the last name. */
  readonly zone: Name
  /** Is this true whatever the snapshot's age? */
  readonly certain: boolean
  /** Does it hold for as long as the view does? */
  readonly lasting: boolean
  readonly error: ExtendedError | undefined
  /** What upstream said of the last name: only where the outcome is 'abroad'. */
  readonly abroad?: Pick<UpstreamAnswer, 'rcode' | 'authority' | 'isFleeting'>
}

/** The archive's counter, for one view. */
export type Open = (needs: readonly Need[]) => Shelf | 'missing' | Promise<Shelf | 'missing'>

/** Where a look-up's facts come from: the snapshot; and for names outside the cluster, upstream, or nothing at all. */
export type Sources = {
  readonly open: Open
  readonly ask: (name: Name, type: number) => Promise<Delivery | undefined>
  /** Is a folded name in a zone of this edge? Upstream is not believed about those. */
  readonly isOurs: (name: Name) => boolean
}

/**
 * A question in a place → its resolution, with every alias that leads to a name of the same cluster completed
 * in the same answer (RFC 1034 §4.3.2), since no DoH client asks again; one that leads elsewhere is completed by
 * what upstream says. Chains end after `maxAliasDepth`
 * aliases or at a name seen before. `needs` receives what was read, also where it ends in 'missing': a shard
 * that cannot be had now.
 */
export async function follow(
  question: { readonly asked: Name; readonly type: number },
  start: ClusterPlace,
  view: View,
  { open, ...elsewhere }: Sources,
  nowMs: number,
  needs: Need[],
): Promise<Resolution | 'missing'> {
  const chain: Rrset[] = []
  const seen = new Set<Name>()
  let owner = question.asked
  let place: ClusterPlace = start
  for (;;) {
    const found = await find(place, view, open, nowMs, needs)
    if (found === 'missing') return 'missing'
    const setting = settingOf(owner, place.zone, view.root, view.cluster)
    const base = { additional: [], zone: place.zone, certain: false, lasting: true, error: undefined }
    if (found.kind === 'nothing')
      return { ...base, outcome: 'nothing', answers: chain, certain: found.certain }
    if (found.kind !== 'alias') {
      const certain = found.kind === 'text' && found.certain
      return conclude(recordsOf(found, question.type, setting), chain, {
        ...base,
        certain,
        lasting: !tellsTime(place),
      })
    }
    const target = targetName(found.target, place.zone)
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
    const next = locateInCluster(target, view.cluster)
    if (!next) return abroad(question, target, chain, { ...base, lasting: false }, elsewhere)
    owner = target
    place = next
  }
}

async function abroad(
  { asked, type }: { readonly asked: Name; readonly type: number },
  target: Name,
  chain: readonly Rrset[],
  base: Omit<Resolution, 'outcome' | 'answers'>,
  { ask, isOurs }: Omit<Sources, 'open'>,
): Promise<Resolution> {
  const delivery = await ask(fold(target), type)
  if (!delivery) return { ...base, outcome: 'stopped', answers: chain }
  if (delivery.kind === 'failure') return { ...base, outcome: 'failed', answers: [], error: delivery.error }
  const chased = chase(target, type, delivery.answers, isOurs)
  const answers = [...chain, ...chased.records]
  if (answers.filter((rrset) => rrset.type === 'CNAME').length > maxAliasDepth)
    return { ...base, outcome: 'failed', answers: [], error: tooLong(asked, false) }
  if (chased.isHome) return { ...base, outcome: 'stopped', answers }
  const { rcode, isFleeting } = delivery
  const authority = delivery.authority.filter((rrset) => rrset.type === 'SOA')
  return { ...base, outcome: 'abroad', answers, abroad: { rcode, authority, isFleeting } }
}

async function find(
  place: ClusterPlace,
  view: View,
  open: Open,
  nowMs: number,
  needs: Need[],
): Promise<Found | 'missing'> {
  const wanted = needsOf(place, view.root)
  needs.push(...wanted)
  const opened = wanted.length > 0 ? open(wanted) : {}
  const shelf = opened instanceof Promise ? await opened : opened
  if (shelf === 'missing') return 'missing'
  if (place.kind === 'reverse') return lookupReverse(place, view.root, shelf)
  if (place.wanted.kind === 'snapshot')
    return { kind: 'text', strings: describe(view, nowMs), ttlSeconds: 0, certain: true }
  return lookup(place.wanted, view.root, shelf)
}

/** `_snapshot` says how old it is. */
function tellsTime(place: ClusterPlace): boolean {
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

/** A target as the snapshot has it → its name: absolute, or in the zone that was asked ('@' is the zone itself). */
function targetName(target: string, zone: Name): Name {
  if (target.endsWith('.')) return nameFromText(target)
  return target === '@' ? zone : nameFromText(target).slice(0, -1) + zone
}

function tooLong(asked: Name, isLoop: boolean): ExtendedError {
  const name = nameToText(asked)
  const text = isLoop
    ? `the aliases behind ${name} lead back to themselves; mend the ExternalName Services`
    : `more than ${maxAliasDepth} aliases follow ${name}; point the ExternalName at the last one`
  return { code: EDE.OTHER, text }
}

/** What `_snapshot` says, one fact a string. */
function describe({ root }: View, nowMs: number): string[] {
  return [
    `cluster=${root.cluster}`,
    `generation=${root.generation}`,
    `asOf=${new Date(root.asOfMs).toISOString()}`,
    `age=${ageText(root, nowMs)}`,
    `state=${stateOf(root, nowMs)}`,
  ]
}
