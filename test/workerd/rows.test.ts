import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { rowsRead, servedRows } from '../../cost/model.ts'
import { bundleWorker } from '../../deploy/worker/bundle.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { newKey, publishThrough } from '../blackbox/publish.ts'
import { waitFor } from '../wait-for.ts'
import { type KvBackend, startKvBackend } from './kv-backend.ts'
import type { Rows } from './rows-worker.ts'
import { type ServedWorker, serveWorker } from './serve.ts'
import { wideObjects } from './wide-objects.ts'

/* The rows that the register reads and writes by the count of workerd, which is what Cloudflare bills. */

/** By cluster ID, the number of its /24s, each of which is a shard. */
const clusters = { small: 1_000, large: 5_000 }
type Cluster = keyof typeof clusters

const changes = 5

let kv: KvBackend
let key: SigningKey
let served: ServedWorker

before(async () => {
  ;[kv, key] = await Promise.all([startKvBackend(), newKey()])
  const config = Object.keys(clusters).map((id) => ({ id, keys: [key.publicKey], zones: [`${id}.test`] }))
  served = await serveWorker(await bundleWorker('test/workerd/rows-worker.ts'), {
    kvPort: kv.port,
    vars: {
      KUBEDOH_CONFIG: JSON.stringify({ public: true, clusters: config }),
      KUBEDOH_WRITES_PER_DAY: '0',
      KUBEDOH_ROWS_PER_DAY: '0',
      KUBEDOH_PUBLISH_INTERVAL_MS: '1',
    },
  })
})
after(async () => {
  await served.stop()
  await kv.close()
})

async function rowsOf(cluster: Cluster): Promise<Rows> {
  return (await (await fetch(`${served.url}/rows?cluster=${cluster}`)).json()) as Rows
}

/** The rows of one publish in which one endpoint of the cluster has another address: a mean of five. */
async function rowsOfChange(cluster: Cluster): Promise<Rows> {
  const publish = (host: number): Promise<unknown> =>
    publishThrough(fetch, served.url, cluster, key, wideObjects(clusters[cluster], host))
  await publish(1)
  await waitFor('the first checkpoint', () => kv.values.has(`${cluster}/root`))
  // The ledger learns from its table once what it keeps in memory from then on.
  await publish(2)
  let last: Rows | undefined
  const began = await waitFor('the end of the checkpoint', async () => {
    const now = await rowsOf(cluster)
    const isQuiet = now.written === last?.written && now.read === last.read
    last = now
    return isQuiet && now
  })
  for (let change = 1; change <= changes; change++) await publish(2 + change)
  const ended = await rowsOf(cluster)
  return { read: (ended.read - began.read) / changes, written: (ended.written - began.written) / changes }
}

test('a publish writes and reads no more rows than `kubedoh cost` counts, in a cluster of any size', async (t) => {
  // Asking for the state, sending the blobs, the buckets and the root. A change is in a shard of Services and one of addresses.
  const none = { publishes: 0, heartbeats: 0, blobs: 0, requests: 0 }
  const counted = servedRows({ publishes: 1, heartbeats: 0, blobs: 2, requests: 4 }, none)
  const found: Rows[] = []
  for (const cluster of Object.keys(clusters) as Cluster[]) {
    const rows = await rowsOfChange(cluster)
    t.diagnostic(
      `${clusters[cluster]} shards: ${rows.read} rows read and ${rows.written} written for a publish`,
    )
    assert.ok(rows.written > 0 && rows.written <= counted, `${rows.written} rows written, ${counted} counted`)
    assert.ok(rows.read <= rowsRead.written * counted, `${rows.read} rows read`)
    found.push(rows)
  }
  const [small, large] = found
  assert.ok(small && large && large.read <= 2 * small.read, `${small?.read} and ${large?.read} rows read`)
})
