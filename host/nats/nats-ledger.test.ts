import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { blobKey } from '../../snapshot/keys.ts'
import { type NatsCluster, startNats } from '../../test/nats/nats-cluster.ts'
import { availableNats } from '../../test/nats/nats-program.ts'
import { ledgerContract } from '../../worker/register/ledger.case.ts'
import type { Ledger } from '../../worker/register/ledger.ts'
import { blobNamed, rootOf } from '../../worker/register/register.case.ts'
import { type EdgeOfBucket, newPlace, openEdgeOfBucket } from './bucket.case.ts'

const dayMs = 24 * 60 * 60_000
const minuteMs = 60_000
const by = (nowMs: number): { nowMs: number; trustedKeyIds: string[] } => ({ nowMs, trustedKeyIds: ['k'] })

const available = await availableNats()
const skip = available.program === undefined && available.reason

describe('a ledger on NATS', { skip }, () => {
  let nats: NatsCluster
  before(async () => {
    nats = await startNats(available.program ?? '', 1)
  })
  after(() => nats.close())

  ledgerContract(
    'NATS',
    async () => {
      const place = newPlace(nats)
      let edge = await openEdgeOfBucket(place)
      return {
        ledgerOf: (cluster) => edge.ledgerOf(cluster),
        async reopen() {
          await edge.close()
          edge = await openEdgeOfBucket(place)
        },
        close: () => edge.close(),
      }
    },
    { isStore: true },
  )

  describe('of two edges', () => {
    let edges: readonly [EdgeOfBucket, EdgeOfBucket]
    before(async () => {
      const place = newPlace(nats)
      edges = [await openEdgeOfBucket(place), await openEdgeOfBucket(place)]
    })
    after(async () => {
      for (const edge of edges) await edge.close()
    })
    let clusters = 0
    const next = (): { cluster: string; a: Ledger; b: Ledger } => {
      const cluster = `c${clusters++}`
      return { cluster, a: edges[0].ledgerOf(cluster), b: edges[1].ledgerOf(cluster) }
    }

    it('takes a nonce once', async () => {
      const { a, b } = next()
      const taken = await Promise.all([a, b, a, b].map((ledger) => ledger.useNonce('n', 0, 1_000)))
      assert.equal(taken.filter(Boolean).length, 1)
    })

    it('accepts one of two roots of one place, and never an older one after a newer one', async () => {
      const { a, b } = next()
      const blobs = [blobNamed('one'), blobNamed('two')]
      const hashes = blobs.map(({ hash }) => hash)
      await a.beginBlobs(hashes, 0)
      await a.finishBlobs(hashes, 0)
      const accepted: string[] = []
      for (let generation = 1; generation <= 20; generation++) {
        const results = await Promise.allSettled(
          [a, b].map((ledger, at) => ledger.acceptRoot(rootOf(generation, blobs.slice(at)), by(generation))),
        )
        assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
        const winner = results.findIndex(({ status }) => status === 'fulfilled')
        accepted.push(rootOf(generation, blobs.slice(winner)).jws)
        assert.equal((await b.root())?.jws, accepted.at(-1))
        await assert.rejects(a.acceptRoot(rootOf(generation - 1, blobs), by(generation)), {
          code: 'ROOT_OLDER',
        })
      }
    })

    it('never both deletes a blob and accepts a root that names it', async () => {
      for (let round = 0; round < 40; round++) {
        const { cluster, a, b } = next()
        const blob = blobNamed('blob')
        await a.beginBlobs([blob.hash], 0)
        await edges[0].kv.put(blobKey(cluster, blob.hash), blob.text)
        await a.finishBlobs([blob.hash], 0)
        // Each edge begins first in half of the rounds.
        const choose = async (): Promise<readonly string[]> => {
          const chosen = await a.chooseGarbage(dayMs + 1, 10, dayMs)
          for (const hash of chosen) await edges[0].kv.delete(blobKey(cluster, hash))
          await a.dropBlobs(chosen)
          return chosen
        }
        const accept = () => b.acceptRoot(rootOf(dayMs, [blob]), by(dayMs))
        const both = [choose, accept]
        const [first, second] = await Promise.all(
          (round % 2 === 0 ? both : both.toReversed()).map((act) => act()),
        )
        const [chosen = [], absent = []] = round % 2 === 0 ? [first, second] : [second, first]
        assert.equal(chosen.length + (absent.length === 0 ? 1 : 0), 1)
        const text = await edges[1].kv.get(blobKey(cluster, blob.hash), { cacheTtl: 0 })
        assert.equal(text, absent.length === 0 ? blob.text : null)
      }
    })

    it('keeps a blob that another edge wrote again while it was being deleted', async () => {
      const { cluster, a, b } = next()
      const { hash, text } = blobNamed('again')
      await a.beginBlobs([hash], 0)
      await edges[0].kv.put(blobKey(cluster, hash), text)
      await a.finishBlobs([hash], 0)
      assert.deepEqual(await a.chooseGarbage(dayMs + 1, 10, dayMs), [hash])
      const laterMs = dayMs + 2 * minuteMs
      assert.equal(await b.beginBlobs([hash], laterMs), undefined)
      await edges[1].kv.put(blobKey(cluster, hash), text)
      await b.finishBlobs([hash], laterMs)
      await edges[0].kv.delete(blobKey(cluster, hash))
      await a.dropBlobs([hash])
      const root = rootOf(laterMs, [{ hash, text }])
      assert.deepEqual(await b.acceptRoot(root, by(laterMs)), [])
      assert.equal(await edges[1].kv.get(blobKey(cluster, hash), { cacheTtl: 0 }), text)
      assert.deepEqual(await a.chooseGarbage(laterMs + 2 * dayMs, 10, dayMs), [])
    })

    it('refuses a root that its servers cannot take, and says what to change', async () => {
      const { a } = next()
      const blobs = Array.from({ length: 120_000 }, (_, at) => blobNamed(`b${at}`))
      const root = rootOf(1, blobs)
      assert.ok(root.jws.length > edges[0].records.maxBytes)
      await assert.rejects(a.acceptRoot(root, by(1)), { code: 'SCHEMA', message: /max_payload/ })
    })
  })
})
