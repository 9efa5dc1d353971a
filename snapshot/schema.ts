import type { PolicyHead, TokenShard } from './policy/schema.ts'

/** The schema of blobs, and of roots that name every shard themselves. */
export const schemaVersion = 1

/** The schema of roots whose shards are in buckets. Their blobs are those of schema 1. */
export const bucketSchema = 2

/** The schemas of roots that this code reads. */
export const readableSchemas: readonly number[] = [schemaVersion, bucketSchema]

/** SHA-256 of a blob's bytes, base64url without padding: 43 characters. */
export type BlobHash = string

/**
 * A port of a service or of an endpoint: its name and protocol in lower case ('' when unnamed), and its number. A port
 * without a number has 0 here, and no SRV record.
 */
export type Port = readonly [name: string, protocol: string, port: number]

/**
 * An endpoint: its address in canonical text (RFC 5952), and its label in names below its service. The label is left
 * out if it equals the one derived from the canonical address (endpoint-name.ts).
 */
export type Endpoint = readonly [address: string, label?: string]

/** Endpoints with the same ports, such as those of one EndpointSlice. Without ports they have no SRV records. */
export type EndpointGroup = { readonly ports: readonly Port[]; readonly endpoints: readonly Endpoint[] }

/** A service with cluster IPs: `ips` has at least one canonical address. */
export type ClusterService = {
  readonly kind: 'cluster'
  readonly ips: readonly string[]
  readonly ports: readonly Port[]
}

/** A headless service: its name has the addresses of its ready endpoints. */
export type HeadlessService = { readonly kind: 'headless'; readonly groups: readonly EndpointGroup[] }

/**
 * An alias of another name. As in a zone file, a target with a final dot is absolute. Any other target is relative to the
 * cluster's native domain, so that answers have it in the zone of the question; '@' is that domain itself.
 */
export type ExternalService = { readonly kind: 'external'; readonly target: string }

export type Service = ClusterService | HeadlessService | ExternalService

/** Services by namespace and name: a blob of the `services` family. */
export type ServiceShard = { readonly kind: 'services'; readonly services: ReadonlyMap<string, Service> }

/**
 * The endpoints with names of services with cluster IPs: a blob of the `endpoints` family.
 */
export type EndpointShard = {
  readonly kind: 'endpoints'
  readonly services: ReadonlyMap<string, readonly EndpointGroup[]>
}

/** The owner of an address: a service, or (with a label) one of its endpoints. */
export type Owner = readonly [namespace: string, service: string, label?: string]

/** Owners by canonical address: a blob of the `reverse` and `endpointReverse` families. */
export type ReverseShard = {
  readonly kind: 'reverse'
  readonly owners: ReadonlyMap<string, readonly Owner[]>
}

/** The namespaces with a pod of each canonical address: a blob of the `podAddresses` family. */
export type PodShard = {
  readonly kind: 'pods'
  readonly namespaces: ReadonlyMap<string, readonly string[]>
}

/** The exposed namespaces, if there are too many for the root. */
export type NamespaceList = { readonly kind: 'namespaces'; readonly namespaces: ReadonlySet<string> }

export type Blob =
  | ServiceShard
  | EndpointShard
  | ReverseShard
  | PodShard
  | NamespaceList
  | PolicyHead
  | TokenShard

/** A family of 2^bits shards, by service. An empty shard is null and has no blob. */
export type ShardFamily = { readonly bits: number; readonly shards: readonly (BlobHash | null)[] }

/** A family of shards by address: the canonical text of the /24 or /120 → blob. */
export type ReverseFamily = Readonly<Record<string, BlobHash>>

/**
 * The access policy in a root: a head blob, and the tokens in 2^bits shards by the first bits of their hashes. A query
 * with a token reads the head and one shard.
 */
export type PolicyRef = { readonly head: BlobHash; readonly tokens: ShardFamily }

/** How pod names such as 10-1-2-3.default.pod.<zone> are answered. */
export type PodsMode = 'disabled' | 'insecure' | 'verified'

/** Facts about the whole snapshot. Times are Unix milliseconds of the edge's clock. */
export type Root = {
  readonly schema: typeof schemaVersion
  readonly cluster: string
  /** The cluster's native domain without a final dot, such as 'cluster.local'. */
  readonly domain: string
  /** Grows with every root: max(the previous one + 1, Unix ms). */
  readonly generation: number
  /** The term of the leader that wrote it: the transitions of its Lease. It decides between equal generations. */
  readonly term: number
  /** When the data was last known to agree with the cluster. */
  readonly asOfMs: number
  /** A static snapshot was published once from a file: it does not age. */
  readonly static: boolean
  readonly staleAfterMs: number
  readonly expiresAfterMs: number
  /** SOA serial: Unix seconds of the last change of content, growing by at least 1. */
  readonly serial: number
  /** The TTL of every record (s). */
  readonly ttl: number
  readonly pods: PodsMode
  readonly namespaces: readonly string[] | { readonly blob: BlobHash }
  /** The access policy; null without one. Former releases refuse a root that has one. */
  readonly policy: PolicyRef | null
  /**
   * True if the agent was told to drop the policy. Without it, a root without policy never replaces one that has a policy.
   */
  readonly policyDropped?: boolean | undefined
  readonly services: ShardFamily
  readonly reverse: ReverseFamily
  /** Null if names for endpoints of services with cluster IPs are switched off. */
  readonly endpoints: ShardFamily | null
  readonly endpointReverse: ReverseFamily
  /** Pod addresses per /24 or /120, for `pods: 'verified'`. */
  readonly podAddresses: ReverseFamily
  /** The number of objects in this snapshot, so that the next agent notices when most of them are missing. */
  readonly objects?: ObjectCounts | undefined
  /** When the edge's write budget is refilled for the keys written so far; absent where writes are not limited. */
  readonly paidUntilMs?: number | undefined
}

/** The families of shards. Schema 1 has their hashes in the root, schema 2 in buckets. */
export const shardFamilies = ['services', 'reverse', 'endpoints', 'endpointReverse', 'podAddresses'] as const
export type ShardFamilyName = (typeof shardFamilies)[number]

/**
 * A root of schema 2. It signs the hashes of 2^bits buckets, which hold the hashes of all shards and are stored beside it
 * (root-value.ts), so that its own size hardly depends on the cluster's. Otherwise it has the facts of schema 1.
 */
export type BucketRoot = Omit<Root, 'schema' | ShardFamilyName> & {
  readonly schema: typeof bucketSchema
  /** The numbers of shards, as powers of two. */
  readonly services: Pick<ShardFamily, 'bits'>
  readonly endpoints: Pick<ShardFamily, 'bits'> | null
  /** SHA-256 of each bucket's text; null for an empty one. */
  readonly buckets: ShardFamily
}

/** A root as it is signed. */
export type SignedRoot = Root | BucketRoot

/** A bucket: hashes by family and name. The name of a shard by hash is its number, that of a shard by address its prefix. */
export type Bucket = Readonly<Partial<Record<ShardFamilyName, Readonly<Record<string, BlobHash>>>>>

/** Counts of a cluster's objects, by kind. */
export type ObjectCounts = Readonly<Record<'Namespace' | 'Service' | 'EndpointSlice' | 'Pod', number>>

/** The content of a root: all fields except those that publishing adds. */
export type Content = Omit<
  Root,
  | 'schema'
  | 'cluster'
  | 'generation'
  | 'term'
  | 'asOfMs'
  | 'serial'
  | 'policyDropped'
  | 'objects'
  | 'paidUntilMs'
>

/** The key of a service: unique, and sorted like namespace and name. */
export function serviceKey(namespace: string, name: string): string {
  return `${namespace}/${name}`
}
