import assert from 'node:assert/strict'
import { test } from 'node:test'
import { route } from '../facts.case.ts'
import { planMacos } from './macos.ts'

test('each zone and reverse zone has a file with the address and port of the stub', () => {
  const { steps, notes } = planMacos(route)
  const files = steps.filter((step) => step.kind === 'file')
  assert.deepEqual(
    files.map(({ path }) => path),
    [...route.zones, ...route.reverse].map((zone) => `/etc/resolver/${zone}`),
  )
  for (const { text } of files)
    assert.deepEqual(text.split('\n').slice(1), ['nameserver 127.0.0.1', 'port 5300', ''])
  assert.match(notes.join('\n'), /Local Network/)
  assert.doesNotMatch(planMacos({ ...route, zones: ['prod.internal'] }).notes.join('\n'), /Local Network/)
})

test('search domains are refused, with the place where people set them', () => {
  assert.throws(() => planMacos({ ...route, port: 53, search: ['svc.cluster.local'] }), /System Settings/)
})
