import { parseCidr } from '../../dns/cidr.ts'
import { SnapshotError } from '../errors.ts'
import {
  type Reader,
  readArray,
  readCount,
  readHash,
  readList,
  readNullable,
  readNumberUpTo,
  readText,
} from '../shape.ts'
import { doorBits } from './encode.ts'
import type { MintingKey, PolicyHead, PolicyNetwork, PolicyToken, Scope, TokenShard } from './schema.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * The fields of a blob of the kind `policy` → the head. Throws SnapshotError SCHEMA for a wrong shape, and for a scope
 * that the table does not have.
 */
export function readPolicyHead(blob: Fields): PolicyHead {
  const scopes = readList(readScope)(blob.scopes, 'scopes')
  const scope = scopeBelow(scopes.length)
  return {
    kind: 'policy',
    scopes,
    anonymous: readNullable(scope)(blob.anonymous, 'anonymous'),
    networks: readArray(blob.networks, 'networks').map((item, index) =>
      readNetwork(item, `networks[${index}]`, scope),
    ),
    minting: readArray(blob.minting, 'minting').map((item, index) =>
      readMintingKey(item, `minting[${index}]`, scope),
    ),
  }
}

/** The fields of a blob of the kind `tokens` → the shard. Throws SnapshotError SCHEMA for a wrong shape. */
export function readTokenShard(blob: Fields): TokenShard {
  const tokens = new Map<string, PolicyToken>()
  for (const [index, item] of readArray(blob.entries, 'entries').entries()) {
    const path = `entries[${index}]`
    const [hash, token] = readTuple(item, path, 2)
    const key = readHash(hash, `${path}[0]`)
    if (tokens.has(key)) throw new SnapshotError('SCHEMA', `${path}[0] occurs twice`)
    tokens.set(key, readToken(token, `${path}[1]`))
  }
  return { kind: 'tokens', tokens }
}

const readScope: Reader<Scope> = (value, path) => (value === 'all' ? 'all' : readList(readText)(value, path))

function scopeBelow(count: number): Reader<number> {
  return (value, path) => {
    if (count === 0) throw new SnapshotError('SCHEMA', `${path} is a scope, and the policy has none`)
    return readNumberUpTo(count - 1)(value, path)
  }
}

const readFlag: Reader<boolean> = (value, path) => readNumberUpTo(1)(value, path) === 1

function readNetwork(value: unknown, path: string, readScopeIndex: Reader<number>): PolicyNetwork {
  const [cidr, scope, forward] = readTuple(value, path, 3)
  const text = readText(cidr, `${path}[0]`)
  if (!parseCidr(text)) throw new SnapshotError('SCHEMA', `${path}[0] is not an address range`)
  return { cidr: text, scope: readScopeIndex(scope, `${path}[1]`), forward: readFlag(forward, `${path}[2]`) }
}

function readMintingKey(value: unknown, path: string, readScopeIndex: Reader<number>): MintingKey {
  const [name, kid, key, scope, maxSeconds, forward] = readTuple(value, path, 6)
  return {
    name: readText(name, `${path}[0]`),
    kid: readHash(kid, `${path}[1]`),
    key: readHash(key, `${path}[2]`),
    scope: readScopeIndex(scope, `${path}[3]`),
    maxSeconds: readCount(maxSeconds, `${path}[4]`),
    forward: readFlag(forward, `${path}[5]`),
  }
}

const readToken: Reader<PolicyToken> = (value, path) => {
  const [name, scope, notBefore, expires, doors, forward] = readTuple(value, path, 6)
  const bits = readNumberUpTo(7)(doors, `${path}[4]`)
  const expiresSeconds = readNullable(readCount)(expires, `${path}[3]`)
  return {
    name: readText(name, `${path}[0]`),
    scope: readCount(scope, `${path}[1]`),
    notBeforeMs: readCount(notBefore, `${path}[2]`) * 1000,
    expiresMs: expiresSeconds === null ? null : expiresSeconds * 1000,
    doors: doorBits.flatMap(([door, bit]) => (bits & bit ? [door] : [])),
    forward: readFlag(forward, `${path}[5]`),
  }
}

function readTuple(value: unknown, path: string, length: number): readonly unknown[] {
  const items = readArray(value, path)
  if (items.length !== length) throw new SnapshotError('SCHEMA', `${path} does not have ${length} items`)
  return items
}
