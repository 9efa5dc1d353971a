import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { openDatabase } from './database.ts'
import { kvContract } from './kv.case.ts'
import { openKv } from './kv.ts'

kvContract('SQLite', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-kv-'))
  const database = openDatabase(join(dir, 'edge.db'))
  return {
    kv: openKv(database),
    close: async () => {
      database.close()
      await rm(dir, { recursive: true })
    },
  }
})

it('reports a key once its value can be read, and reports no deletions', async () => {
  const database = openDatabase(':memory:')
  const told: [string, Promise<string | null>][] = []
  const kv = openKv(database, (key) => told.push([key, kv.get(key, { cacheTtl: 30 })]))
  await kv.put('root:a', 'one')
  await kv.delete('root:a')
  assert.deepEqual(
    told.map(([key]) => key),
    ['root:a'],
  )
  assert.equal(await told[0]?.[1], 'one')
  database.close()
})

it('keeps the values that were written before it was opened again', async () => {
  const database = openDatabase(':memory:')
  await openKv(database).put('key', 'value')
  assert.equal(await openKv(database).get('key', { cacheTtl: 30 }), 'value')
  database.close()
})
