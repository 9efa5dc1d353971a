import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashBlob } from '../../snapshot/blob.ts'
import { blobKey, rootKey } from '../../snapshot/keys.ts'
import { encodePolicyHead, encodeTokenShard } from '../../snapshot/policy/encode.ts'
import type { PolicyToken, Scope } from '../../snapshot/policy/schema.ts'
import { hashToken } from '../../snapshot/policy/token.ts'
import { signRoot } from '../../snapshot/root.ts'
import type { PolicyRef } from '../../snapshot/schema.ts'
import { get, startMs } from '../../worker/edge.case.ts'
import { devKey, genuine, restart, type Scene, setScene } from './setup.case.ts'

/*
 * Forgeries of the access policy by an attacker with write access to the key-value store. Nobody sees more than the
 * genuine policy allows: tokens get 503 while its blobs cannot be read, and callers without a token nothing.
 */

const secret = 'abcdefghijklmnopqrstuvwxyz'
const mine = `prod-${secret}`
const stolen = `prod-${secret.replace('a', 'b')}`
const otherCluster = `stage-${secret}`

/** The blobs of a policy that admits these tokens; `anonymous`: it admits everybody as well. */
type Blobs = { readonly ref: PolicyRef; readonly head: string; readonly tokens: string }

async function policyOf(scope: Scope, tokens: readonly string[], anonymous: 0 | null = null): Promise<Blobs> {
  const entry: PolicyToken = {
    ...{ name: 'a', scope: 0, notBeforeMs: 0, expiresMs: null, doors: ['path', 'bearer'], forward: false },
  }
  const entries = await Promise.all(tokens.map(async (token) => [await hashToken(token), entry] as const))
  const head = encodePolicyHead({ kind: 'policy', scopes: [scope], anonymous, networks: [], minting: [] })
  const shard = encodeTokenShard(new Map(entries))
  const shards = [await hashBlob(shard)]
  return { ref: { head: await hashBlob(head), tokens: { bits: 0, shards } }, head, tokens: shard }
}

const policy = await policyOf(['x'], [mine])
const earlier = await policyOf('all', [mine, stolen], 0)

/** An edge whose cluster 'prod' has the policy, after an earlier one that admitted more. */
async function start(): Promise<Scene> {
  const scene = await setScene()
  for (const [step, each] of [earlier, policy].entries()) {
    assert.equal((await scene.sendBlobs([each.head, each.tokens])).status, 200)
    const root = { ...genuine.root, generation: startMs + 1_000 * (step + 1), policy: each.ref }
    assert.equal((await scene.sendRoot(root)).status, 200)
  }
  return scene
}

/** The status of a query for the one Service, and its answer's; with a token in the path, or without. */
async function ask(scene: Scene, token = ''): Promise<string> {
  const path = token === '' ? '/dns-query' : `/dns-query/${token}`
  const { status, body } = await scene.send(get(`${path}?name=web.x.svc.cluster.local`))
  if (status !== 200) return String(status)
  const { Status, Answer = [] } = JSON.parse(String(body)) as { Status: number; Answer?: { data: string }[] }
  return [status, Status, ...Answer.map(({ data }) => data)].join(' ')
}

const answered = '200 0 10.96.0.10'

test('the genuine policy admits its token alone', async () => {
  const scene = await start()
  for (const at of [scene, await restart(scene)]) {
    assert.equal(await ask(at, mine), answered)
    assert.equal(await ask(at, stolen), '404')
    assert.equal(await ask(at), '401')
  }
})

type Forgery = { readonly what: string; readonly blob: 'head' | 'tokens'; readonly text: string | undefined }

const forgeries: readonly Forgery[] = [
  { what: 'the earlier head, which admits callers without a token', blob: 'head', text: earlier.head },
  { what: 'a head with another scope', blob: 'head', text: policy.head.replace('["x"]', '"all"') },
  { what: 'a head that is missing', blob: 'head', text: undefined },
  { what: 'tokens for a head', blob: 'head', text: policy.tokens },
  { what: 'the earlier tokens, with one that was revoked', blob: 'tokens', text: earlier.tokens },
  { what: 'tokens with another scope', blob: 'tokens', text: policy.tokens.replace('["a",0', '["a",1') },
  { what: 'tokens that are missing', blob: 'tokens', text: undefined },
  { what: 'a head for tokens', blob: 'tokens', text: policy.head },
]

for (const { what, blob, text } of forgeries) {
  test(`${what}: an isolate that has just started admits nobody, and one with the genuine policy keeps it`, async () => {
    const scene = await start()
    assert.equal(await ask(scene, mine), answered)
    const hash = blob === 'head' ? policy.ref.head : (policy.ref.tokens.shards[0] ?? '')
    const key = blobKey('prod', hash)
    const genuineText = scene.kv.entries.get(key) ?? assert.fail('no such blob')
    assert.notEqual(text, genuineText)
    if (text === undefined) await scene.kv.delete(key)
    else await scene.kv.put(key, text)
    assert.equal(await ask(scene, mine), answered)

    const started = await restart(scene)
    assert.equal(await ask(started, mine), '503')
    assert.equal(await ask(started, stolen), '503', 'the same for every token of the cluster')
    assert.equal(await ask(started, otherCluster), '404', 'no such cluster is configured')
    assert.doesNotMatch(await ask(started), /10\.96/)

    await scene.kv.put(key, genuineText)
    started.clock.advance(31_000)
    assert.equal(await ask(started, mine), answered)
  })
}

test("another cluster's key signs no policy for this one", async () => {
  const scene = await start()
  const root = { ...genuine.root, generation: startMs + 10_000, policy: earlier.ref }
  await scene.kv.put(rootKey('prod'), await signRoot(root, devKey))
  const started = await restart(scene)
  assert.equal(await ask(started, stolen), '503', 'there is no root')
  assert.equal((await scene.sendRoot(root, devKey)).status, 400)
})

test('the earlier root, which admits more, cannot be published again', async () => {
  const scene = await start()
  const root = { ...genuine.root, generation: startMs + 1_000, policy: earlier.ref }
  assert.equal((await scene.sendRoot(root)).status, 409)
  assert.equal(await ask(scene, stolen), '404')
})
