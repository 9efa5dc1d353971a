import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '../../events.ts'
import { createPolicyIntake, type PolicyIntake } from './policy-source.ts'

type Scene = {
  intake: PolicyIntake
  /** Messages of the log, warnings with '!' in front. */
  lines: string[]
  events: AgentEvent[]
  changes: () => number
}

function open(check?: () => readonly string[]): Scene {
  const lines: string[] = []
  const events: AgentEvent[] = []
  const intake = createPolicyIntake({
    log: {
      info: (message, fields) => void lines.push(`${message} ${JSON.stringify(fields)}`),
      warn: (message, fields) => void lines.push(`!${message} ${JSON.stringify(fields)}`),
    },
    notify: (event) => void events.push(event),
    ...(check && { check }),
  })
  let changes = 0
  intake.onChange(() => void changes++)
  return { intake, lines, events, changes: () => changes }
}

const valid = [{ name: 'a', text: 'version: 1\nanonymous: {all: true}\n' }]
const broken = [{ name: 'a', text: 'version: 2\n' }]

test('a valid policy is in force when it was taken, and said once', async () => {
  const { intake, lines, events, changes } = open()
  await intake.take(valid)
  await intake.ready
  const policy = intake.current()
  assert.deepEqual(policy?.anonymous, { kind: 'all' })
  await intake.take(valid)
  assert.equal(intake.current(), policy, 'the same object')
  assert.equal(changes(), 1)
  assert.deepEqual(lines, ['policy read {"tokens":0,"minting":0,"networks":0,"anonymous":true}'])
  assert.deepEqual(events, [{ kind: 'policy', problems: [] }])
})

test('a broken policy is no policy: its faults are in the log and in the event', async () => {
  const { intake, lines, events, changes } = open()
  await intake.take(broken)
  await intake.ready
  assert.equal(intake.current(), undefined)
  await intake.take(valid)
  await intake.take(broken)
  assert.equal(intake.current(), undefined)
  assert.equal(changes(), 3)
  assert.match(lines[0] ?? '', /^!policy broken, the last good one stays in force .*a: line 1, version/)
  assert.equal(lines.length, 3)
  assert.deepEqual(
    events.map((event) => event.kind === 'policy' && event.problems.length),
    [1, 0, 1],
  )
})

test('a log line names five faults and the number of the others', async () => {
  const { intake, lines, events } = open()
  const text = ['version: 1', ...Array.from({ length: 8 }, (_, n) => `field${n}: 1`)].join('\n')
  await intake.take([{ name: 'a', text }])
  const { problems, more } = JSON.parse(/\{.*$/.exec(lines[0] ?? '')?.[0] ?? '') as Record<string, unknown>
  assert.equal((problems as unknown[]).length, 5)
  assert.equal(more, 3)
  assert.ok(events[0]?.kind === 'policy' && events[0].problems.length === 8)
})

test('a policy that this agent cannot publish is broken', async () => {
  const { intake } = open(() => ['no labels here'])
  await intake.take(valid)
  assert.equal(intake.current(), undefined)
})

test('a problem of the build is reported once, and its end too', async () => {
  const { intake, events } = open()
  await intake.take(valid)
  for (const problem of [undefined, 'too large', 'too large', undefined]) intake.report(problem)
  assert.deepEqual(events, [
    { kind: 'policy', problems: [] },
    { kind: 'policy', problems: ['too large'] },
    { kind: 'policy', problems: [] },
  ])
})

test('of two reads that overlap the later one counts', async () => {
  const { intake } = open()
  await Promise.all([intake.take(broken), intake.take(valid)])
  assert.deepEqual(intake.current()?.anonymous, { kind: 'all' })
})

test('a token that was written in place of its hash is in no log line and no event', async () => {
  const { intake, lines, events } = open()
  const secret = 'abcdefghijklmnopqrstuvwxyz'
  const minted = 'eyJhbGciOiJFZERTQSJ9.eyJhdWQiOiJwcm9kIn0.c2lnbmF0dXJl'
  const text = [
    'version: 1',
    'tokens:',
    `- {name: a, sha256: prod-eu-${secret}, all: true}`,
    `- {name: b, sha256: ${minted}, all: true}`,
    `- {name: c, prod-${secret}: x}`,
  ].join('\n')
  await intake.take([{ name: 'a', text }])
  const said = lines.join() + JSON.stringify(events)
  assert.match(said, /tokens\[0\]\.sha256: .*\(a token\)/)
  assert.ok(!said.includes(secret) && !said.includes(minted), said)
})
