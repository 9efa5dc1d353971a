import { isNameText } from '../dns/name.ts'
import { SnapshotError } from './errors.ts'
import { type ReverseFamily, type Root, readableSchemas, type ShardFamily } from './schema.ts'
import {
  parseJson,
  type Reader,
  readBoolean,
  readCount,
  readHash,
  readList,
  readNullable,
  readObject,
  readOneOf,
  readText,
} from './shape.ts'

const readDomain: Reader<string> = (value, path) => {
  const domain = readText(value, path)
  if (!isNameText(domain)) throw new SnapshotError('SCHEMA', `${path} is not a domain name`)
  return domain
}

const readFamily: Reader<ShardFamily> = (value, path) => {
  const family = readObject(value, path)
  const bits = readCount(family.bits, `${path}.bits`)
  const shards = readList(readNullable(readHash))(family.shards, `${path}.shards`)
  if (shards.length !== 2 ** bits) throw new SnapshotError('SCHEMA', `${path} has not 2^${bits} shards`)
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

const fields: { readonly [F in keyof Root]: Reader<Root[F]> } = {
  schema: (value) => {
    if (readableSchemas.includes(value as number)) return value as Root['schema']
    throw new SnapshotError(
      'SCHEMA',
      `the root has schema ${String(value)}, known are ${readableSchemas.join(', ')}`,
    )
  },
  cluster: readText,
  domain: readDomain,
  generation: readCount,
  term: readCount,
  asOfMs: readCount,
  static: readBoolean,
  staleAfterMs: readCount,
  expiresAfterMs: readCount,
  serial: readCount,
  ttl: readCount,
  pods: readOneOf('disabled', 'insecure', 'verified'),
  namespaces: readNamespaces,
  policy: readNullable(readHash),
  services: readFamily,
  reverse: readReverse,
  endpoints: readNullable(readFamily),
  endpointReverse: readReverse,
  podAddresses: readReverse,
}

/**
 * A root's JSON → the root. Throws SnapshotError SCHEMA when its schema is unknown or a field is missing or
 * misshapen.
 */
export function readRoot(text: string): Root {
  const root = readObject(parseJson(text, 'the root'), 'the root')
  for (const [field, read] of Object.entries(fields)) read(root[field], field)
  return root as Root
}
