import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { createFollowReport, type FollowReport } from './follow-report.ts'

const lines: string[] = []
let report: FollowReport

beforeEach(() => {
  lines.length = 0
  const write = (message: string, fields = {}): void =>
    void lines.push(`${message} ${(fields as { code?: string }).code ?? ''}`.trim())
  report = createFollowReport(['prod', 'dev'], 'https://a.example.com', { info: write, warn: write })
})

const look = (result: 'none' | 'unchanged' | 'older' | 'copied', blobs = 0) => ({
  result,
  held: undefined,
  blobs,
})
const away = { code: 'SOURCE_UNREACHABLE', reason: 'refused', isRefused: false }
const forged = { code: 'ROOT_UNVERIFIED', reason: 'not signed', isRefused: true }

test('a change of the state is one line, however often the source is asked', () => {
  for (const _ of [1, 2, 3]) report.looked('prod', look('unchanged'), 1_000)
  for (const _ of [1, 2, 3]) report.failed('prod', away, 1_000)
  for (const _ of [1, 2, 3]) report.failed('prod', forged, 1_000)
  report.looked('prod', look('none'), 1_000)
  report.looked('prod', look('older'), 1_000)
  assert.deepEqual(lines, [
    'following',
    'not following SOURCE_UNREACHABLE',
    'not following ROOT_UNVERIFIED',
    'source has no snapshot',
    'following',
  ])
})

test('looks are counted by result, and blobs when they were copied', () => {
  report.looked('prod', look('copied', 7), 5_000)
  report.failed('prod', forged, 1_000)
  report.failed('prod', away, 1_000)
  const text = report.text()
  for (const line of [
    'kubedoh_follow_looks_total{cluster="prod",result="copied"} 1',
    'kubedoh_follow_looks_total{cluster="prod",result="refused"} 1',
    'kubedoh_follow_looks_total{cluster="prod",result="failed"} 1',
    'kubedoh_follow_looks_total{cluster="dev",result="copied"} 0',
    'kubedoh_follow_blobs_total{cluster="prod"} 7',
    'kubedoh_follow_last_success_timestamp_seconds{cluster="prod"} 5',
  ])
    assert.ok(text.includes(`${line}\n`), `${line} in\n${text}`)
  assert.ok(!text.includes('timestamp_seconds{cluster="dev"}'))
})

test('the checks warn until the source is followed, and never fail', () => {
  report.looked('prod', look('unchanged'), 1_000)
  const [prod, dev] = report.readyz
  assert.deepEqual([prod?.name, prod?.warning?.()], ['source-prod', undefined])
  assert.match(dev?.warning?.() ?? '', /has not answered yet/)
  report.failed('prod', away, 1_000)
  assert.match(prod?.warning?.() ?? '', /SOURCE_UNREACHABLE/)
  assert.deepEqual([prod?.problem(), dev?.problem()], [undefined, undefined])
})
