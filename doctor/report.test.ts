import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from './define-check.ts'
import { findingLines, reportOf, verdictLine } from './report.ts'

const ok: Finding = { check: 'host', finding: 'ok', state: 'ok', text: 'Fine.' }
const note: Finding = { check: 'local', finding: 'minimal', state: 'note', text: 'Hm.' }
const problem: Finding = {
  check: 'tls',
  finding: 'expired',
  state: 'problem',
  text: 'Old.',
  remedy: 'Renew it.',
}

test('a finding is a line, with its remedy below', () => {
  assert.deepEqual(findingLines(ok), ['ok       host         Fine.'])
  assert.deepEqual(findingLines(problem), ['problem  tls          Old.', `${' '.repeat(22)}→ Renew it.`])
})

test('the report names the first problem; a note is none', () => {
  const report = reportOf('https://h/dns-query', undefined, [ok, note])
  assert.deepEqual([report.ok, report.first, report.name], [true, null, null])
  assert.equal(verdictLine(report), 'No problem found.')
  const broken = reportOf('https://h/dns-query', 'a', [ok, problem, { ...problem, check: 'port' }])
  assert.deepEqual([broken.ok, broken.first, broken.name], [false, 'tls', 'a'])
  assert.match(verdictLine(broken), /^2 problems; begin with the first one, tls/)
  assert.equal(verdictLine(reportOf('', 'a', [problem])), 'One problem: tls.')
})
