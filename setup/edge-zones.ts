import { formatCidr, parseCidr } from '../dns/cidr.ts'
import { fold, isNameText } from '../dns/name.ts'

/** A zone that a caller may ask in. */
export type EdgeZone = {
  /** In lower case and without the final dot, such as 'cluster.local'. */
  readonly name: string
  /** The ID of the cluster whose names it has. */
  readonly cluster: string
  /** Whether PTR targets and the names of aliases are in this zone of the cluster. */
  readonly primary: boolean
}

/**
 * What an edge answers for one caller, and so what a system must send to it. The edge's route /zones gives it as JSON, with
 * all fields always there.
 */
export type EdgeZones = {
  readonly zones: readonly EdgeZone[]
  /** The address ranges whose reverse names the edge answers, as canonical CIDRs. */
  readonly reverse: readonly string[]
  /**
   * False while the edge cannot read what the caller may see of one of its clusters: zones and ranges may then be missing,
   * and those that a client knew before are still to be sent to the edge.
   */
  readonly complete: boolean
  /** Whether the caller may also ask for names outside the zones. */
  readonly forward: boolean
  /** When the first of the caller's tokens ends (RFC 3339, UTC); null for tokens without an end, and without a token. */
  readonly expires: string | null
  /** Where the edge answers DNS over TLS; null if it does not. */
  readonly dot: { readonly host: string; readonly port: number } | null
  /** The path of DoH queries at the edge, without a token. */
  readonly path: string
}

/** The most of everything that a client reads. An edge may be anybody's, so that its answers are bounded. */
export const edgeZonesLimits = { bytes: 1024 * 1024, zones: 2_000, ranges: 2_000 }

/** JSON that is not an EdgeZones. The message is one line and names the field. */
export class EdgeZonesError extends Error {
  override readonly name = 'EdgeZonesError'
  readonly code = 'EDGE_ZONES_INVALID'
}

/**
 * Whether a text is a name that every system can route: labels of lower-case letters, digits, '-' and '_'. Other names,
 * which a zone file may have, cannot be written into the files of resolvers without escapes.
 */
export function isRoutableName(text: string): boolean {
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(text) && isNameText(text)
}

/** The JSON text of the route /zones. */
export function edgeZonesText(zones: EdgeZones): string {
  return `${JSON.stringify(zones, undefined, 2)}\n`
}

/**
 * The JSON text of the route /zones → what it says, in canonical form. Unknown fields are ignored, since later edges may have more.
 * Throws EdgeZonesError for everything that is not such a text, or above `edgeZonesLimits`.
 */
export function readEdgeZones(text: string): EdgeZones {
  if (text.length > edgeZonesLimits.bytes) throw tooMuch('bytes', edgeZonesLimits.bytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new EdgeZonesError('the list of zones is not JSON')
  }
  const { zones, reverse, complete, forward, expires, dot, path } = fieldsOf(value, 'the answer')
  const names = listOf(zones, 'zones', edgeZonesLimits.zones).map(readZone)
  const twice = names.find(({ name }, at) => names.findIndex((zone) => zone.name === name) < at)
  if (twice) throw new EdgeZonesError(`zones: ${twice.name} is listed twice`)
  return {
    zones: names,
    reverse: listOf(reverse, 'reverse', edgeZonesLimits.ranges).map(readRange),
    complete: flagOf(complete, 'complete'),
    forward: flagOf(forward, 'forward'),
    expires: expires === null ? null : readTime(expires),
    dot: dot === null ? null : readDot(dot),
    path: readPath(path),
  }
}

function readZone(value: unknown, at: number): EdgeZone {
  const where = `zones[${at}]`
  const { name, cluster, primary } = fieldsOf(value, where)
  return {
    name: nameOf(name, `${where}.name`),
    cluster: nameOf(cluster, `${where}.cluster`),
    primary: flagOf(primary, `${where}.primary`),
  }
}

function readRange(value: unknown, at: number): string {
  const range = typeof value === 'string' ? parseCidr(value) : undefined
  if (range) return formatCidr(range)
  throw new EdgeZonesError(`reverse[${at}] is not an address range such as 10.96.0.0/16`)
}

function readTime(value: unknown): string {
  const form = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z$/
  const ms = typeof value === 'string' && form.test(value) ? Date.parse(value) : Number.NaN
  if (!Number.isNaN(ms)) return new Date(ms).toISOString()
  throw new EdgeZonesError('expires is not a time such as 2027-01-31T12:00:00Z')
}

function readDot(value: unknown): EdgeZones['dot'] {
  const { host, port } = fieldsOf(value, 'dot')
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw new EdgeZonesError('dot.port is not a port')
  return { host: nameOf(host, 'dot.host'), port }
}

function readPath(value: unknown): string {
  if (typeof value === 'string' && /^(\/[A-Za-z0-9._~-]{1,100}){1,10}$/.test(value)) return value
  throw new EdgeZonesError('path is not a path such as /dns-query')
}

function nameOf(value: unknown, where: string): string {
  const name = typeof value === 'string' ? fold(value) : ''
  if (isRoutableName(name)) return name
  throw new EdgeZonesError(`${where} is not a name such as cluster.local`)
}

function flagOf(value: unknown, where: string): boolean {
  if (typeof value === 'boolean') return value
  throw new EdgeZonesError(`${where} is neither true nor false`)
}

function listOf(value: unknown, where: string, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new EdgeZonesError(`${where} is not an array`)
  if (value.length > most) throw tooMuch(where, most)
  return value
}

function fieldsOf(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>
  throw new EdgeZonesError(`${where} is not an object`)
}

function tooMuch(what: string, most: number): EdgeZonesError {
  return new EdgeZonesError(`the list of zones has more ${what} than ${most}`)
}
