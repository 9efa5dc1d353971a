import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeRecord, emptyRecord, encodeRecord } from './root-record.ts'

test('a record is read as it was written, with a root and without one', () => {
  const root = { generation: 5, term: 1, kid: 'k', jws: 'a.b.c' }
  const record = { root, leaving: new Map([['hash', { sinceMs: 3, upTo: 9 }]]), floorMs: 2 }
  assert.deepEqual(decodeRecord(encodeRecord(record)), record)
  assert.deepEqual(decodeRecord(encodeRecord(emptyRecord)), emptyRecord)
})

test('a record of a later release is refused, since this one could lose parts of it', () => {
  const later = encodeRecord(emptyRecord).replace('"version":1', '"version":2')
  assert.throws(() => decodeRecord(later), /version 2: update this edge/)
  assert.throws(() => decodeRecord('not JSON'))
})
