import { isNameText } from '../../dns/name.ts'
import type { Port, Service, ServiceShard } from '../../snapshot/schema.ts'

/** A Service's name in a zone, without the final dot, with its ports. */
export type MatchingName = {
  readonly name: string
  readonly kind: Service['kind']
  readonly ports: readonly Port[]
}

/** A cluster's Services as one caller may see them. */
export type NameSource = {
  readonly shards: Iterable<ServiceShard>
  /** Whether a namespace exists for the caller. */
  readonly hasNamespace: (namespace: string) => boolean
  /** What follows a namespace in names, in the order of preference: 'svc.cluster.local', and 'svc' for the zone svc. */
  readonly suffixes: readonly string[]
}

/** A name has at most this many ports in a list. */
const maxPorts = 8

/** While more names than this match, all but the first are dropped. */
const maxKept = 256

/**
 * The first `limit` names of Services that begin with `prefix`, by name and then by namespace, each in the first zone in
 * which it begins so. Only names that have an answer: a headless Service without endpoints has none. Case does not count. Pure;
 * looks at every Service of the shards once.
 */
export function matchingNames(prefix: string, source: NameSource, limit: number): MatchingName[] {
  const wanted = prefix.toLowerCase()
  const kept: Match[] = []
  let last: string | undefined
  for (const { services } of source.shards) {
    for (const [key, service] of services) {
      const match = matchOf(key, service, wanted, source, last)
      if (!match) continue
      kept.push(match)
      if (kept.length > maxKept) last = firstOf(kept, limit)
    }
  }
  firstOf(kept, limit)
  return kept.map(({ name, service }) => ({
    name,
    kind: service.kind,
    ports: portsOf(service).slice(0, maxPorts),
  }))
}

type Match = { readonly order: string; readonly name: string; readonly service: Service }

/** A Service's match. Undefined if it does not match, or comes after `last`. */
function matchOf(
  key: string,
  service: Service,
  wanted: string,
  { hasNamespace, suffixes }: NameSource,
  last: string | undefined,
): Match | undefined {
  const slash = key.indexOf('/')
  // Most Services end here, without a text made for them.
  if (!key.startsWith(wanted.slice(0, key.length - slash - 1), slash + 1)) return undefined
  const [namespace, label] = [key.slice(0, slash), key.slice(slash + 1)]
  const order = `${label}.${namespace}`
  if (last !== undefined && order > last) return undefined
  if (!hasNamespace(namespace) || !hasAnswer(service)) return undefined
  const name = suffixes.map((suffix) => `${order}.${suffix}`).find((text) => text.startsWith(wanted))
  return name !== undefined && isNameText(name) ? { order, name, service } : undefined
}

/** Leaves the first matches, in order. Gives the order of the last one. */
function firstOf(matches: Match[], limit: number): string | undefined {
  matches.sort((a, b) => (a.order < b.order ? -1 : 1))
  matches.splice(limit)
  return matches.at(-1)?.order
}

function hasAnswer(service: Service): boolean {
  return service.kind !== 'headless' || service.groups.some(({ endpoints }) => endpoints.length > 0)
}

function portsOf(service: Service): readonly Port[] {
  if (service.kind === 'external') return []
  const all = service.kind === 'cluster' ? service.ports : service.groups.flatMap(({ ports }) => ports)
  const byText = new Map(all.filter(([, , port]) => port > 0).map((port) => [port.join(' '), port]))
  return [...byText.values()]
}
