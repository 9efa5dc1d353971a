import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleRoot } from './arbitrary.case.ts'
import { packRoot } from './bucket.ts'
import { bucketsIn, checkRootValue, joinRootValue, jwsOf } from './root-value.ts'

test('a value of schema 1 is the JWS; one of schema 2 has a line for each bucket, also for an empty one', () => {
  assert.equal(joinRootValue('a.b.c', []), 'a.b.c')
  assert.deepEqual([jwsOf('a.b.c'), bucketsIn('a.b.c')], ['a.b.c', []])
  const value = joinRootValue('a.b.c', ['{}', '', '{"reverse":{}}'])
  assert.equal(value, 'a.b.c\n{}\n\n{"reverse":{}}')
  assert.deepEqual([jwsOf(value), bucketsIn(value)], ['a.b.c', ['{}', '', '{"reverse":{}}']])
})

test('a value of schema 1 with anything behind the root is refused', async () => {
  checkRootValue('a.b.c', 'a.b.c', exampleRoot())
  for (const more of ['\n', '\n{}'])
    assert.throws(() => checkRootValue(`a.b.c${more}`, 'a.b.c', exampleRoot()), { code: 'ROOT_UNVERIFIED' })
  checkRootValue('a.b.c\n{}', 'a.b.c', (await packRoot(exampleRoot(), 0)).root)
})
