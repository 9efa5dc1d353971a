import { isNameText } from '../dns/name.ts'
import { SnapshotError } from './errors.ts'
import {
  type BucketRoot,
  bucketSchema,
  type ObjectCounts,
  type PolicyRef,
  type ReverseFamily,
  type Root,
  readableSchemas,
  type ShardFamily,
  type ShardFamilyName,
  type SignedRoot,
} from './schema.ts'
import {
  parseJson,
  type Reader,
  readBoolean,
  readCount,
  readHash,
  readList,
  readNullable,
  readNumberUpTo,
  readObject,
  readOneOf,
  readOptional,
  readSchema,
  readText,
} from './shape.ts'
import { maxBits } from './shard.ts'

/** SOA serials are unsigned 32-bit numbers (RFC 1035 §3.3.13). */
const maxSerial = 2 ** 32 - 1

/** The largest TTL (RFC 2181 §8). */
const maxTtlSeconds = 2 ** 31 - 1

const readDomain: Reader<string> = (value, path) => {
  const domain = readText(value, path)
  if (domain === '' || domain.endsWith('.') || !isNameText(domain)) {
    throw new SnapshotError('SCHEMA', `${path} is not a domain name without a final dot`)
  }
  return domain
}

const readFamily: Reader<ShardFamily> = (value, path) => {
  const family = readObject(value, path)
  const bits = readCount(family.bits, `${path}.bits`)
  const shards = readList(readNullable(readHash))(family.shards, `${path}.shards`)
  if (shards.length !== 2 ** bits) throw new SnapshotError('SCHEMA', `${path} does not have 2^${bits} shards`)
  return { bits, shards }
}

const readReverse: Reader<ReverseFamily> = (value, path) => {
  const family = readObject(value, path)
  for (const [prefix, hash] of Object.entries(family)) readHash(hash, `${path}[${prefix}]`)
  return family as ReverseFamily
}

const readNamespaces: Reader<Root['namespaces']> = (value, path) =>
  Array.isArray(value)
    ? readList(readText)(value, path)
    : { blob: readHash(readObject(value, path).blob, `${path}.blob`) }

const readPolicyRef: Reader<PolicyRef> = (value, path) => {
  const policy = readObject(value, path)
  return { head: readHash(policy.head, `${path}.head`), tokens: readFamily(policy.tokens, `${path}.tokens`) }
}

const readObjects: Reader<ObjectCounts> = (value, path) => {
  const counts = readObject(value, path)
  for (const kind of ['Namespace', 'Service', 'EndpointSlice', 'Pod'])
    readCount(counts[kind], `${path}.${kind}`)
  return counts as ObjectCounts
}

const readBits: Reader<Pick<ShardFamily, 'bits'>> = (value, path) => {
  const { bits } = readObject(value, path)
  return { bits: readNumberUpTo(maxBits)(bits, `${path}.bits`) }
}

type Fields<T> = { readonly [F in keyof T]-?: Reader<T[F]> }

const facts: Fields<Omit<Root, 'schema' | ShardFamilyName>> = {
  cluster: readText,
  domain: readDomain,
  generation: readCount,
  term: readCount,
  asOfMs: readCount,
  static: readBoolean,
  staleAfterMs: readCount,
  expiresAfterMs: readCount,
  serial: readNumberUpTo(maxSerial),
  ttl: readNumberUpTo(maxTtlSeconds),
  pods: readOneOf('disabled', 'insecure', 'verified'),
  namespaces: readNamespaces,
  policy: readNullable(readPolicyRef),
  policyDropped: readOptional(readBoolean),
  objects: readOptional(readObjects),
  paidUntilMs: readOptional(readCount),
}

const wholeFields: Fields<Omit<Root, 'schema'>> = {
  ...facts,
  services: readFamily,
  reverse: readReverse,
  endpoints: readNullable(readFamily),
  endpointReverse: readReverse,
  podAddresses: readReverse,
}

const bucketFields: Fields<Omit<BucketRoot, 'schema'>> = {
  ...facts,
  services: readBits,
  endpoints: readNullable(readBits),
  buckets: readFamily,
}

/**
 * A root's JSON → the root. Throws SnapshotError SCHEMA when its schema is unknown, or a field is missing or malformed.
 */
export function readRoot(text: string): SignedRoot {
  const root = readObject(parseJson(text, 'the root'), 'the root')
  const schema = readSchema(...readableSchemas)(root.schema, "the root's schema")
  const fields = schema === bucketSchema ? bucketFields : wholeFields
  for (const [field, read] of Object.entries(fields)) read(root[field], field)
  return root as SignedRoot
}
