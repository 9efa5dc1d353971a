import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SliceEntry, SliceWriter } from '../objects/endpoint-slice.ts'
import { packEndpoints, unpackEndpoints } from '../objects/packed-endpoints.ts'
import { pointerGroups } from './pointer-groups.ts'

function slice(writer: SliceWriter, ...addresses: string[]): SliceEntry {
  const endpoints = packEndpoints(addresses.map((address) => [address]))
  return { namespace: 'prod', service: 'web', group: { ports: [], endpoints }, writer }
}

function pointers(hasSelector: boolean, ...slices: SliceEntry[]): string[] {
  return pointerGroups(slices, hasSelector).flatMap(({ endpoints }) =>
    unpackEndpoints(endpoints).map(([address]) => address),
  )
}

const both = ['10.0.0.1', '8.8.8.8', 'fd00::1', '2001:4860:4860::8888']
const privates = ['10.0.0.1', 'fd00::1']

test('public addresses need a slice of the EndpointSlice controller, for a Service that selects pods', () => {
  assert.deepEqual(pointers(true, slice('controller', ...both)), both)
  // Without a selector the controller leaves the Service alone, so anyone may have written the slice.
  assert.deepEqual(pointers(false, slice('controller', ...both)), privates)
  assert.deepEqual(pointers(true, slice('anyone', ...both)), privates)
})

test('the endpoints of the API server count, its Service has no selector', () => {
  assert.deepEqual(pointers(false, slice('api-server', ...both)), both)
})

test('each slice of a Service is judged alone', () => {
  const slices = [slice('anyone', '8.8.8.8', '10.0.0.1'), slice('controller', '8.8.4.4')]
  assert.deepEqual(pointers(true, ...slices), ['10.0.0.1', '8.8.4.4'])
})

test('a group that stays whole is the same object', () => {
  const entry = slice('anyone', ...privates)
  assert.equal(pointerGroups([entry], false)[0], entry.group)
})
