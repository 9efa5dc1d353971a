import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { CompactSign } from 'jose'
import { toBase64Url } from '../../dns/base64url.ts'
import { forgeries } from '../forge.case.ts'
import { sign } from '../jws.ts'
import { generateKey, importPrivateKey, type SigningKey } from '../key.ts'
import {
  clusterOfMintedToken,
  type MintedClaims,
  maxMintedSkewMs,
  maxMintedTokenLength,
  mintToken,
  verifyMintedToken,
} from './minted-token.ts'
import type { MintingKey, PolicyHead } from './schema.ts'
import { clusterOfToken } from './token.ts'

const nowMs = Date.UTC(2026, 11, 1)
const now = nowMs / 1000
const key = await importPrivateKey(await generateKey())
const other = await importPrivateKey(await generateKey())
const claims: MintedClaims = { aud: 'prod', iat: now, exp: now + 900, namespaces: ['ci', 'dev', 'secret'] }

function policyOf(
  signer: SigningKey,
  changed: Partial<MintingKey> = {},
): Pick<PolicyHead, 'minting' | 'scopes'> {
  const row = {
    name: 'ci',
    kid: signer.kid,
    key: signer.publicKey,
    scope: 0,
    maxSeconds: 900,
    forward: false,
  }
  return { scopes: [['ci', 'dev', 'ops'], 'all', []], minting: [{ ...row, ...changed }] }
}

const verify = (token: string, policy = policyOf(key), cluster = 'prod', atMs = nowMs) =>
  verifyMintedToken(token, { cluster, policy, agentKeys: [other.publicKey], nowMs: atMs })

test('a minted token gives access to those of its namespaces that the key may give, until it ends', async () => {
  const token = await mintToken(claims, key)
  const grant = await verify(token)
  assert.deepEqual(grant?.scope, ['ci', 'dev'])
  assert.equal(grant.expiresMs, claims.exp * 1000)
  assert.equal(grant.key.name, 'ci')
  assert.deepEqual((await verify(token, policyOf(key, { scope: 1 })))?.scope, ['ci', 'dev', 'secret'])
  assert.deepEqual((await verify(token, policyOf(key, { scope: 2 })))?.scope, [])
  const doubled = await mintToken({ ...claims, namespaces: ['dev', 'ci', 'dev'] }, key)
  assert.deepEqual((await verify(doubled))?.scope, ['ci', 'dev'])
})

test('the cluster of a token is read without verification, and only from a minted token', async () => {
  const token = await mintToken(claims, other)
  assert.equal(clusterOfMintedToken(token), 'prod')
  assert.equal(clusterOfToken(token), undefined)
  assert.equal(clusterOfMintedToken(`prod-${'a'.repeat(26)}`), undefined)
})

test('a token is valid from 30 s before its issue to the ms before its end', async () => {
  const token = await mintToken(claims, key)
  for (const [atMs, isValid] of [
    [nowMs - maxMintedSkewMs - 1, false],
    [nowMs - maxMintedSkewMs, true],
    [nowMs + 899_999, true],
    [nowMs + 900_000, false],
  ] as const)
    assert.equal((await verify(token, undefined, undefined, atMs)) !== undefined, isValid, `${atMs - nowMs}`)
})

const refused: readonly (readonly [string, () => Promise<string>])[] = [
  ['a key that the policy does not list', () => mintToken(claims, other)],
  ['a key that claims the ID of another', () => mintToken(claims, { ...other, kid: key.kid })],
  ['another cluster', () => mintToken({ ...claims, aud: 'dev' }, key)],
  ['a lifetime above the ceiling', () => mintToken({ ...claims, exp: now + 901 }, key)],
  ['an end before its issue', () => mintToken({ ...claims, iat: now + 20, exp: now + 10 }, key)],
  ['a lifetime of nothing', () => mintToken({ ...claims, iat: now + 10, exp: now + 10 }, key)],
  ['no namespace', () => mintToken({ ...claims, namespaces: [] }, key)],
  ['a time with a fraction', () => mintToken({ ...claims, exp: now + 0.5 }, key)],
  ['the signature of a root', () => sign(claims, 'kubedoh-root', key)],
  ['a claim that is not known', () => sign({ ...claims, nbf: now + 600 }, 'kubedoh-token', key)],
  ['a missing claim', () => sign({ ...claims, iat: undefined }, 'kubedoh-token', key)],
  ['namespaces as text', () => sign({ ...claims, namespaces: 'all' }, 'kubedoh-token', key)],
  [
    'a header that is not known',
    () =>
      new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
        .setProtectedHeader({ alg: 'EdDSA', typ: 'kubedoh-token', kid: key.kid, cty: 'x' })
        .sign(key.privateKey),
  ],
]
for (const [what, make] of refused)
  test(`refused: ${what}`, async () => {
    assert.equal(await verify(await make()), undefined)
  })

test('a token ends when its key leaves the policy, and a key with the ID of another verifies nothing', async () => {
  const token = await mintToken(claims, key)
  assert.equal(await verify(token, { scopes: [], minting: [] }), undefined)
  assert.equal(await verify(token, policyOf(key, { key: other.publicKey })), undefined)
  assert.equal(await verify(token, policyOf(key, { key: 'A'.repeat(43) })), undefined)
  assert.equal(await verify(token, { ...policyOf(key), scopes: [] }), undefined)
  assert.equal(await verify(token, policyOf(key), 'dev'), undefined)
})

test("an agent's key never mints, even if the policy lists it", async () => {
  const token = await mintToken(claims, other)
  assert.equal(await verify(token, policyOf(other)), undefined)
  const expected = { cluster: 'prod', policy: policyOf(other), agentKeys: [key.publicKey], nowMs }
  assert.deepEqual((await verifyMintedToken(token, expected))?.scope, ['ci', 'dev'])
})

test('a token without a signature, or with the algorithm none, is refused', async () => {
  const [, payload = '', signature = ''] = (await mintToken(claims, key)).split('.')
  const none = toBase64Url(
    new TextEncoder().encode(JSON.stringify({ alg: 'none', typ: 'kubedoh-token', kid: key.kid })),
  )
  for (const text of [`${none}.${payload}.`, `${none}.${payload}.${signature}`])
    assert.equal(await verify(text), undefined)
})

test('no forgery is taken for a minted token', async () => {
  const parties = { agent: key, stranger: other, trusted: new Map<string, CryptoKey>() }
  for (const [what, text] of await forgeries(await mintToken(claims, key), claims, 'kubedoh-token', parties))
    assert.equal(await verify(text), undefined, what)
})

test('every change of one character is refused', async () => {
  const token = await mintToken(claims, key)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=~ '
  await fc.assert(
    fc.asyncProperty(
      fc.nat(token.length - 1),
      fc.constantFrom(...Array.from(alphabet)),
      fc.constantFrom('replace', 'insert', 'remove'),
      async (at, letter, change) => {
        fc.pre(change !== 'replace' || token[at] !== letter)
        const behind = token.slice(change === 'insert' ? at : at + 1)
        const altered = token.slice(0, at) + (change === 'remove' ? '' : letter) + behind
        assert.equal(await verify(altered), undefined)
      },
    ),
    { numRuns: 300 },
  )
})

test('no text throws', async () => {
  const part = fc.oneof(fc.json(), fc.string()).map((text) => toBase64Url(new TextEncoder().encode(text)))
  const text = fc.oneof(
    fc.string(),
    fc.tuple(part, part, fc.constant('A'.repeat(86))).map((parts) => parts.join('.')),
  )
  await fc.assert(
    fc.asyncProperty(text, async (each) => {
      assert.equal(await verify(each), undefined)
    }),
    { numRuns: 500 },
  )
})

test('a token that would be too long is not minted', async () => {
  const namespaces = Array.from({ length: 60 }, (_, index) => `namespace-of-some-length-${index}`)
  await assert.rejects(mintToken({ ...claims, namespaces }, key), /the limit is 2048; name fewer namespaces/)
  const fewer = await mintToken({ ...claims, namespaces: namespaces.slice(0, 30) }, key)
  assert.ok(fewer.length <= maxMintedTokenLength)
  assert.equal(clusterOfMintedToken(fewer), 'prod')
  assert.equal(clusterOfMintedToken(fewer.padStart(maxMintedTokenLength + 1, 'A')), undefined)
})
