import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../host/store/database.ts'
import type { Sql } from '../ports.ts'
import { ledgerContract } from './ledger.case.ts'
import { blobNamed, rootOf } from './register.case.ts'
import { createSqlLedgers } from './sql-ledger.ts'

ledgerContract('SQLite', async () => {
  const sql = openDatabase(':memory:')
  let open = createSqlLedgers(sql)
  return {
    ledgerOf: (cluster) => open(cluster),
    reopen: async () => {
      open = createSqlLedgers(sql)
    },
    close: async () => sql.close(),
  }
})

test('a publish reads the rows of the blobs that changed, in a cluster of any size', async () => {
  const database = openDatabase(':memory:')
  let rows = 0
  const sql: Sql = {
    run: (statement, ...values) => {
      const read = database.run(statement, ...values)
      rows += read.length
      return read
    },
    transaction: database.transaction,
  }
  const ledger = createSqlLedgers(sql)('c')
  const all = Array.from({ length: 1_000 }, (_, index) => blobNamed(`blob ${index}`))
  const trustedKeyIds = ['k']
  const hashes = all.map(({ hash }) => hash)
  await ledger.beginBlobs(hashes, 0)
  await ledger.finishBlobs(hashes, 0)
  for (const nowMs of [1, 2]) {
    const root = rootOf(nowMs, nowMs === 1 ? all.slice(1) : all.slice(2).concat(all.slice(0, 1)))
    rows = 0
    await ledger.acceptRoot(root, { nowMs, trustedKeyIds })
    await ledger.markStored(root, nowMs)
    await ledger.chooseGarbage(nowMs, 47, 1_000)
  }
  assert.ok(rows <= 5, `${rows} rows`)
})
