import assert from 'node:assert/strict'
import { test } from 'node:test'
import { intersectScopes } from './scope.ts'

test('an intersection has the names that are in both scopes; "all" has every name', () => {
  assert.equal(intersectScopes('all', 'all'), 'all')
  assert.deepEqual(intersectScopes('all', ['a']), ['a'])
  assert.deepEqual(intersectScopes(['a'], 'all'), ['a'])
  assert.deepEqual(intersectScopes(['a', 'b', 'c'], ['c', 'b', 'd']), ['b', 'c'])
  assert.deepEqual(intersectScopes(['a'], []), [])
})
