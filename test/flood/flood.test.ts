import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { query } from '../blackbox/ask.ts'
import { withstand } from './flood.ts'
import { floods } from './floods.ts'
import { startTarget, type Target } from './server.ts'

/* Short floods; `npm run flood` runs long ones. */

/** The server accepts fewer connections than a flood opens. */
const [maxConnections, connections] = [300, 600]
const ms = 3_000
/** Far more than an answer takes, also on a busy machine. */
const slowestMs = 5_000
/** The memory of the server without load is about 150 MiB. */
const maxResidentMib = 500

const linux = {
  skip: process.platform === 'linux' ? false : 'it reads /proc, and uses all addresses of 127.0.0.0/8',
}
let dir: string
let target: Target

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-flood-'))
  target = await startTarget(dir, maxConnections)
})
after(async () => {
  await target.stop()
  await rm(dir, { recursive: true })
})

for (const [index, flood] of floods.entries()) {
  test(`others are answered, and memory is bounded: ${flood.name}`, linux, async () => {
    const seen = await withstand(flood, target, { connections, ms, seed: index })
    assert.deepEqual(seen.failures, [])
    assert.ok(seen.answered >= 6, `${seen.answered} answers`)
    assert.ok(seen.slowestMs < slowestMs, `an answer took ${seen.slowestMs.toFixed(0)} ms`)
    assert.ok(seen.residentMib < maxResidentMib, `${seen.residentMib.toFixed(0)} MiB`)
  })
}

test('10,000 queries of one client at once are all answered', async () => {
  for (const transport of ['tcp', 'dot'] as const) {
    const client = await target.dns.open(transport)
    const asked = query('none-linuxea.default.svc.cluster.local', 1, { edns: true })
    const answers = await Promise.all(Array.from({ length: 10_000 }, () => client.ask(asked)))
    assert.ok(answers.every((answer) => ((answer[3] ?? 0) & 0xf) === 0 && answer[7] === 3))
    client.close()
  }
})
