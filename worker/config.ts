import { canonicalAddress } from '../dns/address.ts'
import { decodeBase64Url } from '../dns/base64url.ts'
import { type Cidr, parseCidr } from '../dns/cidr.ts'
import { maxZoneBytes } from '../dns/limits.ts'
import { fold, type Name, nameFromText } from '../dns/name.ts'
import { isClusterId } from '../snapshot/keys.ts'

/** One cluster that the edge answers for. */
export type ClusterConfig = {
  readonly id: string
  /** Ed25519 public keys (base64url, a JWK's `x`) that its roots and proofs may be signed with; several while rotating. */
  readonly keys: readonly string[]
  /** The zones that its names are answered in, folded; the first is the primary one, which PTR targets end in. */
  readonly zones: readonly Name[]
  /** The address ranges whose reverse names are its own. */
  readonly reverse: readonly Cidr[]
  /** Canonical addresses of ns.dns.<zone>, which every zone's NS names. */
  readonly nameservers: readonly string[]
}

/** The resolvers that an edge asks about names that it does not hold (RFC 8484). */
export type UpstreamConfig = {
  /** DoH URLs, the first asked first. */
  readonly urls: readonly string[]
  /** What one try may take, in ms; there are two. */
  readonly timeoutMs: number
  /** Forward names outside the zones too, for callers without a token; else only ExternalName targets are asked. */
  readonly forward: boolean
  /** Bytes of upstream's answers that one isolate keeps. */
  readonly cacheBytes: number
}

/** How an edge is set up. Not secret: it holds public keys only. */
export type EdgeConfig = {
  /** Answer callers without a token. */
  readonly public: boolean
  /** Accept snapshots: an edge for the public may leave this to a second one. */
  readonly ingest: boolean
  /** Bytes of snapshot that one isolate keeps decoded. */
  readonly memoryBytes: number
  /** Bytes of finished answers that one isolate keeps beside it. */
  readonly answerBytes: number
  /** The DoH URL that clients know the edge by: told in answers to _dns.resolver.arpa (RFC 9462). */
  readonly url?: string | undefined
  /** Without it nothing is asked of anybody. */
  readonly upstream?: UpstreamConfig | undefined
  readonly clusters: readonly ClusterConfig[]
}

/** RFC 8032 §5.1.5. */
const publicKeyBytes = 32

export const configDefaults = {
  public: false,
  ingest: true,
  memoryBytes: 32 * 1024 * 1024,
  answerBytes: 16 * 1024 * 1024,
}

export const upstreamDefaults = { timeoutMs: 2_000, forward: false, cacheBytes: 4 * 1024 * 1024 }

/** What a try may be given, in ms: two have to fit into the five seconds of a query. */
const upstreamTimeoutMs = { least: 100, most: 2_400 }

/** A configuration that cannot be used. `path` says where, such as 'clusters[0].zones[1]'. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'CONFIG_INVALID'
  readonly path: string

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`)
    this.path = path
  }
}

type Fields = Readonly<Record<string, unknown>>

/**
 * A configuration's JSON → the configuration, defaults filled in. An unknown field is an error, so that a
 * misspelt `public` is not silently false. Throws ConfigError.
 */
export function parseConfig(text: string): EdgeConfig {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new ConfigError(
      'configuration',
      `not JSON (${error instanceof Error ? error.message : String(error)})`,
    )
  }
  const fields = fieldsOf(value, 'configuration', [
    'public',
    'ingest',
    'memoryBytes',
    'answerBytes',
    'url',
    'upstream',
    'clusters',
  ])
  const clusters = list(fields.clusters, 'clusters').map(parseCluster)
  const ids = clusters.map((cluster) => cluster.id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) throw new ConfigError('clusters', `cluster ${twice} is there twice`)
  return {
    public: flag(fields, 'public', configDefaults.public),
    ingest: flag(fields, 'ingest', configDefaults.ingest),
    memoryBytes: bytes(fields, 'memoryBytes', configDefaults.memoryBytes),
    answerBytes: bytes(fields, 'answerBytes', configDefaults.answerBytes),
    ...(fields.url !== undefined && { url: parseDohUrl(fields.url, 'url').href }),
    ...(fields.upstream !== undefined && { upstream: parseUpstream(fields.upstream) }),
    clusters,
  }
}

function parseUpstream(value: unknown): UpstreamConfig {
  const fields = fieldsOf(value, 'upstream', ['urls', 'timeoutMs', 'forward', 'cacheBytes'])
  const urls = list(fields.urls, 'upstream.urls').map(
    (url, index) => parseDohUrl(url, `upstream.urls[${index}]`).href,
  )
  if (urls.length === 0) throw new ConfigError('upstream.urls', 'an upstream needs at least one URL')
  if (urls.length > 2) throw new ConfigError('upstream.urls', 'no more than two URLs are ever asked')
  const timeoutMs = fields.timeoutMs ?? upstreamDefaults.timeoutMs
  const { least, most } = upstreamTimeoutMs
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= least && timeoutMs <= most))
    throw new ConfigError('upstream.timeoutMs', `not a number of ms from ${least} to ${most}`)
  return {
    urls,
    timeoutMs,
    forward: flag(fields, 'forward', upstreamDefaults.forward, 'upstream.'),
    cacheBytes: bytes(fields, 'cacheBytes', upstreamDefaults.cacheBytes, 'upstream.'),
  }
}

/** A DoH endpoint's URL: https, or http to this machine; credentials and fragments go nowhere. */
function parseDohUrl(value: unknown, path: string): URL {
  const text = textOf(value, path)
  if (!URL.canParse(text)) throw new ConfigError(path, 'not a URL such as https://1.1.1.1/dns-query')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '')
    throw new ConfigError(path, 'a user or password in the URL: not supported')
  if (url.hash !== '') throw new ConfigError(path, 'a fragment in the URL: leave it out')
  const isLoopback = /^(?:localhost|127\.[0-9.]+|\[::1\])$/.test(url.hostname)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)) return url
  throw new ConfigError(path, 'not https (http is for 127.0.0.1, ::1 and localhost only)')
}

function parseCluster(value: unknown, index: number): ClusterConfig {
  const path = `clusters[${index}]`
  const fields = fieldsOf(value, path, ['id', 'keys', 'zones', 'reverse', 'nameservers'])
  const id = textOf(fields.id, `${path}.id`)
  if (!isClusterId(id)) throw new ConfigError(`${path}.id`, `"${id}" is not a DNS label in lower case`)
  const zones = texts(fields.zones, `${path}.zones`).map((zone, at) =>
    parseZone(zone, `${path}.zones[${at}]`),
  )
  if (zones.length === 0) throw new ConfigError(`${path}.zones`, 'a cluster needs at least one zone')
  return {
    id,
    keys: parseKeys(fields.keys, `${path}.keys`),
    zones,
    reverse: texts(fields.reverse ?? [], `${path}.reverse`).map((cidr, at) => {
      const parsed = parseCidr(cidr)
      if (parsed) return parsed
      throw new ConfigError(
        `${path}.reverse[${at}]`,
        `"${cidr}" is not an address range such as 10.96.0.0/16`,
      )
    }),
    nameservers: texts(fields.nameservers ?? [], `${path}.nameservers`).map((address, at) => {
      const canonical = canonicalAddress(address)
      if (canonical) return canonical
      throw new ConfigError(`${path}.nameservers[${at}]`, `"${address}" is not an IP address`)
    }),
  }
}

/** Whether 32 bytes are a point of the curve shows when they are imported; a private key or a path shows here. */
function parseKeys(value: unknown, path: string): string[] {
  const keys = texts(value, path)
  if (keys.length === 0)
    throw new ConfigError(path, 'a cluster needs at least one key, or nothing it publishes is believed')
  for (const [index, key] of keys.entries()) {
    if (decodeBase64Url(key)?.length === publicKeyBytes) continue
    throw new ConfigError(
      `${path}[${index}]`,
      `"${key}" is not an Ed25519 public key (${publicKeyBytes} bytes in base64url)`,
    )
  }
  return keys
}

/** A zone's text → its folded name. Throws ConfigError when it is no name, the root, or too long. */
export function parseZone(zone: string, path: string): Name {
  let name: Name
  try {
    name = fold(nameFromText(zone))
  } catch (error) {
    throw new ConfigError(path, error instanceof Error ? error.message : String(error))
  }
  if (name.length === 1) throw new ConfigError(path, 'the root cannot be a zone')
  if (name.length <= maxZoneBytes) return name
  throw new ConfigError(
    path,
    `"${zone}" has ${name.length} bytes on the wire, a zone has at most ${maxZoneBytes}`,
  )
}

function fieldsOf(value: unknown, path: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigError(path, 'not an object')
  for (const field of Object.keys(value)) {
    if (!known.includes(field))
      throw new ConfigError(`${path}.${field}`, `unknown; known are ${known.join(', ')}`)
  }
  return value as Fields
}

function list(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new ConfigError(path, 'not an array')
}

function textOf(value: unknown, path: string): string {
  if (typeof value === 'string') return value
  throw new ConfigError(path, 'not text')
}

function texts(value: unknown, path: string): string[] {
  return list(value, path).map((item, index) => textOf(item, `${path}[${index}]`))
}

function flag(fields: Fields, field: string, byDefault: boolean, above = ''): boolean {
  const value = fields[field] ?? byDefault
  if (typeof value === 'boolean') return value
  throw new ConfigError(above + field, 'neither true nor false')
}

function bytes(fields: Fields, field: string, byDefault: number, above = ''): number {
  const value = fields[field] ?? byDefault
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  throw new ConfigError(above + field, 'not a number of bytes above 0')
}
