import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checks } from './checks.ts'
import { type Check, defineCheck, type Finding } from './define-check.ts'
import { testFacts, testPorts } from './ports.case.ts'
import { walk } from './walk.ts'

const secret = 'prod-abcdefghijklmnopqrstuvwxyz'

function check(id: string, needs: readonly string[], state: Finding['state'], text: string): Check {
  return defineCheck({
    id,
    title: id,
    needs,
    findings: { only: { state, text } },
    run: (_facts, _ports, found) => found('only', {}),
  })
}

function walked(given: readonly Check[], limit = new AbortController().signal): Promise<Finding[]> {
  const facts = testFacts({ tokens: [secret] })
  return walk(given, facts, { ports: testPorts({}), onFinding: () => {}, onStart: () => {}, limit })
}

test('a check that needs a failed or a skipped one is skipped, with the reason', async () => {
  const findings = await walked([
    check('a', [], 'problem', 'broken'),
    check('b', ['a'], 'ok', 'fine'),
    check('c', ['b'], 'ok', 'fine'),
    check('d', [], 'note', 'fine'),
    check('e', ['d'], 'ok', 'fine'),
  ])
  assert.deepEqual(
    findings.map((finding) => [finding.state, finding.finding]),
    [
      ['problem', 'only'],
      ['skipped', 'needs'],
      ['skipped', 'needs'],
      ['note', 'only'],
      ['ok', 'only'],
    ],
  )
  assert.match(findings[2]?.text ?? '', /the check b\./)
})

test('at the time limit, the running check and all later ones are skipped', async () => {
  const limit = new AbortController()
  const hanging: Check = { ...check('b', [], 'ok', ''), run: () => new Promise(() => limit.abort()) }
  const findings = await walked(
    [check('a', [], 'ok', 'fine'), hanging, check('c', [], 'ok', 'fine')],
    limit.signal,
  )
  assert.deepEqual(
    findings.map(({ finding }) => finding),
    ['only', 'time', 'time'],
  )
})

test('facts are passed on', async () => {
  const learns: Check = {
    ...check('a', [], 'ok', ''),
    run: async () => ({
      finding: { check: 'a', finding: 'only', state: 'ok', text: '' },
      learned: { hasHttp2: true },
    }),
  }
  let seen: boolean | undefined
  const reads: Check = {
    ...check('b', [], 'ok', ''),
    run: async ({ hasHttp2 }) => {
      seen = hasHttp2
      return { finding: { check: 'b', finding: 'only', state: 'ok', text: '' }, learned: {} }
    },
  }
  await walked([learns, reads])
  assert.equal(seen, true)
})

test('a token in a text is replaced', async () => {
  const [finding] = await walked([check('a', [], 'problem', `moved to /dns-query/${secret}?x`)])
  assert.equal(finding?.text, 'moved to /dns-query/TOKEN?x')
})

test('every check needs earlier ones only, and no id is used twice', () => {
  const ids = checks.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
  for (const [at, { id, needs }] of checks.entries())
    for (const need of needs)
      assert.ok(ids.indexOf(need) >= 0 && ids.indexOf(need) < at, `${id} needs ${need}`)
})

test('every finding is sentences, and every problem has a remedy', () => {
  for (const { id, findings } of checks)
    for (const [finding, { state, text, remedy }] of Object.entries(findings)) {
      assert.match(text, /^([A-Z/{]|systemd-resolved|nsswitch\.conf).*[.}]$/, `${id}.${finding}`)
      assert.ok(state !== 'problem' || remedy !== undefined, `${id}.${finding}`)
    }
})
