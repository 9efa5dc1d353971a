import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Ledger } from './ledger.ts'
import { blobNamed, packedOf, rootOf } from './register.case.ts'

/** Ledgers under test, by cluster. They share a storage that is empty at first. */
export type LedgersUnderTest = {
  ledgerOf(cluster: string): Ledger
  /** Opens all ledgers again on the same storage, as a process does that starts after another one ended. */
  reopen(): Promise<void>
  close(): Promise<void>
}

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => blobNamed(name)) as [Blob, Blob, Blob, Blob]
type Blob = ReturnType<typeof blobNamed>

const dayMs = 24 * 60 * 60_000
const minuteMs = 60_000
const hashes = (...blobs: readonly Blob[]): string[] => blobs.map(({ hash }) => hash)
const by = (nowMs: number): { nowMs: number; trustedKeyIds: string[] } => ({ nowMs, trustedKeyIds: ['k'] })

async function put(ledger: Ledger, nowMs: number, ...blobs: readonly Blob[]): Promise<void> {
  assert.equal(await ledger.beginBlobs(hashes(...blobs), nowMs), undefined)
  await ledger.finishBlobs(hashes(...blobs), nowMs)
}

async function publish(ledger: Ledger, nowMs: number, ...blobs: readonly Blob[]): Promise<void> {
  const root = rootOf(nowMs, blobs)
  assert.deepEqual(await ledger.acceptRoot(root, by(nowMs)), [])
  await ledger.markStored(root, nowMs)
}

/** The code of the error with which a promise rejects. */
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: { readonly code?: string }) => error.code,
  )

/**
 * The requirements of the register on a ledger, as tests that run for every ledger. Each test has a cluster of its own. `isStore`: the
 * ledger is the store that readers read, so a root in force is stored, and buckets are kept as blobs are.
 */
export function ledgerContract(
  name: string,
  open: () => Promise<LedgersUnderTest>,
  { isStore = false }: { readonly isStore?: boolean } = {},
): void {
  const onlyApart = { skip: isStore && 'a root in force is always stored there' }
  describe(`ledger: ${name}`, () => {
    let under: LedgersUnderTest
    let clusters = 0
    before(async () => {
      under = await open()
    })
    after(() => under.close())
    const next = (): { cluster: string; ledger: Ledger } => {
      const cluster = `c${clusters++}`
      return { cluster, ledger: under.ledgerOf(cluster) }
    }

    it('takes a nonce once for each cluster, also after it was opened again', async () => {
      const { cluster, ledger } = next()
      assert.equal(await ledger.useNonce('n', 0, 1_000), true)
      assert.equal(await ledger.useNonce('n', 1, 1_000), false)
      assert.equal(await next().ledger.useNonce('n', 1, 1_000), true)
      await under.reopen()
      assert.equal(await under.ledgerOf(cluster).useNonce('n', 2, 1_000), false)
    })

    it('takes one of two equal nonces that arrive at the same time', async () => {
      const { ledger } = next()
      const taken = await Promise.all(Array.from({ length: 8 }, () => ledger.useNonce('n', 0, 1_000)))
      assert.equal(taken.filter(Boolean).length, 1)
    })

    it('accepts a root only when all of its blobs were written', async () => {
      const { ledger } = next()
      await put(ledger, 0, a)
      await ledger.beginBlobs(hashes(b), 0)
      assert.deepEqual(await ledger.acceptRoot(rootOf(1, [a, b, c]), by(1)), hashes(b, c))
      assert.equal(await ledger.root(), undefined)
      await ledger.finishBlobs(hashes(b), 2)
      assert.deepEqual(await ledger.acceptRoot(rootOf(1, [a, b]), by(2)), [])
      const { jws } = rootOf(1, [a, b])
      assert.deepEqual(await ledger.root(), { generation: 1, term: 0, kid: 'k', jws, stored: isStore })
    })

    it('checks the blobs that the last root did not name, and keeps those that it did', async () => {
      const { ledger } = next()
      await put(ledger, 0, a, b)
      await publish(ledger, 1, a, b)
      assert.deepEqual(await ledger.acceptRoot(rootOf(2, [a, c, d]), by(2)), hashes(c, d))
      await put(ledger, 3, c)
      await publish(ledger, 4, a, c)
      assert.deepEqual(await ledger.chooseGarbage(4 + dayMs, 10, dayMs), [])
      assert.deepEqual(await ledger.chooseGarbage(5 + dayMs, 10, dayMs), hashes(b))
      assert.deepEqual(await ledger.acceptRoot(rootOf(6, [a, b, c]), by(6 + dayMs)), hashes(b))
    })

    it('orders roots, and takes the same root again', async () => {
      const { cluster, ledger } = next()
      await put(ledger, 0, a, b)
      await publish(ledger, 5, a)
      assert.deepEqual(await ledger.acceptRoot(rootOf(5, [a]), by(6)), [])
      assert.equal((await ledger.root())?.stored, true)
      await under.reopen()
      const again = under.ledgerOf(cluster)
      assert.equal(await codeOf(again.acceptRoot(rootOf(4, [a]), by(6))), 'ROOT_OLDER')
      assert.equal(await codeOf(again.acceptRoot(rootOf(5, [b]), by(6))), 'ROOT_CONFLICT')
      assert.deepEqual(await again.acceptRoot(rootOf(5, [b], 1), by(6)), [])
      assert.equal((await again.root())?.term, 1)
    })

    it('accepts one of several roots of one place that arrive at the same time', async () => {
      const { ledger } = next()
      const blobs = [a, b, c, d]
      await put(ledger, 0, ...blobs)
      const codes = await Promise.all(
        blobs.map((blob) => codeOf(ledger.acceptRoot(rootOf(7, [blob]), by(1)))),
      )
      assert.deepEqual(
        codes.filter((code) => code !== undefined),
        ['ROOT_CONFLICT', 'ROOT_CONFLICT', 'ROOT_CONFLICT'],
      )
      const winner = blobs[codes.indexOf(undefined)]
      assert.equal((await ledger.root())?.jws, rootOf(7, winner ? [winner] : []).jws)
    })

    it('ignores the order, but not the policy, of a root whose key is no longer trusted', async () => {
      const { ledger } = next()
      await put(ledger, 0, a)
      const policy = { head: a.hash, tokens: { bits: 0, shards: [null] } }
      assert.deepEqual(await ledger.acceptRoot(rootOf(9, [a], 0, { policy }), by(1)), [])
      const other = { nowMs: 2, trustedKeyIds: ['next'] }
      assert.equal(await codeOf(ledger.acceptRoot(rootOf(1, [a]), other)), 'ROOT_POLICY')
      assert.deepEqual(await ledger.acceptRoot(rootOf(1, [a], 0, { policyDropped: true }), other), [])
      assert.equal((await ledger.root())?.generation, 1)
    })

    it('keeps the blobs of a replaced root for the time that readers may lag, also across a restart', async () => {
      const { cluster, ledger } = next()
      await put(ledger, 0, a, b)
      await publish(ledger, 1, a)
      await publish(ledger, 2, b)
      await under.reopen()
      const again = under.ledgerOf(cluster)
      await publish(again, 3, a)
      assert.deepEqual(await again.chooseGarbage(3 + dayMs, 10, dayMs), [])
      assert.deepEqual(await again.chooseGarbage(4 + dayMs, 10, dayMs), hashes(b))
    })

    it(
      'keeps what the stored root may name until the root in force is stored, also across a restart',
      onlyApart,
      async () => {
        const { cluster, ledger } = next()
        await put(ledger, 0, a, b, c)
        await publish(ledger, 1, a)
        await ledger.acceptRoot(rootOf(2, [b]), by(2))
        await under.reopen()
        const again = under.ledgerOf(cluster)
        await again.acceptRoot(rootOf(3, [c]), by(3))
        assert.deepEqual(await again.chooseGarbage(2 * dayMs, 10, dayMs), [])
        // The root that is no longer in force does not count as stored.
        await again.markStored(rootOf(2, [b]), 2 * dayMs)
        assert.equal((await again.root())?.stored, false)
        await again.markStored(rootOf(3, [c]), 2 * dayMs)
        assert.deepEqual(await again.chooseGarbage(3 * dayMs, 10, dayMs), [])
        assert.deepEqual((await again.chooseGarbage(3 * dayMs + 1, 10, dayMs)).toSorted(), hashes(a, b))
      },
    )

    it('does not release blobs when a stored root is marked again', async () => {
      const { ledger } = next()
      await put(ledger, 0, a, b)
      await publish(ledger, 1, a)
      await publish(ledger, 2, b)
      await ledger.markStored(rootOf(2, [b]), dayMs)
      assert.deepEqual(await ledger.chooseGarbage(3 + dayMs, 10, dayMs), hashes(a))
    })

    it('refuses a blob that is being deleted, for a minute, and all blobs of that call', async () => {
      const { ledger } = next()
      await put(ledger, 0, a)
      assert.deepEqual(await ledger.chooseGarbage(dayMs + 1, 10, dayMs), hashes(a))
      assert.equal(await ledger.beginBlobs(hashes(b, a), dayMs + minuteMs), a.hash)
      assert.deepEqual(await ledger.acceptRoot(rootOf(1, [b]), by(dayMs)), hashes(b))
      assert.equal(await ledger.beginBlobs(hashes(b, a), dayMs + minuteMs + 2), undefined)
    })

    it('chooses the longest overdue first, at most as many as asked, and forgets what was dropped', async () => {
      const { ledger } = next()
      await put(ledger, 3, a)
      await ledger.beginBlobs(hashes(b), 1)
      await put(ledger, 2, c)
      assert.deepEqual(await ledger.chooseGarbage(dayMs + 10, 2, dayMs), hashes(b, c))
      await ledger.dropBlobs(hashes(b))
      assert.deepEqual(await ledger.chooseGarbage(dayMs + 2 * minuteMs, 2, dayMs), hashes(a, c))
    })

    it('accepts a root of schema 2 when its buckets are kept and the blobs in them were written', async () => {
      const { cluster, ledger } = next()
      await put(ledger, 0, a)
      const root = await packedOf(rootOf(1, [a, b]))
      assert.equal(await codeOf(ledger.acceptRoot(root, by(1))), 'BUCKET_MISSING')
      assert.equal(await ledger.root(), undefined)
      const sent = root.buckets?.sent ?? []
      await ledger.keepBuckets(sent, 1)
      await ledger.keepBuckets(sent, 1)
      assert.deepEqual(await ledger.acceptRoot(root, by(1)), hashes(b))
      assert.deepEqual(await ledger.bucketTexts(), [])
      await put(ledger, 2, b)
      await under.reopen()
      const again = under.ledgerOf(cluster)
      assert.deepEqual(await again.acceptRoot(root, by(3)), [])
      assert.deepEqual(
        await again.bucketTexts(),
        sent.map(({ text }) => text),
      )
    })

    it('releases the blobs, and the buckets, that a root of schema 2 does not name', async () => {
      const { cluster, ledger } = next()
      await put(ledger, 0, a, b)
      for (const root of [await packedOf(rootOf(1, [a])), await packedOf(rootOf(2, [b]))]) {
        await ledger.keepBuckets(root.buckets?.sent ?? [], 0)
        assert.deepEqual(await ledger.acceptRoot(root, by(root.generation)), [])
        await ledger.markStored(root, root.generation)
      }
      await under.reopen()
      const again = under.ledgerOf(cluster)
      assert.deepEqual(await again.chooseGarbage(2 + dayMs, 10, dayMs), [])
      const garbage = await again.chooseGarbage(3 + dayMs, 10, dayMs)
      assert.ok(garbage.includes(a.hash) && !garbage.includes(b.hash))
      await again.dropBlobs(garbage)
      const back = await packedOf(rootOf(3, [a]))
      assert.equal(await codeOf(again.acceptRoot(back, by(3))), 'BUCKET_MISSING')
      await again.keepBuckets(back.buckets?.sent ?? [], 4)
      assert.deepEqual(await again.acceptRoot(back, by(4)), hashes(a))
    })

    it(
      'forgets the buckets, and releases the blobs, that a stored root of schema 2 does not name',
      onlyApart,
      async () => {
        const { cluster, ledger } = next()
        await put(ledger, 0, a, b)
        const [first, second] = [await packedOf(rootOf(1, [a])), await packedOf(rootOf(2, [b]))]
        for (const root of [first, second]) {
          await ledger.keepBuckets(root.buckets?.sent ?? [], 1)
          assert.deepEqual(await ledger.acceptRoot(root, by(1)), [])
        }
        // Until the root in force is stored, the stored one may need what it names.
        assert.deepEqual(await ledger.chooseGarbage(3 * dayMs, 10, dayMs), [])
        await under.reopen()
        const again = under.ledgerOf(cluster)
        await again.markStored(second, 3 * dayMs)
        const back = await packedOf(rootOf(3, [a]))
        assert.equal(await codeOf(again.acceptRoot(back, by(3))), 'BUCKET_MISSING')
        assert.deepEqual(await again.chooseGarbage(4 * dayMs + 1, 10, dayMs), hashes(a))
        // Another schema is another root of the same order.
        assert.equal(await codeOf(again.acceptRoot(rootOf(2, [b]), by(4))), 'ROOT_CONFLICT')
        assert.deepEqual(await again.acceptRoot(rootOf(4, [b]), by(4)), [])
        await again.markStored(rootOf(4, [b]), 4)
        assert.deepEqual(await again.bucketTexts(), [])
      },
    )

    it('remembers the last refusal', async () => {
      const { cluster, ledger } = next()
      assert.equal(await ledger.lastRefusal(), null)
      await ledger.setLastRefusal({ code: 'ROOT_OLDER', message: 'one', atMs: 1 })
      const second = { code: 'BLOB_MISSING', message: 'two', atMs: 2 } as const
      await ledger.setLastRefusal(second)
      await under.reopen()
      assert.deepEqual(await under.ledgerOf(cluster).lastRefusal(), second)
    })
  })
}
