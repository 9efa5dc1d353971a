import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLease, writeLease } from './lease-record.ts'

const place = { namespace: 'kube-system', name: 'kubedoh', identity: 'b' }
const nowMs = Date.parse('2026-11-23T12:00:00.123Z')
const terms = { nowMs, durationMs: 8_000 }
const byA = {
  metadata: { resourceVersion: '7' },
  spec: {
    holderIdentity: 'a',
    leaseDurationSeconds: 8,
    leaseTransitions: 4,
    acquireTime: '2026-11-23T11:00:00.000000Z',
  },
}

test('the fields of a Lease are read', () => {
  assert.deepEqual(readLease(byA), {
    resourceVersion: '7',
    holder: 'a',
    durationMs: 8_000,
    transitions: 4,
    acquireTime: '2026-11-23T11:00:00.000000Z',
  })
})

test('a Lease without a spec has no holder', () => {
  const { holder, durationMs, transitions } = readLease({ metadata: { resourceVersion: '1' } })
  assert.deepEqual({ holder, durationMs, transitions }, { holder: '', durationMs: 0, transitions: 0 })
})

test('taking over the Lease adds one transition and has the version of the replaced Lease', () => {
  assert.deepEqual(writeLease(readLease(byA), place, terms), {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'kubedoh', namespace: 'kube-system', resourceVersion: '7' },
    spec: {
      holderIdentity: 'b',
      leaseDurationSeconds: 8,
      acquireTime: '2026-11-23T12:00:00.123000Z',
      renewTime: '2026-11-23T12:00:00.123000Z',
      leaseTransitions: 5,
    },
  })
})

test('renewing keeps the acquire time and the transition count', () => {
  const written = writeLease(readLease(byA), { ...place, identity: 'a' }, terms)
  const { acquireTime, transitions } = readLease(written)
  assert.deepEqual([acquireTime, transitions], ['2026-11-23T11:00:00.000000Z', 4])
})

test('a new Lease has one transition and no version', () => {
  const written = writeLease(undefined, place, terms)
  assert.equal(readLease(written).transitions, 1)
  assert.equal(readLease(written).resourceVersion, '')
})

test('a released Lease has no holder', () => {
  const written = writeLease(readLease(byA), place, { nowMs, durationMs: 0, released: true })
  assert.equal(readLease(written).holder, '')
})
