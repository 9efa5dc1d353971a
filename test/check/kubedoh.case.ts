import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { reportJson, reportLines } from '../../check/report.ts'
import type { Facts } from '../../check/row.ts'
import { generalRows } from '../../check/rows.ts'
import { kubedohRows } from '../../check/rows-kubedoh.ts'
import { createRecorder, learn, runRow, type Send } from '../../check/run.ts'
import { createSend } from '../../cli/run/send-check.ts'
import type { EdgeUnderTest, TestConfig } from '../blackbox/edge-under-test.ts'
import { newKey, publishFile } from '../blackbox/publish.ts'
import { waitFor } from '../wait-for.ts'

const name = 'redis.default.svc.cluster.local'

/** One test per row, general rows and kubedoh's own, on one runtime. */
export function checkKubedoh(runtime: string, start: (config: TestConfig) => Promise<EdgeUnderTest>): void {
  describe(`the rows of check/ on ${runtime}`, () => {
    let edge: EdgeUnderTest
    let send: Send
    let facts: Facts
    before(async () => {
      const key = await newKey()
      edge = await start({
        public: true,
        clusters: [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }],
      })
      await publishFile(edge, 'dev', key)
      const url = new URL(`${edge.url}/dns-query`)
      const recorder = createRecorder(createSend({ url, ca: undefined, insecure: true, timeoutMs: 30_000 }))
      send = recorder.send
      await waitFor('the edge answers', async () => {
        facts = await learn(recorder, url.protocol === 'https:', name)
        return facts.name === name
      })
    })
    after(() => edge?.stop())
    for (const row of [...generalRows, ...kubedohRows]) {
      test(`${row.id}: ${row.title}`, async (t) => {
        const result = await runRow(row, facts, send)
        if (result.verdict === 'skip') return t.skip(result.why)
        const lines = reportLines(reportJson(edge.url, name, [result]))
        assert.equal(result.verdict, 'pass', lines.join('\n'))
      })
    }
  })
}
