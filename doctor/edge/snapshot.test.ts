import { reply, type TestWorld, testCases } from '../ports.case.ts'
import { snapshotCheck } from './snapshot.ts'

const asked = '_snapshot.cluster.local TXT'
const txt = (state: string): TestWorld => ({
  edge: {
    [asked]: reply('NOERROR', [
      `_snapshot.cluster.local TXT "cluster=prod" "generation=17" "asOf=2026-11-23T12:00:00.000Z" "age=90s" "state=${state}"`,
    ]),
  },
})
const servfail = (text: string): TestWorld => ({
  edge: { [asked]: reply('SERVFAIL', [], { code: 14, text }) },
})

testCases(snapshotCheck, [
  ['fresh data', txt('fresh'), 'fresh'],
  ['data from a file', txt('static'), 'static'],
  ['stale data', txt('stale'), 'stale'],
  [
    'expired data',
    servfail('cluster prod was last seen at …, 90000s ago: too long to answer; check its agent'),
    'expired',
  ],
  ['no data', servfail('no snapshot of cluster prod yet'), 'absent'],
  ['another server', {}, 'unknown'],
  ['no response', { edge: { [asked]: { failed: 'TIMEOUT', reason: 'no answer' } } }, 'failed'],
])
