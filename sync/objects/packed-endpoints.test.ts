import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyGroups } from '../../snapshot/arbitrary.case.ts'
import { packEndpoints, unpackEndpoints } from './packed-endpoints.ts'

test('endpoints come back in their order, with repeated ones', () => {
  const check = fc.property(anyGroups, (groups) => {
    for (const { endpoints } of groups) assert.deepEqual(unpackEndpoints(packEndpoints(endpoints)), endpoints)
  })
  fc.assert(check)
})

test('a label may contain a slash', () => {
  const endpoints = [['10.0.0.1', 'a/b'], ['fd00::1'], ['10.0.0.2', '/']] as const
  assert.deepEqual(unpackEndpoints(packEndpoints(endpoints)), endpoints)
})

test('no endpoints are an empty text', () => {
  assert.equal(packEndpoints([]), '')
  assert.deepEqual(unpackEndpoints(packEndpoints([])), [])
})
