import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testFacts } from './ports.case.ts'
import { primaryZones, zoneOf } from './zone-of.ts'

const zones = {
  ...(testFacts().zones as NonNullable<ReturnType<typeof testFacts>['zones']>),
  zones: [
    { name: 'example.com', cluster: 'a', primary: false },
    { name: 'k8s.example.com', cluster: 'a', primary: true },
  ],
}

test('the longest zone counts; a name that only ends alike is outside', () => {
  assert.equal(zoneOf('web.default.svc.K8S.example.com', zones), 'k8s.example.com')
  assert.equal(zoneOf('example.com', zones), 'example.com')
  assert.equal(zoneOf('notexample.com', zones), undefined)
  assert.equal(zoneOf('web.default.svc.cluster.local', undefined), 'cluster.local')
})

test('primary zones, and cluster.local for a server without a list', () => {
  assert.deepEqual(primaryZones(zones), ['k8s.example.com'])
  assert.deepEqual(primaryZones(undefined), ['cluster.local'])
})
