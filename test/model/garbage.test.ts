import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wholeRoot } from '../../snapshot/arbitrary.case.ts'
import { blobsOf, rereadRoot } from '../../snapshot/root.ts'
import type { Sql } from '../../worker/ports.ts'
import { createRandom } from '../seeded-random.ts'
import { createCounts } from './counts.ts'
import { GarbageError, tellGarbage } from './garbage.ts'
import { type Broken, sqliteSite } from './garbage-sqlite.ts'
import { workerdSite } from './garbage-workerd.ts'

/*
 * The register collects all garbage and nothing else: docs/architecture.md, "The register".
 *
 * KUBEDOH_SEED=7 npm test -- test/model/garbage.test.ts      one seed
 * KUBEDOH_SEEDS=300 npm test -- test/model/garbage.test.ts   the seeds from 1 to 300
 */

const { KUBEDOH_SEED: one, KUBEDOH_SEEDS: many = '25' } = process.env
const seeds =
  one === undefined ? Array.from({ length: Number(many) }, (_, index) => index + 1) : [Number(one)]
const steps = 240

/** Events that must happen in at least one seed; otherwise the seeds prove nothing. */
const mustHappen = [
  'abandoned',
  'blobs deleted',
  'cleaned',
  'clock steps',
  'delete cut after',
  'delete cut, lands later',
  'delete lost answer',
  'delete refused',
  'put cut after',
  'put cut before',
  'put lost answer',
  'put refused',
  'putBlobs BLOB_BUSY',
  'putBlobs STORE_FAILED',
  'putBlobs died',
  'putRoot BLOB_MISSING',
  'putRoot STORE_FAILED',
  'putRoot died',
  'schema 2, all buckets',
  'schema 2, changed buckets',
]

const sum = createCounts()

for (const seed of seeds) {
  test(`on SQLite, seed ${seed}`, async () => {
    const site = sqliteSite()
    try {
      await tellGarbage(site, createRandom(seed), sum, steps)
    } finally {
      await site.close()
    }
  })
}

test('on a Durable Object', async (t) => {
  const site = await workerdSite()
  const counts = createCounts()
  try {
    await tellGarbage(site, createRandom(seeds[0] ?? 1), counts, 180)
  } finally {
    await site.close()
  }
  const told = ['blobs deleted', 'cleaned', 'delete refused', 'put lost answer', 'putRoot STORE_FAILED']
  t.diagnostic(told.map((name) => `${name}: ${counts.get(name)}`).join(', '))
  assert.ok(told.every((name) => counts.get(name) > 0))
})

test('every important event happens in some seed', { skip: seeds.length < 10 && 'few seeds' }, (t) => {
  t.diagnostic(`${sum.get('blobs deleted')} blobs deleted, ${sum.get('cleaned')} times nothing was left`)
  assert.deepEqual(
    mustHappen.filter((name) => sum.get(name) === 0),
    [],
  )
})

const hourMs = 3_600_000

/** A ledger whose statements on blobs are modified. */
function bent(
  bend: (statement: string, values: (string | number | null)[], sql: Sql) => ReturnType<Sql['run']>,
): Broken {
  return { sql: (sql) => ({ ...sql, run: (statement, ...values) => bend(statement, values, sql) }) }
}

const isList = (statement: string): boolean => statement.includes('state = ? AND since_ms < ?')

/** Registers with one fault each, and the rule that they break. */
const mistakes: Record<string, { broken: Broken; promises: GarbageError['promise'][] }> = {
  'unused blobs are deleted after 23 hours': {
    broken: bent((statement, values, sql) => {
      if (!isList(statement) || values[1] !== 'written') return sql.run(statement, ...values)
      const [cluster = '', state = '', beforeMs, most = 0] = values
      const rows = sql.run(statement, cluster, state, Number(beforeMs) + hourMs, most)
      return rows.map((row) => ({ ...row, since_ms: Number(row.since_ms) - hourMs }))
    }),
    promises: ['too early'],
  },
  'uploads that were cut off are forgotten': {
    broken: bent((statement, values, sql) =>
      isList(statement) && values[1] === 'pending' ? [] : sql.run(statement, ...values),
    ),
    promises: ['garbage'],
  },
  'a deletion that failed is forgotten': {
    broken: { kv: (kv) => ({ ...kv, delete: (key) => kv.delete(key).catch(() => undefined) }) },
    promises: ['unlisted'],
  },
  'a blob is put while it is being deleted': {
    broken: bent((statement, values, sql) => {
      const rows = sql.run(statement, ...values)
      if (!statement.includes('json_each')) return rows
      return rows.map((row) => (row.state === 'leaving' ? { ...row, since_ms: 0 } : row))
    }),
    promises: ['too early'],
  },
  'a blob that is put again keeps its age': {
    broken: bent((statement, values, sql) => {
      if (!statement.startsWith('INSERT OR REPLACE INTO blob_v1') || values[2] !== 'written')
        return sql.run(statement, ...values)
      return sql.run(statement, ...values.slice(0, 3), 0)
    }),
    promises: ['too early'],
  },
  'what a root replaces is unused before that root is stored': {
    broken: bent((statement, values, sql) => {
      const rows = sql.run(statement, ...values)
      const [cluster = '', generation = 0, , , jws] = values
      if (!statement.startsWith('INSERT INTO root_v1')) return rows
      const root = rereadRoot(String(jws))
      // The blobs of schema 2 are in its buckets.
      if (root.schema === 2) return rows
      const named = JSON.stringify([...blobsOf(wholeRoot(root))])
      const replaced = "cluster = ? AND state = 'used' AND hash NOT IN (SELECT value FROM json_each(?))"
      sql.run(
        `UPDATE blob_v1 SET state = 'written', since_ms = ? WHERE ${replaced}`,
        generation,
        cluster,
        named,
      )
      return rows
    }),
    promises: ['too early'],
  },
  'a blob that a root names is not marked': {
    broken: bent((statement, values, sql) =>
      values[2] === 'used' && statement.startsWith('INSERT') ? [] : sql.run(statement, ...values),
    ),
    promises: ['too early'],
  },
  'deletions are not written down before they begin': {
    broken: bent((statement, values, sql) =>
      values[2] === 'leaving' ? sql.run('SELECT 1') : sql.run(statement, ...values),
    ),
    promises: ['too early'],
  },
}

for (const [mistake, { broken, promises }] of Object.entries(mistakes)) {
  test(`found: ${mistake}`, async () => {
    for (let seed = 1; seed <= 120; seed++) {
      const site = sqliteSite(broken)
      try {
        await tellGarbage(site, createRandom(seed), createCounts(), steps)
      } catch (error) {
        if (!(error instanceof GarbageError)) throw error
        assert.ok(promises.includes(error.promise), error.message)
        return
      } finally {
        await site.close()
      }
    }
    assert.fail('120 seeds have not found the fault')
  })
}
