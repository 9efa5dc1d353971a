import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stableUuid } from './stable-uuid.ts'

test('UUIDs of URLs are those of Python’s uuid.uuid5(uuid.NAMESPACE_URL, …)', async () => {
  assert.equal(await stableUuid('https://www.example.com/'), '3D3ED9D2-AA3D-5FA6-90E8-ED662E90F559')
})
