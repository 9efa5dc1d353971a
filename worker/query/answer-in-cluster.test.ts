import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dig, namespace, service } from '../../test/dig.ts'
import { startMs } from '../edge.case.ts'
import { snapshotHeader } from '../http/snapshot-header.ts'

const objects = [namespace('prod'), service('prod/web', { clusterIP: '10.96.0.7' })]

/** Between two readings of the clock the data becomes stale, or expires: 1 and 2 hours after its time. */
for (const [before, after] of [
  ['fresh', 'stale'],
  ['stale', 'expired'],
] as const) {
  test(`message and header tell the same state when data that was ${before} becomes ${after} meanwhile`, async () => {
    const hourMs = 3_600_000
    const root = { staleAfterMs: hourMs, expiresAfterMs: 2 * hourMs }
    const turnMs = startMs + (after === 'stale' ? hourMs : 2 * hourMs)
    const states = new Set<string>()
    for (let readings = 0; readings < 20; readings++) {
      const { ask, clock } = await dig([{ objects, root }], { answerBytes: 0 })
      await ask('web.prod.svc.cluster.local A').read()
      let left = readings
      Object.assign(clock, { now: () => (left-- > 0 ? turnMs - 1 : turnMs + 1) })
      const { response, error } = await ask('web.prod.svc.cluster.local A').read()
      const state = /state=(\w+)/.exec(response.headers[snapshotHeader] ?? '')?.[1]
      const told = { fresh: undefined, stale: 3, expired: 14 }[String(state)]
      assert.equal(error?.code, told, `${state} after ${readings} readings`)
      states.add(String(state))
    }
    assert.deepEqual([...states].toSorted(), [after, before].toSorted())
  })
}
