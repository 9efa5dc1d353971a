import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryBytes } from '../../dns/arbitrary.case.ts'
import { nameFromText } from '../../dns/name.ts'
import { hashBlob } from '../../snapshot/blob.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { blobKey, rootKey } from '../../snapshot/keys.ts'
import { mintToken } from '../../snapshot/policy/minted-token.ts'
import { tokenSha256 } from '../../snapshot/policy/token.case.ts'
import { hashToken } from '../../snapshot/policy/token.ts'
import { signRoot } from '../../snapshot/root.ts'
import type { Root } from '../../snapshot/schema.ts'
import { get, startMs, testKey } from '../../worker/edge.case.ts'
import { drawToken } from '../access/make-policy.ts'
import { createRandom } from '../seeded-random.ts'
import {
  devKey,
  make,
  mintingKey,
  readIngest,
  restart,
  type Scene,
  setScene,
  storedRoot,
  strangerKey,
} from './setup.case.ts'

/*
 * Forgeries of the access policy, in the store, by ingest and in minted tokens. None shows anything that the genuine
 * policy does not show: an isolate that has read the genuine policy keeps it, and one that has just started admits nobody.
 */

const random = createRandom(5)
/** A token for namespace x, one that has been revoked, and one that no genuine policy ever had. */
const [token, revoked, stolen] = [0, 1, 2].map(() => drawToken('prod', random)) as [string, string, string]

const entry = (text: string, scope: string): string => `{ name: t, sha256: ${tokenSha256(text)}, ${scope} }`

const minting = `minting: [{ name: ci, key: ${mintingKey.publicKey}, namespaces: [x], maxLifetime: 15m }]`
const policy = `version: 1\ntokens: [${entry(token, 'namespaces: [x]')}]\n${minting}\n`
const olderPolicy = `version: 1\ntokens: [${entry(token, 'all: true')}, ${entry(revoked, 'all: true')}]\nanonymous: { all: true }\n`
const forgersPolicy = `version: 1\ntokens: [${entry(stolen, 'all: true')}]\nanonymous: { all: true }\n`

const genuine = await make('10.96.0.10', {}, policy)
const older = await make('10.96.0.9', { generation: startMs - 1 }, olderPolicy)
const olderOpen = await make('10.96.0.8', { generation: startMs - 2 })
const forgers = await make('10.66.66.66', { generation: startMs + 1_000 }, forgersPolicy)

const start = (): Promise<Scene> => setScene(genuine, { public: false })

/** The status of a response, or the rcode and the last byte of an address, such as '0 .10'. */
async function outcome({ send }: Scene, name: string, segment = ''): Promise<string> {
  const query = Buffer.from(queryBytes(nameFromText(`${name}.svc.cluster.local`))).toString('base64url')
  const { status, body } = await send(get(`/dns-query${segment && `/${segment}`}?dns=${query}`))
  if (!(body instanceof Uint8Array)) return String(status)
  const rcode = (body[3] ?? 0) & 0xf
  return (body[7] ?? 0) > 0 ? `${rcode} .${body.at(-1)}` : String(rcode)
}

/** The outcomes for everybody, after the reader had to look for a newer root. */
async function outcomes(scene: Scene): Promise<Record<string, string>> {
  scene.clock.advance(31_000)
  for (let look = 0; look < 3; look++) await outcome(scene, 'web.x', token)
  return {
    holder: await outcome(scene, 'web.x', token),
    'holder, hidden name': await outcome(scene, 'web.hidden', token),
    'revoked token': await outcome(scene, 'web.x', revoked),
    'stolen token': await outcome(scene, 'web.x', stolen),
    'no token': await outcome(scene, 'web.x'),
  }
}

const unchanged = {
  holder: '0 .10',
  'holder, hidden name': '3',
  'revoked token': '404',
  'stolen token': '404',
  'no token': '401',
}
/** Nobody is admitted: the policy's head cannot be read. */
const closed = {
  holder: '503',
  'holder, hidden name': '503',
  'revoked token': '503',
  'stolen token': '503',
  'no token': '2',
}
/** No token is admitted: their shard cannot be read. */
const withoutTokens = { ...closed, 'no token': '401' }

type PolicyBlob = { readonly hash: string; readonly text: string }

/** The blobs of a snapshot's policy. */
async function blobsOf({ root, texts }: typeof genuine): Promise<{ head: PolicyBlob; shard: PolicyBlob }> {
  const byHash = new Map<string, string>()
  for (const text of texts) byHash.set(await hashBlob(text), text)
  const find = (hash: string | null | undefined): PolicyBlob => {
    const text = byHash.get(hash ?? '')
    assert.ok(hash && text !== undefined)
    return { hash, text }
  }
  return { head: find(root.policy?.head), shard: find(root.policy?.tokens.shards[0]) }
}

const [ours, earlier, theirs] = [await blobsOf(genuine), await blobsOf(older), await blobsOf(forgers)]

const altered: readonly (readonly [what: string, blob: 'head' | 'shard', text: string | undefined])[] = [
  [
    'head that admits callers without a token',
    'head',
    ours.head.text.replace('"anonymous":null', '"anonymous":0'),
  ],
  ['head with a wider scope', 'head', ours.head.text.replace('"scopes":[["x"]]', '"scopes":["all"]')],
  [
    "head with a forger's minting key",
    'head',
    ours.head.text.replace(mintingKey.publicKey, strangerKey.publicKey),
  ],
  ['older head', 'head', earlier.head.text],
  ["forger's head", 'head', theirs.head.text],
  ['shard in the place of the head', 'head', ours.shard.text],
  ['deleted head', 'head', undefined],
  [
    'shard with another token',
    'shard',
    ours.shard.text.replace(await hashToken(token), await hashToken(stolen)),
  ],
  ['older shard, with a revoked token', 'shard', earlier.shard.text],
  ["forger's shard", 'shard', theirs.shard.text],
  ['head in the place of the shard', 'shard', ours.head.text],
  ['deleted shard', 'shard', undefined],
]

for (const [what, blob, text] of altered) {
  test(`policy in the store: ${what} is not used`, async () => {
    const scene = await start()
    assert.deepEqual(await outcomes(scene), unchanged)
    const key = blobKey('prod', ours[blob].hash)
    assert.notEqual(text, ours[blob].text)
    if (text === undefined) await scene.kv.delete(key)
    else await scene.kv.put(key, text)
    assert.deepEqual(await outcomes(scene), unchanged)
    const started = await restart(scene)
    assert.deepEqual(await outcomes(started), blob === 'head' ? closed : withoutTokens)
    await scene.kv.put(key, ours[blob].text)
    assert.deepEqual(await outcomes(started), unchanged)
  })
}

test("policy in the store: another cluster's blobs are used only if their hashes match", async () => {
  const scene = await start()
  for (const blob of ['head', 'shard'] as const) {
    await scene.kv.put(blobKey('dev', theirs[blob].hash), theirs[blob].text)
    await scene.kv.put(blobKey('prod', ours[blob].hash), theirs[blob].text)
  }
  assert.deepEqual(await outcomes(await restart(scene)), closed)
})

type RootForgery = {
  readonly what: string
  readonly jws: (scene: Scene) => string | Promise<string>
  /** The outcomes of an isolate that has just started; it cannot know that a root is not the newest. */
  readonly cold?: Readonly<Record<string, string>>
  /** The code of the refusal by ingest. */
  readonly code: string
}

const withPolicy = (given: Root['policy']): Root => ({ ...forgers.root, policy: given })

const roots: readonly RootForgery[] = [
  {
    what: "a stranger's root without a policy",
    code: 'ROOT_UNVERIFIED',
    jws: () => signRoot(withPolicy(null), strangerKey),
  },
  {
    what: "a stranger's root with a policy",
    code: 'ROOT_UNVERIFIED',
    jws: () => signRoot(forgers.root, strangerKey),
  },
  { what: "another cluster's root", code: 'ROOT_UNVERIFIED', jws: () => signRoot(forgers.root, devKey) },
  { what: "a minting key's root", code: 'ROOT_UNVERIFIED', jws: () => signRoot(forgers.root, mintingKey) },
  {
    what: 'the genuine root with its policy removed',
    code: 'ROOT_UNVERIFIED',
    jws(scene) {
      const [header, , signature] = (storedRoot(scene) ?? '').split('.')
      const payload = JSON.stringify({ ...genuine.root, policy: null })
      return [header, Buffer.from(payload).toString('base64url'), signature].join('.')
    },
  },
  {
    what: 'an older root with an older policy',
    code: 'ROOT_OLDER',
    jws: () => signRoot(older.root, testKey),
    cold: {
      holder: '0 .9',
      'holder, hidden name': '0 .66',
      'revoked token': '0 .9',
      'stolen token': '404',
      'no token': '0 .9',
    },
  },
  {
    // Without `public` in its configuration, an edge answers nobody from a root without a policy.
    what: 'an older root without a policy',
    code: 'ROOT_OLDER',
    jws: () => signRoot(olderOpen.root, testKey),
    cold: { ...unchanged, holder: '404', 'holder, hidden name': '404' },
  },
]

for (const { what, jws, code, cold = closed } of roots) {
  test(`policy in the store: ${what} does not replace the policy in force`, async () => {
    const scene = await start()
    assert.deepEqual(await outcomes(scene), unchanged)
    for (const text of [...older.texts, ...olderOpen.texts, ...forgers.texts])
      await scene.kv.put(blobKey('prod', await hashBlob(text)), text)
    await scene.kv.put(rootKey('prod'), await jws(scene))
    assert.deepEqual(await outcomes(scene), unchanged)
    assert.deepEqual(await outcomes(await restart(scene)), cold)
  })

  test(`policy by ingest: ${what} is ${code}`, async () => {
    const scene = await start()
    assert.equal((await scene.sendBlobs([...older.texts, ...olderOpen.texts, ...forgers.texts])).status, 200)
    const answer = readIngest(await scene.send(await scene.request('root', await jws(scene))))
    assert.equal(answer.error?.code, code)
    for (const isolate of [scene, await restart(scene)]) assert.deepEqual(await outcomes(isolate), unchanged)
  })
}

test('a root whose policy is another kind of blob admits nobody', async () => {
  const scene = await start()
  const services = genuine.root.services.shards[0] ?? ''
  const strange = { head: services, tokens: { bits: 0, shards: [services] } }
  const next: Root = { ...genuine.root, generation: startMs + 2_000, policy: strange }
  assert.equal((await scene.sendRoot(next)).status, 200)
  assert.deepEqual(await outcomes(scene), closed)
})

const iat = startMs / 1000
const claims = { aud: 'prod', iat, exp: iat + 600, namespaces: ['x'] }
const minted: readonly (readonly [what: string, change: object, key: SigningKey])[] = [
  ["another cluster's agent key", {}, devKey],
  ["the agent's own key", {}, testKey],
  ["a stranger's key", {}, strangerKey],
  ['the key, for an unknown cluster', { aud: 'nope' }, mintingKey],
  ['the key, for longer than it may', { exp: iat + 901 }, mintingKey],
  ['the key, in the future', { iat: iat + 31, exp: iat + 60 }, mintingKey],
  ['the key, with an end before the start', { exp: iat - 1 }, mintingKey],
  ['the key, without namespaces', { namespaces: undefined }, mintingKey],
  ['the key, with namespaces that are no list', { namespaces: 'all' }, mintingKey],
]

for (const [what, change, key] of minted) {
  test(`a token minted by ${what} opens nothing`, async () => {
    const scene = await start()
    assert.equal(await outcome(scene, 'web.x', await mintToken(claims, mintingKey)), '0 .10')
    assert.equal(await outcome(scene, 'web.x', await mintToken({ ...claims, ...change }, key)), '404')
  })
}

test("a cluster's minting key opens nothing of another cluster that lists the same tokens", async () => {
  const scene = await start()
  const other = await make(
    '10.96.0.20',
    { cluster: 'dev' },
    policy.replace(mintingKey.publicKey, strangerKey.publicKey),
  )
  for (const text of other.texts) await scene.kv.put(blobKey('dev', await hashBlob(text)), text)
  await scene.kv.put(rootKey('dev'), await signRoot(other.root, devKey))
  assert.equal(await outcome(scene, 'web.x', await mintToken(claims, strangerKey)), '404')
  assert.equal(await outcome(scene, 'web.x', await mintToken({ ...claims, aud: 'dev' }, mintingKey)), '404')
  assert.equal(
    await outcome(scene, 'web.x', await mintToken({ ...claims, aud: 'dev' }, strangerKey)),
    '0 .20',
  )
})

test("a minted token opens no more than its key's ceiling", async () => {
  const scene = await start()
  for (const namespaces of [['x', 'hidden'], ['hidden'], ['*'], ['all']]) {
    const wide = await mintToken({ ...claims, namespaces }, mintingKey)
    assert.equal(await outcome(scene, 'web.x', wide), namespaces.includes('x') ? '0 .10' : '3')
    assert.equal(await outcome(scene, 'web.hidden', wide), '3')
  }
})
