import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { bundleWorker } from '../../deploy/worker/bundle.ts'
import { hashBlob } from '../../snapshot/blob.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { ask, show } from '../blackbox/ask.ts'
import type { EdgeUnderTest } from '../blackbox/edge-under-test.ts'
import { newKey, oneService, publishThrough } from '../blackbox/publish.ts'
import { waitFor } from '../wait-for.ts'
import { type KvBackend, startKvBackend } from './kv-backend.ts'
import { type ServedWorker, serveWorker } from './serve.ts'

/* The Worker with a register that serves, on workerd: answers come from the Durable Object, and KV gets a checkpoint. */

let kv: KvBackend
let key: SigningKey
let served: ServedWorker
let edge: EdgeUnderTest

before(async () => {
  ;[kv, key] = await Promise.all([startKvBackend(), newKey()])
  const clusters = [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }]
  served = await serveWorker(await bundleWorker(), {
    kvPort: kv.port,
    vars: {
      KUBEDOH_CONFIG: JSON.stringify({ public: true, clusters }),
      KUBEDOH_REGISTER_SERVES: 'true',
      KUBEDOH_WRITES_PER_DAY: '0',
      KUBEDOH_PUBLISH_INTERVAL_MS: '100',
    },
  })
  edge = { runtime: 'workerd', url: served.url, fetch, stop: () => served.stop() }
})
after(async () => {
  await served.stop()
  await kv.close()
})

const objects = (address: string): string => oneService(address, 'x')
const address = async (): Promise<string> =>
  show(await ask(edge, 'web.x.svc.cluster.local A')).replace(/^[^]* A /, '')

test('answers come from the register: KV is not asked for the root, and has the first checkpoint', async () => {
  const asked: string[] = []
  kv.beforeRead = (name) => void asked.push(name)
  await publishThrough(fetch, edge.url, 'dev', key, objects('10.0.0.1'))
  assert.equal(await address(), '10.0.0.1')
  await waitFor('a checkpoint', () => kv.values.has('dev/root'))
  assert.deepEqual(asked, [])
  const blobs = [...kv.values.keys()].filter((name) => name.startsWith('dev/blob/'))
  assert.ok(blobs.length >= 2)
})

test('a change is answered at once, while KV still has the checkpoint before it', async () => {
  const checkpoint = kv.values.get('dev/root')?.toString()
  for (let change = 2; change < 5; change++) {
    await publishThrough(fetch, edge.url, 'dev', key, objects(`10.0.0.${change}`))
    await waitFor('the change', async () => (await address()) === `10.0.0.${change}`)
  }
  assert.equal(kv.values.get('dev/root')?.toString(), checkpoint)
})

/** A response to a request that is written as it is: fetch would correct the target and the host. */
function send(method: string, target: string, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(edge.url)
    const asked = request(
      { port, host: '127.0.0.1', method, path: target, headers: { host } },
      (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => resolve(JSON.stringify([response.statusCode, response.headers, text])))
      },
    )
    asked.on('error', reject).end()
  })
}

test('nothing of the register or of the location cache is readable over HTTP', async () => {
  const jws = kv.values.get('dev/root')?.toString().split('\n')[0] ?? ''
  const rootHash = await hashBlob(jws)
  const blobs = [...kv.values.keys()].flatMap((name) => /^dev\/blob\/(.+)$/.exec(name)?.[1] ?? [])
  const own = new URL(edge.url).host
  const names = [
    'head',
    `root/${rootHash}`,
    ...blobs.slice(0, 2).map((hash) => `blob/${hash}`),
    'blobs',
    'probe',
  ]
  const bases = ['/dev/', '/register/dev/', '/kubedoh-register/dev/', '/cdn-cgi/dev/', '/RegisterObject/dev/']
  let compared = 0
  for (const method of ['GET', 'POST', 'HEAD']) {
    for (const [scheme, host] of [
      ['', own],
      ['', 'register.kubedoh.invalid'],
      ['https://register.kubedoh.invalid', 'register.kubedoh.invalid'],
      ['https://register.kubedoh.invalid', own],
    ] as const) {
      const unknown = await send(method, `${scheme}/no-such-path`, host)
      assert.match(unknown, /^\[404,/)
      for (const base of bases)
        for (const name of names) {
          assert.equal(await send(method, scheme + base + name, host), unknown, `${method} ${base}${name}`)
          compared++
        }
    }
  }
  assert.ok(compared >= 300)
})

test('the ingest routes have no register reads', async () => {
  for (const name of ['head', 'blobs', 'blobs?hashes=x'])
    assert.match(await send('GET', `/ingest/dev/${name}`, new URL(edge.url).host), /^\[40[45],/)
})
