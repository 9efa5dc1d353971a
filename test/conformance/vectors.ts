import { type Answer, type Line, parseLine } from './answer.ts'
import type { Question } from './context.ts'
import type { ClusterObjects } from './object-names.ts'

/** A file of answers that cannot be read; the message has the place and the expected content. */
export class VectorsError extends Error {
  override readonly name = 'VectorsError'
  readonly code = 'VECTORS_INVALID'
}

/** A question and the answer of CoreDNS. */
export type Recorded = Question & { readonly theirs: Answer }

/** The configuration of CoreDNS, in the terms of its Corefile; zones in lower case with final dot. */
export type GroupConfig = {
  readonly zones: readonly string[]
  readonly ttl: number
  readonly pods: string
  readonly namespaces: readonly string[]
  readonly endpointPodNames: boolean
  readonly ignoreEmptyServices: boolean
  readonly unsynced: boolean
  readonly localIPs: readonly string[]
}

/** Questions about one cluster under one configuration. `skip` is the reason why kubedoh has no answer to them. */
export type Group = {
  readonly name: string
  readonly config: GroupConfig
  /** The objects of the cluster; undefined if the file of answers does not contain them. */
  readonly objects: (ClusterObjects & { readonly Pod: readonly unknown[] }) | undefined
  readonly recorded: readonly Recorded[]
  readonly skip: string | undefined
  /** Whether CoreDNS had an upstream resolver: the stub that the file describes. */
  readonly hasUpstream: boolean
}

type Fields = Readonly<Record<string, unknown>>

/** A file of answers, in either format → its groups. `source` names the file in messages. Throws VectorsError. */
export function readVectors(text: string, source: string): Group[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new VectorsError(`${source}: not JSON (${error instanceof Error ? error.message : String(error)})`)
  }
  try {
    if (Array.isArray(value)) return [liveGroup(value as Fields[], source)]
    const { sets } = value as { sets?: unknown }
    if (Array.isArray(sets)) return sets.flatMap((set) => setGroups(set as Fields))
  } catch (error) {
    throw new VectorsError(`${source}: ${error instanceof Error ? error.message : String(error)}`)
  }
  throw new VectorsError(
    `${source}: neither a list of answers ({name, type, rcode, aa, answer, …}) nor an object with "sets"`,
  )
}

type Sections = { readonly [S in 'answer' | 'authority' | 'additional']?: readonly unknown[] }

function answerOf(entry: Fields & Sections, read: (record: unknown) => readonly Line[]): Answer {
  const { rcode, aa } = entry
  if (typeof rcode !== 'string' || typeof aa !== 'boolean')
    throw new Error(`an answer lacks rcode or aa: ${JSON.stringify(entry).slice(0, 120)}`)
  return {
    rcode,
    authoritative: aa,
    answer: (entry.answer ?? []).flatMap(read),
    authority: (entry.authority ?? []).flatMap(read),
    additional: (entry.additional ?? []).flatMap(read),
  }
}

/** ['owner', 'TYPE', ttl, ['rdata', …]] → its records. */
function rrsetLines(record: unknown): Line[] {
  const [owner, type, ttl, rdata] = record as [string, string, number, string[]]
  if (!Array.isArray(rdata)) throw new Error(`no RRset: ${JSON.stringify(record)}`)
  return rdata.map((text) => ({ owner, ttl, type, rdata: text }))
}

/** The list of a live server's answers: its configuration shows in its answers. */
function liveGroup(entries: readonly Fields[], source: string): Group {
  const recorded = entries.map((entry) => {
    const { name, type } = entry
    if (typeof name !== 'string' || typeof type !== 'string')
      throw new Error(`an answer lacks name or type: ${JSON.stringify(entry).slice(0, 120)}`)
    return { name, type, theirs: answerOf(entry, rrsetLines) }
  })
  if (recorded.length === 0) throw new Error('no answers in it')
  return {
    name: source.split('/').at(-1) ?? source,
    config: observed(recorded),
    objects: undefined,
    recorded,
    skip: undefined,
    hasUpstream: false,
  }
}

/** Answers → the configuration that they show: zones and TTL by the SOAs, addresses of ns.dns, how pods are named. */
export function observed(recorded: readonly Recorded[]): GroupConfig {
  const soas = recorded.flatMap(({ theirs }) =>
    [...theirs.authority, ...theirs.answer].filter(({ type }) => type === 'SOA'),
  )
  const found = [...new Set(soas.map(({ owner }) => owner.toLowerCase()))]
  const isReverse = (zone: string): boolean => zone.endsWith('.arpa.')
  const zones = [...found.filter((zone) => !isReverse(zone)), ...found.filter(isReverse)]
  if (zones.length === 0 || isReverse(zones[0] ?? ''))
    throw new Error('no answer has the SOA of a forward zone, so the zone is unknown')
  const ofPods = recorded.filter(
    ({ name, type }) => type === 'A' && zones.some((zone) => name.toLowerCase().endsWith(`.pod.${zone}`)),
  )
  const hasPods = ofPods.some(({ theirs }) => theirs.rcode === 'NOERROR')
  const echoed = ofPods.some(({ theirs }) => theirs.answer.length > 0)
  return {
    zones,
    ttl: Number(soas[0]?.rdata.split(' ').at(-1)),
    pods: hasPods ? (echoed ? 'insecure' : 'verified') : 'disabled',
    namespaces: [],
    endpointPodNames: false,
    ignoreEmptyServices: false,
    unsynced: false,
    localIPs: recorded
      .filter(({ name }) => name.toLowerCase() === `ns.dns.${zones[0]}`)
      .flatMap(({ theirs }) => theirs.answer.filter(({ type }) => type === 'A' || type === 'AAAA'))
      .map(({ rdata }) => rdata),
  }
}

/** Features that kubedoh does not have, by the word in a group's configuration. */
const foreign: Readonly<Record<string, string>> = {
  fallthrough: 'fallthrough',
  noendpoints: 'noendpoints',
  multicluster: 'multicluster',
  zonal: 'zonal',
  k8s_external_zones: 'k8s_external',
}

function setGroups(set: Fields): Group[] {
  const snapshot = set.snapshot as Readonly<Record<string, readonly unknown[]>>
  const kind = (name: string, given: readonly unknown[] = []): unknown[] =>
    given.map((object) => ({ kind: name, ...(object as object) }))
  const objects = {
    Namespace: kind('Namespace', snapshot.namespaces),
    Service: kind('Service', snapshot.services),
    EndpointSlice: kind('EndpointSlice', snapshot.endpointSlices),
    Pod: kind('Pod', snapshot.pods),
  }
  return (set.groups as readonly Fields[]).map((group) => {
    const config = group.config as Fields
    const name = String(group.group)
    const cases = (group.cases as readonly Fields[] | null) ?? []
    return {
      name,
      config: configOf(config, name),
      objects,
      recorded: cases.map((entry) => ({
        name: String(entry.qname),
        type: String(entry.qtype),
        theirs: answerOf(entry, (record) => [parseLine(String(record))]),
      })),
      skip: skipReason(group, config),
      hasUpstream: true,
    }
  })
}

function skipReason(group: Fields, config: Fields): string | undefined {
  const word = Object.keys(foreign).find((key) => config[key] !== undefined)
  if (word !== undefined) return foreign[word]
  if (group.axfr !== undefined) return 'AXFR content'
  return (config.zones as readonly string[]).includes('.') ? 'the root zone' : undefined
}

const knownWords = [
  'zones ttl pods localIPs namespaces endpoint_pod_names ignore_empty_service unsynced',
  'k8s_external_headless',
  ...Object.keys(foreign),
].flatMap((line) => line.split(' '))

function configOf(config: Fields, group: string): GroupConfig {
  const unknown = Object.keys(config).find((word) => !knownWords.includes(word))
  if (unknown !== undefined) throw new Error(`group "${group}": its configuration "${unknown}" is not known`)
  return {
    zones: (config.zones as readonly string[]).map((zone) => zone.toLowerCase()),
    ttl: Number(config.ttl),
    pods: typeof config.pods === 'string' ? config.pods : 'disabled',
    namespaces: (config.namespaces as readonly string[] | undefined) ?? [],
    endpointPodNames: config.endpoint_pod_names === true,
    ignoreEmptyServices: config.ignore_empty_service === true,
    unsynced: config.unsynced === true,
    localIPs: (config.localIPs as readonly string[] | undefined) ?? [],
  }
}
