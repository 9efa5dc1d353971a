import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundleWorker, type WorkerModules } from '../../deploy/worker/bundle.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { answerTo, startUpstream, type Upstream } from '../../worker/upstream/upstream.case.ts'
import { ask, query, show } from '../blackbox/ask.ts'
import type { EdgeUnderTest } from '../blackbox/edge-under-test.ts'
import { newKey, publishFile } from '../blackbox/publish.ts'
import { type KvBackend, startKvBackend } from './kv-backend.ts'
import { type ServedWorker, serveWorker } from './serve.ts'

/*
 * workerd cancels the work of a request when that request ends. Here a client starts a read that others wait for,
 * and disconnects while the store or upstream does not respond.
 */
const answer = `NOERROR aa rd ra
an: redis.default.svc.cluster.local 5 A 10.96.65.65`

let kv: KvBackend
let key: SigningKey
let module: WorkerModules
let served: ServedWorker | undefined
let upstream: Upstream

before(async () => {
  ;[kv, key, module, upstream] = await Promise.all([
    startKvBackend(),
    newKey(),
    bundleWorker(),
    startUpstream(),
  ])
})
after(async () => {
  await served?.stop()
  await kv.close()
  await upstream.stop()
})

for (const part of ['root', 'blob'] as const) {
  test(`a client that disconnects while the store does not return a ${part} delays no other client`, async () => {
    const edge = await freshIsolate()
    let silent = true
    const begun = Promise.withResolvers<void>()
    kv.beforeRead = (name) => {
      if (!silent || !name.includes(part)) return undefined
      begun.resolve()
      return new Promise(() => undefined)
    }
    const leaving = new AbortController()
    const left = leave(edge, 'redis.default.svc.cluster.local', leaving.signal)
    await begun.promise
    leaving.abort()
    await assert.rejects(left, { name: 'AbortError' })
    silent = false
    const startedMs = performance.now()
    const said = await Promise.all([1, 2, 3].map(() => ask(edge, 'redis.default.svc.cluster.local A')))
    const ms = performance.now() - startedMs
    assert.deepEqual(said.map(show), [answer, answer, answer])
    // The deadline of a shared read is 2 s; `waitUntil` would keep the abandoned one for 30 s.
    assert.ok(ms < 25_000, `the next clients waited ${ms} ms`)
    assert.equal(show(await ask(edge, 'redis.default.svc.cluster.local A')), answer)
  })
}

for (const [how, isSlow] of [
  ['slow', true],
  ['silent', false],
] as const) {
  test(`a client that disconnects while upstream is ${how} delays no other client`, async () => {
    const edge = await freshIsolate()
    const begun = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    upstream.asked.length = 0
    upstream.say = (bytes) => {
      const said = answerTo(bytes, [[undefined, 1, 60, [192, 0, 2, 1]]])
      if (upstream.asked.length > 1) return said
      begun.resolve()
      return isSlow ? { body: said, after: release.promise } : { hang: true }
    }
    const leaving = new AbortController()
    const left = leave(edge, 'www.example.com', leaving.signal)
    await begun.promise
    const joined = Promise.all([1, 2, 3].map(() => ask(edge, 'www.example.com A')))
    await sleep(50)
    leaving.abort()
    await assert.rejects(left, { name: 'AbortError' })
    await sleep(50)
    release.resolve()
    const expected = 'NOERROR rd ra\nan: www.example.com 60 A 192.0.2.1'
    assert.deepEqual((await joined).map(show), [expected, expected, expected])
    assert.equal(upstream.asked.length, isSlow ? 1 : 2)
    assert.equal(show(await ask(edge, 'www.example.com A')), expected)
    assert.equal(upstream.asked.length, isSlow ? 1 : 2)
  })
}

test('a hanging read is abandoned at its deadline and started again', async () => {
  const edge = await freshIsolate()
  kv.beforeRead = (name) => (name.includes('blob') ? new Promise(() => undefined) : undefined)
  const [first, second] = await Promise.all([1, 2].map(() => ask(edge, 'redis.default.svc.cluster.local A')))
  assert.ok(first && second)
  assert.deepEqual([show(first), show(second)], ['SERVFAIL rd ra', 'SERVFAIL rd ra'])
  kv.beforeRead = () => undefined
  assert.equal(show(await ask(edge, 'redis.default.svc.cluster.local A')), answer)
})

test('a cold query needs two rounds of reads, and a warm one none', async () => {
  const edge = await freshIsolate()
  const rounds: string[][] = []
  kv.beforeRead = async (name) => {
    rounds.push([name.includes('root') ? 'root' : 'blob'])
    await sleep(20)
  }
  await ask(edge, 'redis.default.svc.cluster.local A')
  assert.deepEqual(rounds.flat(), ['root', 'blob'])
  await ask(edge, 'redis.default.svc.cluster.local A')
  assert.equal(rounds.length, 2)
})

/** A query that `signal` aborts. */
function leave(edge: EdgeUnderTest, name: string, signal: AbortSignal): Promise<Response> {
  return fetch(`${edge.url}/dns-query`, {
    method: 'POST',
    headers: { 'content-type': 'application/dns-message' },
    body: query(name, 1) as Uint8Array<ArrayBuffer>,
    signal,
  })
}

/** A new process, so an isolate with empty memory, over a store that has the sample cluster. */
async function freshIsolate(): Promise<EdgeUnderTest> {
  await served?.stop()
  kv.beforeRead = () => undefined
  const clusters = [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }]
  const vars = {
    KUBEDOH_CONFIG: JSON.stringify({
      public: true,
      upstream: { urls: [upstream.url], forward: true, timeoutMs: 2_400 },
      clusters,
    }),
    KUBEDOH_PUBLISH_INTERVAL_MS: '100',
    // Each process has another Durable Object: what they share is KV.
    KUBEDOH_REGISTER_SERVES: 'false',
  }
  served = await serveWorker(module, { kvPort: kv.port, vars })
  const edge: EdgeUnderTest = { runtime: 'workerd', url: served.url, fetch, stop: served.stop }
  if (kv.values.size > 0) return edge
  await publishFile(edge, 'dev', key)
  return freshIsolate()
}
