import { schemaVersion } from '../schema.ts'
import type { Door, PolicyHead, PolicyToken, TokenHash } from './schema.ts'

/** The bits of a token's doors in a blob. */
export const doorBits: readonly (readonly [Door, number])[] = [
  ['path', 1],
  ['bearer', 2],
  ['dot', 4],
]

/** A policy's head → a blob's text. The same head always has the same text. */
export function encodePolicyHead({ scopes, anonymous, networks, minting }: PolicyHead): string {
  return JSON.stringify({
    schema: schemaVersion,
    kind: 'policy',
    scopes,
    anonymous,
    networks: networks.map(({ cidr, scope, forward }) => [cidr, scope, Number(forward)]),
    minting: minting.map(({ name, kid, key, scope, maxSeconds, forward }) => [
      ...[name, kid, key, scope, maxSeconds, Number(forward)],
    ]),
  })
}

/** The tokens of one shard, by hash → a blob's text, ordered by hash. Times are whole seconds there. */
export function encodeTokenShard(tokens: ReadonlyMap<TokenHash, PolicyToken>): string {
  const entries = [...tokens]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([hash, { name, scope, notBeforeMs, expiresMs, doors, forward }]) => [
      hash,
      [
        name,
        scope,
        seconds(notBeforeMs),
        expiresMs === null ? null : seconds(expiresMs),
        bitsOf(doors),
        Number(forward),
      ],
    ])
  return JSON.stringify({ schema: schemaVersion, kind: 'tokens', entries })
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}

function bitsOf(doors: readonly Door[]): number {
  return doorBits.reduce((bits, [door, bit]) => (doors.includes(door) ? bits | bit : bits), 0)
}
