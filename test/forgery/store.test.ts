import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashBlob } from '../../snapshot/blob.ts'
import { blobKey, rootKey } from '../../snapshot/keys.ts'
import { signRoot } from '../../snapshot/root.ts'
import type { Root } from '../../snapshot/schema.ts'
import { startMs, testKey } from '../../worker/edge.case.ts'
import {
  devKey,
  forged,
  genuine,
  make,
  restart,
  type Scene,
  servicesBlob,
  setScene,
  storedRoot,
  strangerKey,
} from './setup.case.ts'

/*
 * Forgeries by an attacker with write access to the key-value store. The reader refuses them and reports that on
 * /status. An isolate with the genuine snapshot continues to answer from it; one that has just started fails.
 */

const day = 24 * 60 * 60_000
/** The snapshot that the agent published before the genuine one. */
const earlier = await make('10.96.0.9', { generation: startMs - 1 })
const root = (change: Partial<Record<keyof Root, unknown>> = {}): Root =>
  ({ ...forged.root, ...change }) as Root

type RootForgery = {
  readonly what: string
  /** The refusal on /status. */
  readonly code: string
  readonly jws: (scene: Scene) => string | Promise<string>
  /** The answer of an isolate that has just started; it cannot know that a root is not the newest. */
  readonly cold?: string
}

const roots: readonly RootForgery[] = [
  { what: "a stranger's key", code: 'ROOT_UNVERIFIED', jws: () => signRoot(root(), strangerKey) },
  { what: "another cluster's key", code: 'ROOT_UNVERIFIED', jws: () => signRoot(root(), devKey) },
  {
    what: "another cluster's root",
    code: 'ROOT_UNVERIFIED',
    jws: () => signRoot(root({ cluster: 'dev' }), devKey),
  },
  {
    what: 'a root of another cluster',
    code: 'ROOT_CLUSTER',
    jws: () => signRoot(root({ cluster: 'dev' }), testKey),
  },
  {
    what: 'an older generation',
    code: 'ROOT_OLDER',
    jws: () => signRoot(earlier.root, testKey),
    cold: '10.96.0.9',
  },
  {
    what: 'an older term',
    code: 'ROOT_OLDER',
    jws: () => signRoot(root({ generation: startMs, term: 0 }), testKey),
    cold: '10.66.66.66',
  },
  {
    what: 'the same generation and term with other bytes',
    code: 'ROOT_CONFLICT',
    jws: () => signRoot(root({ generation: startMs }), testKey),
    cold: '10.66.66.66',
  },
  {
    what: 'a generation ahead',
    code: 'ROOT_FUTURE',
    jws: ({ clock }) => signRoot(root({ generation: clock.now() + 600_000 }), testKey),
  },
  {
    what: 'data ahead',
    code: 'ROOT_FUTURE',
    jws: ({ clock }) => signRoot(root({ asOfMs: clock.now() + 600_000 }), testKey),
  },
  {
    what: 'data that has expired',
    code: 'ROOT_EXPIRED',
    jws: ({ clock }) => signRoot(root({ asOfMs: clock.now() - day - 1 }), testKey),
  },
  { what: 'an unknown schema', code: 'SCHEMA', jws: () => signRoot(root({ schema: 2 }), testKey) },
  { what: 'a missing field', code: 'SCHEMA', jws: () => signRoot(root({ endpoints: undefined }), testKey) },
  { what: 'nothing but white space', code: 'ROOT_UNVERIFIED', jws: () => ' ' },
  { what: 'an empty text', code: 'ROOT_UNVERIFIED', jws: () => '' },
  { what: 'a root without signature', code: 'ROOT_UNVERIFIED', jws: () => JSON.stringify(root()) },
  {
    what: 'a root cut short',
    code: 'ROOT_UNVERIFIED',
    jws: async () => (await signRoot(root(), testKey)).slice(0, -1),
  },
  {
    what: 'another payload under the old signature',
    code: 'ROOT_UNVERIFIED',
    jws(scene) {
      const [header, , signature] = (storedRoot(scene) ?? '').split('.')
      return [header, Buffer.from(JSON.stringify(root())).toString('base64url'), signature].join('.')
    },
  },
]

for (const { what, code, jws, cold = 'SERVFAIL' } of roots) {
  test(`a root in the store with ${what} is ${code}, and the previous one stays in use`, async () => {
    const scene = await setScene()
    for (const text of [...forged.texts, ...earlier.texts]) {
      await scene.kv.put(blobKey('prod', await hashBlob(text)), text)
    }
    await scene.kv.put(rootKey('prod'), await jws(scene))
    assert.equal(await scene.webAddress(), '10.96.0.10')
    const { generation, lastRefusal } = await scene.status()
    assert.deepEqual([generation, lastRefusal?.code], [startMs, code])
    const started = await restart(scene)
    assert.equal(await started.webAddress(), cold)
    if (!/OLDER|CONFLICT/.test(code)) assert.equal((await started.status()).lastRefusal?.code, code)
  })
}

test('after the deletion of the root, warm isolates keep the previous one, and a new one has none', async () => {
  const scene = await setScene()
  await scene.kv.delete(rootKey('prod'))
  assert.equal(await scene.webAddress(), '10.96.0.10')
  assert.equal((await scene.status()).lastRefusal, null)
  await (await restart(scene)).ask('web.x.svc.cluster.local A').error(14).servfail()
})

test('the next genuine root after a forgery is adopted', async () => {
  const scene = await setScene()
  await scene.kv.put(rootKey('prod'), await signRoot(root(), strangerKey))
  assert.equal(await scene.webAddress(), '10.96.0.10')
  const next = await make('10.96.0.11', { generation: startMs + 2_000 })
  assert.equal((await scene.sendBlobs(next.texts)).status, 200)
  assert.equal((await scene.sendRoot(next.root)).status, 200)
  assert.equal(await scene.webAddress(), '10.96.0.11')
})

const blobs: readonly (readonly [what: string, text: (genuineText: string) => string | Promise<string>])[] = [
  ['with another address in it', (text) => text.replace('10.96.0.10', '10.66.66.66')],
  ['of another snapshot', async () => (await servicesBlob(forged)).text],
  ['of another family', () => genuine.texts.find((text) => text.includes('"reverse"')) ?? ''],
  ['with a line break behind', (text) => `${text}\n`],
  ['cut short', (text) => text.slice(0, -1)],
  ['that is empty', () => ''],
  ['of an unknown schema', (text) => text.replace('"schema":1', '"schema":2')],
]
for (const [what, alter] of blobs) {
  test(`a blob in the store ${what} is refused`, async () => {
    const scene = await setScene()
    const { hash, text } = await servicesBlob(genuine)
    const altered = await alter(text)
    assert.notEqual(altered, text)
    await scene.kv.put(blobKey('prod', hash), altered)
    assert.equal(await scene.webAddress(), '10.96.0.10', 'blobs in memory were checked before')

    const started = await restart(scene)
    await started.ask('web.x.svc.cluster.local A').error(22).servfail()
    const refusal = scene.warnings.find(({ message }) => message === 'snapshot refused')
    assert.equal(refusal?.fields.code, 'BLOB_MISMATCH')
    assert.ok(String(refusal?.fields.reason).includes(hash))
    assert.equal((await started.status()).lastRefusal?.code, 'BLOB_MISMATCH')
    // Names that do not need that blob are answered.
    await started.ask('x.svc.cluster.local A').nodata('cluster.local')

    await scene.kv.put(blobKey('prod', hash), text)
    assert.equal(await started.webAddress(), '10.96.0.10')
  })
}

test('a deleted blob causes SERVFAIL, not NXDOMAIN', async () => {
  const scene = await setScene()
  await scene.kv.delete(blobKey('prod', (await servicesBlob(genuine)).hash))
  assert.equal(await scene.webAddress(), '10.96.0.10')
  const started = await restart(scene)
  await started.ask('web.x.svc.cluster.local A').error(22).servfail()
  await started.ask('nope.x.svc.cluster.local A').error(22).servfail()
})

test('a genuine root with an altered blob does not replace the previous root', async () => {
  const scene = await setScene()
  const next = await make('10.96.0.11', { generation: startMs + 1_000 })
  const { hash, text } = await servicesBlob(next)
  assert.equal((await scene.sendBlobs(next.texts)).status, 200)
  await scene.kv.put(blobKey('prod', hash), text.replace('10.96.0.11', '10.66.66.66'))
  assert.equal((await scene.sendRoot(next.root)).status, 200)
  // While the reader waits for the blob, and after it has given up.
  for (let look = 0; look < 8; look++) assert.equal(await scene.webAddress(), '10.96.0.10')
  await (await restart(scene)).ask('web.x.svc.cluster.local A').error(22).servfail()
  await scene.kv.put(blobKey('prod', hash), text)
  assert.equal(await scene.webAddress(), '10.96.0.11')
})

test("a blob of one cluster under another cluster's key is used only if its hash matches", async () => {
  const scene = await setScene()
  const { hash } = await servicesBlob(genuine)
  const other = await servicesBlob(await make('10.66.66.66'))
  await scene.kv.put(blobKey('dev', other.hash), other.text)
  await scene.kv.put(blobKey('prod', hash), other.text)
  await (await restart(scene)).ask('web.x.svc.cluster.local A').error(22).servfail()
})

test('a wrong blob that many queries meet is logged once in ten seconds', async () => {
  const scene = await setScene()
  const { hash, text } = await servicesBlob(genuine)
  await scene.kv.put(blobKey('prod', hash), text.slice(0, -1))
  const started = await restart(scene)
  const logged = (): number => scene.warnings.filter(({ message }) => message === 'snapshot refused').length
  for (let asked = 0; asked < 5; asked++) {
    await started.ask('web.x.svc.cluster.local A').error(22).servfail()
    scene.clock.advance(1_000)
  }
  assert.equal(logged(), 1)
  scene.clock.advance(10_000)
  await started.ask('web.x.svc.cluster.local A').error(22).servfail()
  assert.equal(logged(), 2)
})
