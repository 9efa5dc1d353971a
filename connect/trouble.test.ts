import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LinkError } from './edge/link-error.ts'
import { createTrouble } from './trouble.ts'

test('each kind of failure is logged once until it is over', () => {
  const lines: string[] = []
  const log = {
    info: (message: string) => void lines.push(message),
    warn: (message: string, fields = {}) => void lines.push(`${message}: ${Object.values(fields).join()}`),
  }
  const trouble = createTrouble(log, () => 7)
  const refused = new LinkError('EDGE_REFUSED', 'the token is not valid')
  for (let count = 0; count < 3; count++) trouble.failed('queries', refused)
  trouble.failed('queries', new LinkError('EDGE_LIMITED', 'too many'))
  trouble.failed('zones', new LinkError('EDGE_UNREACHABLE', 'nothing listens'))
  trouble.succeeded('queries')
  trouble.succeeded('queries')
  trouble.failed('queries', refused)
  assert.deepEqual(lines, [
    'queries fail: the token is not valid',
    'queries fail: too many',
    'queries succeed again',
    'queries fail: the token is not valid',
  ])
  assert.deepEqual(trouble.last(), { text: 'the token is not valid', atMs: 7 })
})
