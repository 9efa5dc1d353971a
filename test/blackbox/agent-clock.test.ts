import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchInProcess } from '../../cli/up/fetch-in-process.ts'
import { systemClock } from '../../host/clock.ts'
import { openDatabase } from '../../host/store/database.ts'
import { openKv } from '../../host/store/kv.ts'
import { parseConfig } from '../../worker/config.ts'
import { createBranch, createSqlRegister } from '../../worker/embedded.ts'
import { objectsOf } from '../crash/cluster.ts'
import { newKey, publishThrough, silent } from './publish.ts'

const hourMs = 60 * 60_000

for (const [what, offMs] of [
  ['an hour slow', -hourMs],
  ['a day fast', 24 * hourMs],
] as const) {
  test(`an agent whose clock is ${what} publishes with the edge's time`, async () => {
    const key = await newKey()
    const clusters = [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }]
    const sql = openDatabase(':memory:')
    const kv = openKv(sql)
    const register = createSqlRegister(sql, kv, silent)
    const bindings = { kv, register, fetch: globalThis.fetch, clock: systemClock, log: silent }
    const edge = createBranch(parseConfig(JSON.stringify({ public: true, clusters })), bindings)
    const fetch = fetchInProcess(edge.handle, { waitUntil: () => undefined })
    const round = await publishThrough(
      fetch,
      'http://edge.invalid',
      'dev',
      key,
      objectsOf('a'),
      () => Date.now() + offMs,
    )
    assert.equal(round.kind, 'first')
    const { published } = round.edgeState
    // Far below the error of the agent's clock, and far above the duration of this test.
    assert.ok(published && Math.abs(published.generation - Date.now()) < 10 * 60_000)
    sql.close()
  })
}
