import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import type { Fetch } from '../../sync/publish/edge-client.ts'
import { ask } from './ask.ts'
import type { EdgeUnderTest } from './edge-under-test.ts'
import { startNodeEdge } from './node-edge.ts'
import { newKey, publishThrough } from './publish.ts'
import { startWorkerdEdge } from './workerd-edge.ts'

/*
 * Both runtimes have the same signed snapshot: every request of one publish goes to both, with the same proof, since
 * an edge knows only the nonces that it has seen. Then the same question gets the same bytes as answer.
 */
let node: EdgeUnderTest
let worker: EdgeUnderTest

before(async () => {
  const key = await newKey()
  const clusters = [
    {
      id: 'dev',
      keys: [key.publicKey],
      zones: ['cluster.local', 'k8s.example.com'],
      reverse: ['172.16.0.0/12'],
    },
  ]
  ;[node, worker] = await Promise.all([
    startNodeEdge({ public: true, clusters }),
    startWorkerdEdge({ public: true, clusters }),
  ])
  const both: Fetch = async (url, init) => {
    const { pathname } = new URL(url)
    const [first, second] = await Promise.all(
      [node, worker].map((edge) => edge.fetch(edge.url + pathname, init as RequestInit)),
    )
    assert.equal(second?.status, first?.status)
    assert.ok(first)
    return first
  }
  const objects = await readFile(new URL('../../examples/objects.yaml', import.meta.url), 'utf8')
  await publishThrough(both, 'http://both.invalid', 'dev', key, objects)
})
after(() => Promise.all([node?.stop(), worker?.stop()]))

const names = [
  'none-linuxea.default.svc.cluster.local',
  'NONE-linuxea.default.svc.K8S.example.com',
  'web-alias.default.svc.cluster.local',
  'redis.default.svc.cluster.local',
  'db.prod.svc.cluster.local',
  '_pg._tcp.db.prod.svc.k8s.example.com',
  'billing.default.svc.cluster.local',
  'nobody.prod.svc.cluster.local',
  '42.1.16.172.in-addr.arpa',
  'cluster.local',
  'example.org',
]

for (const type of ['A', 'AAAA', 'SRV', 'CNAME', 'PTR', 'SOA', 'TXT', 'HTTPS', 'ANY']) {
  test(`type ${type}: both runtimes answer with the same bytes`, async () => {
    for (const name of names) {
      for (const edns of [false, true]) {
        const options = { edns, id: 4711 }
        const [one, other] = await Promise.all(
          [node, worker].map((edge) => ask(edge, `${name} ${type}`, options)),
        )
        assert.ok(one && other)
        assert.equal(ordered(other.bytes), ordered(one.bytes), `${name} ${type}`)
        for (const header of ['content-type', 'cache-control', 'content-length']) {
          assert.equal(other.headers.get(header), one.headers.get(header), `${name} ${type}: ${header}`)
        }
      }
    }
  })
}

/** Pointer to the owner, type A or AAAA, class IN, TTL 5, and the address. */
const addressRecord = /c[0-9a-f]{3}(?:00010001000000050004[0-9a-f]{8}|001c0001000000050010[0-9a-f]{32})/g

/** A message as hexadecimal text, its address records sorted. */
function ordered(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  const records = (hex.match(addressRecord) ?? []).toSorted()
  return hex.replace(addressRecord, () => records.shift() ?? '')
}
