import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect, nanos } from '@nats-io/transport-node'
import { bucketsIn, jwsOf } from '../../snapshot/root-value.ts'
import { type NatsCluster, startNats } from '../../test/nats/nats-cluster.ts'
import { availableNats } from '../../test/nats/nats-program.ts'
import { waitFor } from '../../test/wait-for.ts'
import { blobNamed, callAt, packedOf, rootOf } from '../../worker/register/register.case.ts'
import type { RegisterOutcome } from '../../worker/register/register.ts'
import { systemClock } from '../clock.ts'
import { newPlace } from './bucket.case.ts'
import { openNatsStore, type SharedStore } from './open-store.ts'
import type { NatsPlace } from './place.ts'

const available = await availableNats()
const skip = available.program === undefined && available.reason
const tasks = { waitUntil: () => undefined }
const log = { info: () => undefined, warn: () => undefined }

describe('the store of several edges', { skip }, () => {
  let nats: NatsCluster
  before(async () => {
    nats = await startNats(available.program ?? '', 1)
  })
  after(() => nats.close())

  const open = (place: NatsPlace): Promise<SharedStore> =>
    openNatsStore(place, { clusters: ['c'], clock: systemClock, log })

  it('pushes a root with its buckets and blobs to an edge that did not accept it', async () => {
    const place = newPlace(nats)
    const [one, other] = await Promise.all([open(place), open(place)])
    try {
      const told: string[] = []
      other.onRoot((cluster) => told.push(cluster))
      assert.equal(await other.source?.root('c', tasks, 'due'), null)
      const blobs = [blobNamed('a'), blobNamed('b')]
      assert.equal((await one.register.putBlobs(callAt(1), blobs)).refused, null)
      const root = await packedOf(rootOf(1, blobs))
      assert.equal((await one.register.putRoot(callAt(1), root)).refused, null)
      await waitFor('the root is pushed', () => told.length === 1)
      const value = (await other.source?.root('c', tasks, 'due')) ?? ''
      assert.equal(jwsOf(value), root.jws)
      assert.deepEqual(
        bucketsIn(value),
        root.buckets?.sent.map(({ text }) => text),
      )
      assert.equal(await other.source?.blob('c', blobs[0]?.hash ?? '', 0, tasks), blobs[0]?.text)
      // The same root again, at the other edge, is accepted and nothing new.
      assert.equal((await other.register.putRoot(callAt(2), root)).refused, null)
      assert.equal((await one.register.state(callAt(2))).root, root.jws)
      const older = await other.register.putRoot(callAt(3), rootOf(0, blobs))
      assert.equal(older.refused?.code, 'ROOT_OLDER')
      assert.deepEqual(told, ['c'])
      assert.match(
        other.text(),
        /kubedoh_store_available 1\n[^]*kubedoh_store_pushed_total\{cluster="c"\} 1\n/,
      )
    } finally {
      one.close()
      other.close()
    }
  })

  it('takes the proof of a follower once, whichever edge it is sent to', async () => {
    const place = newPlace(nats)
    const [one, other] = await Promise.all([open(place), open(place)])
    assert.equal(await one.useFollowerNonce('c', 'n', Date.now()), true)
    assert.equal(await other.useFollowerNonce('c', 'n', Date.now()), false)
    one.close()
    other.close()
  })

  it('goes on after its server was away: calls are refused meanwhile, and the newest root is read again', async () => {
    const place = newPlace(nats)
    const [one, other] = await Promise.all([open(place), open(place)])
    try {
      const blob = blobNamed('a')
      await one.register.putBlobs(callAt(1), [blob])
      await one.register.putRoot(callAt(1), rootOf(1, [blob]))
      assert.equal(await other.source?.root('c', tasks, 'due'), rootOf(1, [blob]).jws)
      await nats.kill(0)
      await waitFor('the edge notices', () => other.readyz[0]?.warning?.() !== undefined)
      assert.match(other.text(), /kubedoh_store_available 0\n/)
      const refused = await one.register.putRoot(callAt(2), rootOf(2, [blob]))
      assert.equal(refused.refused?.code, 'STORE_FAILED')
      assert.equal(await other.source?.root('c', tasks, 'due'), rootOf(1, [blob]).jws)
      // What is held is no longer known to be the newest, so that NXDOMAIN is withheld after a while.
      const confirmedAtMs = other.source?.confirmedAtMs('c') ?? 0
      await other.source?.root('c', tasks, 'due')
      assert.equal(other.source?.confirmedAtMs('c'), confirmedAtMs)
      const told: string[] = []
      other.onRoot((cluster) => told.push(cluster))
      await nats.restart(0)
      await waitFor('the edge is told to read again', () => told.length > 0)
      await waitFor(
        'a root is accepted',
        async () => (await one.register.putRoot(callAt(3), rootOf(3, [blob]))).refused === null,
      )
      await waitFor(
        'the other edge has it',
        async () => (await other.source?.root('c', tasks, 'due')) === rootOf(3, [blob]).jws,
      )
      assert.ok((other.source?.confirmedAtMs('c') ?? 0) > confirmedAtMs)
      assert.equal(other.readyz[0]?.warning?.(), undefined)
    } finally {
      one.close()
      other.close()
    }
  })

  it('knows the newest root when it is open, and the store that is back without a query', async () => {
    const place = newPlace(nats)
    const one = await open(place)
    const blob = blobNamed('a')
    await one.register.putBlobs(callAt(1), [blob])
    const root = await packedOf(rootOf(1, [blob]))
    assert.equal((await one.register.putRoot(callAt(1), root)).refused, null)
    const other = await open(place)
    try {
      await nats.kill(0)
      assert.equal(jwsOf((await other.source?.root('c', tasks, 'due')) ?? ''), root.jws)
      await waitFor('the edge notices', () => other.readyz[0]?.warning?.() !== undefined)
      await nats.restart(0)
      await waitFor('the store is back', () => other.readyz[0]?.warning?.() === undefined)
    } finally {
      one.close()
      other.close()
    }
  })

  it('refuses a bucket that was made for something else', async () => {
    const place = newPlace(nats)
    const connection = await connect({ servers: [...place.servers] })
    const settings = { name: `KV_${place.bucket}`, subjects: [`$KV.${place.bucket}.>`], allow_direct: true }
    const manager = await jetstreamManager(connection)
    await manager.streams.add({ ...settings, max_msgs_per_subject: 5, max_age: nanos(60_000) })
    await connection.close()
    await assert.rejects(open(place), {
      code: 'STORE_UNUSABLE',
      message: /its history is not 1, its keys expire, .*--store-bucket/,
    })
  })
})

describe('the store of several edges, of three servers', { skip }, () => {
  let nats: NatsCluster
  before(async () => {
    nats = await startNats(available.program ?? '', 3)
  })
  after(() => nats.close())

  it('reads blobs from a server that is left alone, while writes are refused', async () => {
    const opened = { clusters: ['c'], clock: systemClock, log }
    const place = newPlace(nats)
    const one = await openNatsStore(place, opened)
    const [blob, unread] = [blobNamed('a'), blobNamed('b')]
    try {
      // Of a bucket that was just made, the servers may not have elected a leader yet.
      const isTaken = async (put: Promise<RegisterOutcome>): Promise<boolean> => (await put).refused === null
      await waitFor('a blob is taken', () => isTaken(one.register.putBlobs(callAt(1), [unread])))
      await waitFor('another one is taken', () => isTaken(one.register.putBlobs(callAt(1), [blob])))
      const root = rootOf(1, [blob, unread])
      await waitFor('the root is taken', () => isTaken(one.register.putRoot(callAt(1), root)))
    } finally {
      one.close()
    }
    const other = await openNatsStore({ ...place, servers: nats.addresses.slice(0, 1) }, opened)
    try {
      const read = (): Promise<string | null> | undefined => other.source?.blob('c', blob.hash, 0, tasks)
      // Copies are made in the order of the writes: a server that has this blob also has the other one.
      await waitFor('the blob', async () => (await read()) === blob.text)
      await Promise.all([nats.kill(1), nats.kill(2)])
      await waitFor('the edge notices', async () => {
        await other.source?.root('c', tasks, 'due')
        return other.readyz[0]?.warning?.() !== undefined
      })
      assert.equal((await other.register.putRoot(callAt(2), rootOf(2, [blob]))).refused?.code, 'STORE_FAILED')
      assert.equal(await other.source?.root('c', tasks, 'due'), rootOf(1, [blob, unread]).jws)
      assert.equal(await other.source?.blob('c', unread.hash, 0, tasks), unread.text)
    } finally {
      other.close()
    }
  })
})
