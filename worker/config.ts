import { canonicalAddress } from '../dns/address.ts'
import { decodeBase64Url, toBase64Url } from '../dns/base64url.ts'
import { type Cidr, parseCidr } from '../dns/cidr.ts'
import { maxZoneBytes } from '../dns/limits.ts'
import { fold, type Name, nameFromText } from '../dns/name.ts'
import { isClusterId } from '../snapshot/keys.ts'
import type { TokenHash } from '../snapshot/policy/schema.ts'
import { tokenHashFromHex } from '../snapshot/policy/token.ts'
import { isBelowServiceZone, serviceZone } from './answer/service-zone.ts'
import { type CallerConfig, callerFields, parseCallerConfig } from './caller-config.ts'
import {
  bytes,
  ConfigError,
  dohUrl,
  errorText,
  fieldsOf,
  flag,
  list,
  textOf,
  texts,
} from './config-fields.ts'
import { parseServerNames, type ServerNames, serverNameFields } from './server-names.ts'

export { ConfigError }

/** One cluster whose names the edge answers. */
export type ClusterConfig = {
  readonly id: string
  /**
   * Ed25519 public keys (base64url, a JWK's `x`) that verify the cluster's roots and proofs; several during a key
   * rotation.
   */
  readonly keys: readonly string[]
  /**
   * Ed25519 public keys, in the same form, of the edges that may follow this one and read the cluster's whole snapshot. Only
   * self-hosted edges serve followers.
   */
  readonly followers: readonly string[]
  /**
   * The cluster's native domain, folded. A root with another one is refused, and names in it are never sent upstream.
   * Callers with a token of the cluster can always ask in it.
   */
  readonly domain: Name
  /**
   * The cluster's zones, folded. The first is the primary zone, in which PTR targets are. `svc` is a zone with a form of its
   * own (answer/service-zone.ts) and never the first.
   */
  readonly zones: readonly Name[]
  /** The address ranges whose reverse names the cluster answers. */
  readonly reverse: readonly Cidr[]
  /**
   * Also answer the reverse name of an address outside all `reverse` ranges of the edge and outside the private ranges,
   * if the cluster has the address. Of several clusters with it, the first answers.
   */
  readonly reversePublic: boolean
  /** Canonical addresses of ns.dns.<zone>, the NS target of every zone. */
  readonly nameservers: readonly string[]
}

/** The DoH resolvers (RFC 8484) that an edge queries for names outside its zones. */
export type UpstreamConfig = {
  /** DoH URLs in the order of the attempts. */
  readonly urls: readonly string[]
  /** The timeout of one attempt (ms). A query makes at most two attempts. */
  readonly timeoutMs: number
  /** Also forward names outside the zones, for callers without a token. Otherwise upstream resolves only ExternalName targets. */
  readonly forward: boolean
  /** Maximum size of one isolate's cache of upstream's answers, in bytes. */
  readonly cacheBytes: number
}

/** The configuration of an edge. It contains no secrets, only public keys. */
export type EdgeConfig = CallerConfig &
  ServerNames & {
    /** Answer callers without a token about clusters that have no access policy. */
    readonly public: boolean
    /** Hashes of tokens (base64url) that are refused at once, whatever the policy says. */
    readonly deny: ReadonlySet<TokenHash>
    /** Accept snapshots. An edge that is open to the public may leave this to a second edge on the same store. */
    readonly ingest: boolean
    /** The origins of the URLs by which agents reach this edge; undefined: proofs for other edges are accepted, too. */
    readonly ingestOrigins?: readonly string[] | undefined
    /** Maximum size of the decoded snapshot blobs in one isolate's memory, in bytes. */
    readonly memoryBytes: number
    /** Maximum size of one isolate's answer cache, in bytes, in addition to `memoryBytes`. */
    readonly answerBytes: number
    /** Without it, the edge never sends a query to any resolver. */
    readonly upstream?: UpstreamConfig | undefined
    readonly clusters: readonly ClusterConfig[]
  }

/** The length of a SHA-256. */
const hashBytes = 32

/** The length of an Ed25519 public key (RFC 8032 §5.1.5). */
const publicKeyBytes = 32

export const configDefaults = {
  public: false,
  ingest: true,
  memoryBytes: 32 * 1024 * 1024,
  answerBytes: 16 * 1024 * 1024,
}

export const clusterDefaults = { domain: 'cluster.local', reversePublic: false }

export const upstreamDefaults = { timeoutMs: 2_000, forward: false, cacheBytes: 4 * 1024 * 1024 }

/** The range of `timeoutMs`: two attempts must fit into the five seconds of a query (exchange.ts). */
const upstreamTimeoutMs = { least: 100, most: 2_400 }

/**
 * A configuration's JSON → the configuration, defaults filled in. An unknown field is an error, so that a
 * misspelt `public` is not silently false. Throws ConfigError.
 */
export function parseConfig(text: string): EdgeConfig {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new ConfigError('configuration', `not JSON (${errorText(error)})`)
  }
  const fields = fieldsOf(value, 'configuration', [
    'public',
    'deny',
    'ingest',
    'ingestOrigins',
    'memoryBytes',
    'answerBytes',
    'upstream',
    'clusters',
    ...serverNameFields,
    ...callerFields,
  ])
  const clusters = list(fields.clusters, 'clusters').map(parseCluster)
  const ids = clusters.map((cluster) => cluster.id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) throw new ConfigError('clusters', `two clusters have the ID ${twice}`)
  return {
    public: flag(fields, 'public', configDefaults.public),
    deny: parseDeny(fields.deny ?? []),
    ingest: flag(fields, 'ingest', configDefaults.ingest),
    ...(fields.ingestOrigins !== undefined && { ingestOrigins: parseOrigins(fields.ingestOrigins) }),
    memoryBytes: bytes(fields, 'memoryBytes', configDefaults.memoryBytes),
    answerBytes: bytes(fields, 'answerBytes', configDefaults.answerBytes),
    ...parseServerNames(fields),
    ...(fields.upstream !== undefined && { upstream: parseUpstream(fields.upstream) }),
    ...parseCallerConfig(fields),
    clusters,
  }
}

/** Origins such as https://edge.example.com, at least one. */
function parseOrigins(value: unknown): string[] {
  const origins = texts(value, 'ingestOrigins')
  if (origins.length === 0) throw new ConfigError('ingestOrigins', 'empty; leave it out to accept all')
  return origins.map((text, index) => {
    if (URL.canParse(text) && /^https?:\/\/[^/]+\/?$/.test(text)) return new URL(text).origin
    throw new ConfigError(`ingestOrigins[${index}]`, 'not an origin such as https://edge.example.com')
  })
}

/** Hashes as `sha256sum` prints them (64 hexadecimal digits) or as a policy's blobs have them (base64url). */
function parseDeny(value: unknown): ReadonlySet<TokenHash> {
  const hashes = texts(value, 'deny').map((text, index) => {
    const hash = tokenHashFromHex(text)
    if (hash !== undefined) return hash
    const bytesOfHash = decodeBase64Url(text)
    if (bytesOfHash?.length === hashBytes) return toBase64Url(bytesOfHash)
    throw new ConfigError(`deny[${index}]`, 'not the SHA-256 of a token (64 hexadecimal digits)')
  })
  return new Set(hashes)
}

function parseUpstream(value: unknown): UpstreamConfig {
  const fields = fieldsOf(value, 'upstream', ['urls', 'timeoutMs', 'forward', 'cacheBytes'])
  const urls = list(fields.urls, 'upstream.urls').map(
    (url, index) => dohUrl(url, `upstream.urls[${index}]`).href,
  )
  if (urls.length === 0) throw new ConfigError('upstream.urls', 'an upstream needs at least one URL')
  if (urls.length > 2) throw new ConfigError('upstream.urls', 'an upstream has at most two URLs')
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

function parseCluster(value: unknown, index: number): ClusterConfig {
  const path = `clusters[${index}]`
  const fields = fieldsOf(value, path, [
    'id',
    'keys',
    'followers',
    'zones',
    'domain',
    'reverse',
    'reversePublic',
    'nameservers',
  ])
  const id = textOf(fields.id, `${path}.id`)
  if (!isClusterId(id)) throw new ConfigError(`${path}.id`, `"${id}" is not a DNS label in lower case`)
  const zones = texts(fields.zones, `${path}.zones`).map((zone, at) =>
    parseZone(zone, `${path}.zones[${at}]`),
  )
  if (zones.length === 0) throw new ConfigError(`${path}.zones`, 'a cluster needs at least one zone')
  if (zones[0] === serviceZone)
    throw new ConfigError(
      `${path}.zones[0]`,
      'the first zone is the primary zone, which "svc" cannot be; write another one before it, such as cluster.local',
    )
  const keys = parseKeys(fields.keys, `${path}.keys`)
  if (keys.length === 0)
    throw new ConfigError(`${path}.keys`, 'a cluster needs at least one key to verify its snapshots with')
  return {
    id,
    keys,
    followers: parseFollowers(fields.followers ?? [], keys, `${path}.followers`),
    domain: parseDomain(textOf(fields.domain ?? clusterDefaults.domain, `${path}.domain`), `${path}.domain`),
    zones,
    reverse: texts(fields.reverse ?? [], `${path}.reverse`).map((cidr, at) => {
      const parsed = parseCidr(cidr)
      if (parsed) return parsed
      throw new ConfigError(
        `${path}.reverse[${at}]`,
        `"${cidr}" is not an address range such as 10.96.0.0/16`,
      )
    }),
    reversePublic: flag(fields, 'reversePublic', clusterDefaults.reversePublic, `${path}.`),
    nameservers: texts(fields.nameservers ?? [], `${path}.nameservers`).map((address, at) => {
      const canonical = canonicalAddress(address)
      if (canonical) return canonical
      throw new ConfigError(`${path}.nameservers[${at}]`, `"${address}" is not an IP address`)
    }),
  }
}

/**
 * Checks only the length of each key, which catches a private key or a file's path in its place. An invalid curve point
 * is detected at import (keyring.ts).
 */
function parseKeys(value: unknown, path: string): string[] {
  const keys = texts(value, path)
  for (const [index, key] of keys.entries()) {
    if (decodeBase64Url(key)?.length === publicKeyBytes) continue
    throw new ConfigError(
      `${path}[${index}]`,
      `"${key}" is not an Ed25519 public key (${publicKeyBytes} bytes in base64url)`,
    )
  }
  return keys
}

/** Keys of followers. Throws ConfigError also for a key of the cluster's agents: a follower must not be able to sign roots. */
function parseFollowers(value: unknown, agents: readonly string[], path: string): string[] {
  const followers = parseKeys(value, path)
  const index = followers.findIndex((key) => agents.includes(key))
  if (index < 0) return followers
  throw new ConfigError(
    `${path}[${index}]`,
    'this key is in "keys" too, so its holder could sign snapshots; make another key for the follower',
  )
}

function parseDomain(domain: string, path: string): Name {
  const name = parseZone(domain, path)
  if (name !== serviceZone) return name
  throw new ConfigError(path, '"svc" cannot be a native domain; as an alias zone it belongs in `zones`')
}

/**
 * A zone's text → its folded name. Throws ConfigError for an invalid name, the root, a name that is too long, and a name
 * below `svc`, all of which are names of Services where `svc` is a zone.
 */
export function parseZone(zone: string, path: string): Name {
  let name: Name
  try {
    name = fold(nameFromText(zone))
  } catch (error) {
    throw new ConfigError(path, errorText(error))
  }
  if (name.length === 1) throw new ConfigError(path, 'the root cannot be a zone')
  if (isBelowServiceZone(name))
    throw new ConfigError(
      path,
      `"${zone}" is below "svc", whose names are those of Services; use another zone`,
    )
  if (name.length <= maxZoneBytes) return name
  throw new ConfigError(
    path,
    `"${zone}" has ${name.length} bytes on the wire, a zone has at most ${maxZoneBytes}`,
  )
}
