import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { waitFor } from '../wait-for.ts'
import { type NatsCluster, startNats } from './nats-cluster.ts'
import { type AvailableNats, availableNats } from './nats-program.ts'

let nats: AvailableNats
before(
  async () => {
    nats = await availableNats()
  },
  { timeout: 30 * 60_000 },
)

/** Calls `use` with a running cluster of this size, unless this machine has no nats-server. */
async function withNats(
  t: { skip(reason: string): void },
  size: 1 | 3,
  use: (cluster: NatsCluster) => Promise<void>,
): Promise<void> {
  if (nats.program === undefined) return t.skip(nats.reason)
  const cluster = await startNats(nats.program, size)
  try {
    await use(cluster)
  } finally {
    await cluster.close()
  }
}

const stream = 'KV_test'

/** Keys in the stream: their newest values, by a server that need not have a leader. */
async function keysOf(connection: NatsConnection) {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  const subject = (key: string): string => `$KV.test.${key}`
  return {
    manager,
    put: (key: string, text: string, options = {}) =>
      jetstream(connection).publish(subject(key), text, options),
    get: async (key: string) =>
      (await manager.streams.getMessage(stream, { last_by_subj: subject(key) }))?.string(),
  }
}

/** Opens a bucket by one server, or by any. It is created if it does not exist. */
async function openBucket(cluster: NatsCluster, replicas: number, servers = cluster.addresses) {
  const connection = await connect({
    servers: [...servers],
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
  })
  const bucket = await keysOf(connection)
  const settings = { name: stream, subjects: ['$KV.test.>'], max_msgs_per_subject: 1 }
  await bucket.manager.streams.add({ ...settings, num_replicas: replicas })
  return { connection, bucket }
}

test('a value survives the SIGKILL of the leader of three servers, and the leader catches up when it is back', async (t) => {
  await withNats(t, 3, async (cluster) => {
    const writer = await openBucket(cluster, 3)
    await writer.bucket.put('key', 'first')
    const leader = await cluster.leaderOf(stream)
    await cluster.kill(leader)
    const another = await cluster.leaderOf(stream)
    assert.notEqual(another, leader)
    const read = () => writer.bucket.get('key')
    assert.equal(await waitFor('the value is read', read), 'first')
    await waitFor('a value is written', () => writer.bucket.put('key', 'second'))
    await writer.connection.close()

    await cluster.restart(leader)
    await cluster.settled()
    const reader = await openBucket(cluster, 3, [cluster.addresses[leader] ?? ''])
    assert.equal(await waitFor('the value is read', () => reader.bucket.get('key')), 'second')
    await reader.connection.close()
  })
})

test('the majority elects another leader while the leader is cut off or paused, and one server alone accepts nothing', async (t) => {
  await withNats(t, 3, async (cluster) => {
    const { connection, bucket } = await openBucket(cluster, 3)
    await bucket.put('key', 'first')
    const cutOff = await cluster.leaderOf(stream)
    const heal = cluster.links.cut([cutOff], 'silent', true)
    await waitFor('another server leads', async () => (await cluster.leaderOf(stream)) !== cutOff)
    heal()
    await cluster.settled()

    const paused = await cluster.leaderOf(stream)
    const resume = cluster.pause(paused)
    await waitFor('another server leads', async () => (await cluster.leaderOf(stream)) !== paused)
    resume()
    await cluster.settled()

    const leader = await cluster.leaderOf(stream)
    const others = [0, 1, 2].filter((server) => server !== leader)
    const join = cluster.links.cut(others, 'reset', false)
    const alone = await openedAt(cluster, leader)
    await assert.rejects(alone.bucket.put('key', 'alone', { timeout: 1_000 }))
    join()
    await cluster.settled()
    await waitFor('the leader takes values again', () =>
      alone.bucket.put('key', 'together', { timeout: 1_000 }),
    )
    await Promise.all([connection.close(), alone.connection.close()])
  })
})

/** The existing bucket by the server itself. */
async function openedAt(cluster: NatsCluster, server: number) {
  const connection = await connect({ servers: [cluster.addresses[server] ?? ''] })
  return { connection, bucket: await keysOf(connection) }
}

test('one server without a cluster keeps its values over SIGTERM', async (t) => {
  await withNats(t, 1, async (cluster) => {
    const { connection, bucket } = await openBucket(cluster, 1)
    await bucket.put('key', 'value')
    await connection.close()
    assert.deepEqual(await cluster.streams(), [stream])
    assert.equal(await cluster.leaderOf(stream), 0)
    await cluster.stop(0)
    await cluster.restart(0)
    await cluster.settled()
    const again = await openBucket(cluster, 1)
    assert.equal(await again.bucket.get('key'), 'value')
    await again.connection.close()
  })
})
