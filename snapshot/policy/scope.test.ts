import assert from 'node:assert/strict'
import { test } from 'node:test'
import { intersectScopes } from './scope.ts'

test('an intersection has the names of both, and all of what "all" is intersected with', () => {
  assert.equal(intersectScopes('all', 'all'), 'all')
  assert.deepEqual(intersectScopes('all', ['a']), ['a'])
  assert.deepEqual(intersectScopes(['a'], 'all'), ['a'])
  assert.deepEqual(intersectScopes(['a', 'b', 'c'], ['c', 'b', 'd']), ['b', 'c'])
  assert.deepEqual(intersectScopes(['a'], []), [])
})
