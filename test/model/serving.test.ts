import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quantile } from './freshness.ts'
import { freshnessRows, runFreshness } from './freshness-rows.ts'

/*
 * A register that serves, in front of the KV model: its reads are slow, away, or it is restarted.
 *
 * KUBEDOH_SEED=7 npm test -- test/model/serving.test.ts   one seed
 * KUBEDOH_SEEDS=100 npm run freshness                      many seeds
 */

const first = Number(process.env.KUBEDOH_SEED ?? 1)
const seeds = Array.from({ length: Number(process.env.KUBEDOH_SEEDS ?? 1) }, (_, index) => first + index)

const seconds = (sorted: readonly number[]): string =>
  [0.5, 0.99, 1].map((part) => (quantile(sorted, part) / 1_000).toFixed(1)).join(' / ')

for (const row of freshnessRows) {
  const { title, askMs, p99Ms, mostMs = Number.POSITIVE_INFINITY } = row
  test(`${title}, a query every ${askMs} ms: no broken rule${p99Ms ? `, p99 within ${p99Ms} ms` : ''}`, async (t) => {
    const lateMs: number[] = []
    const afterMs: number[] = []
    let reads = 0
    for (const seed of seeds) {
      try {
        const { during, after, checkpoints } = await runFreshness(row, seed)
        lateMs.push(...during.lateMs)
        afterMs.push(...(after?.lateMs ?? []))
        reads += during.reads
        assert.equal(checkpoints > 0, row.faults !== undefined)
      } catch (error) {
        if (error instanceof Error) error.message += `\nagain: KUBEDOH_SEED=${seed}`
        throw error
      }
    }
    const [sorted, sortedAfter] = [lateMs, afterMs].map((all) => all.toSorted((a, b) => a - b))
    t.diagnostic(
      `${title}, every ${askMs} ms: ${seconds(sorted ?? [])} s of ${lateMs.length}; ${reads} reads` +
        (afterMs.length > 0 ? `; after: ${seconds(sortedAfter ?? [])} s` : ''),
    )
    assert.ok(lateMs.length > 30)
    if (p99Ms) assert.ok(quantile(sorted ?? [], 0.99) <= p99Ms, seconds(sorted ?? []))
    assert.ok(quantile(sorted ?? [], 1) <= mostMs, seconds(sorted ?? []))
    // A register that is back is used again.
    if (afterMs.length > 0) assert.ok(quantile(sortedAfter ?? [], 0.99) <= 5_000, seconds(sortedAfter ?? []))
    if (!row.faults) assert.ok(quantile(sorted ?? [], 0.99) > 10_000)
  })
}
