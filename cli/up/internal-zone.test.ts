import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aliasZones, internalZone } from './internal-zone.ts'

test('a cluster has the zone ID.internal', () => {
  assert.deepEqual(internalZone('local'), { zone: 'local.internal' })
  assert.deepEqual(internalZone('a'.repeat(48)), { zone: `${'a'.repeat(48)}.internal` })
})

test('an id above 48 characters has no such zone', () => {
  assert.deepEqual(internalZone('a'.repeat(49)), {
    leftOut: `${'a'.repeat(49)}.internal`,
    why: 'it is too long: the id may have 48 characters',
  })
  assert.ok('leftOut' in internalZone('a'.repeat(63)))
})

for (const id of ['google', 'ec2', 'compute', 'docker', 'containers', 'minikube', 'railway', 'cf'])
  test(`an id whose names below internal others use has no such zone: ${id}`, () => {
    const outcome = internalZone(id)
    assert.ok('leftOut' in outcome)
    assert.match(outcome.why, / has names in it$/)
  })

test('the zone below internal is an alias, never the domain, and no zone is there twice', () => {
  const internal = internalZone('prod')
  assert.deepEqual(aliasZones(internal, 'cluster.local', ['svc']), ['prod.internal', 'svc'])
  assert.deepEqual(aliasZones(internal, 'prod.internal', []), [])
  assert.deepEqual(aliasZones(internal, 'cluster.local', ['Prod.Internal.', 'a.b']), [
    'Prod.Internal.',
    'a.b',
  ])
  assert.deepEqual(aliasZones(undefined, 'cluster.local', ['a.b', 'cluster.local']), ['a.b'])
  assert.deepEqual(aliasZones(internalZone('docker'), 'cluster.local', []), [])
})
