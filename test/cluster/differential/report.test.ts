import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Listed, Objects } from './api.ts'
import { reproduction } from './report.ts'

test('a difference is printed with both answers, the possible objects, and the command to repeat it', () => {
  const metadata = (name: string, rest: object = {}): Listed['metadata'] => ({
    name,
    namespace: 'team',
    resourceVersion: '1',
    ...rest,
  })
  const objects: Objects = {
    Namespace: [
      { kind: 'Namespace', metadata: metadata('team') },
      { kind: 'Namespace', metadata: metadata('else') },
    ],
    Service: [
      {
        kind: 'Service',
        metadata: metadata('web', { managedFields: ['long'] }),
        spec: { clusterIP: 'None' },
      },
      { kind: 'Service', metadata: metadata('other') },
    ],
    EndpointSlice: [
      {
        kind: 'EndpointSlice',
        metadata: metadata('by-hand', { labels: { 'kubernetes.io/service-name': 'web' } }),
      },
    ],
    Pod: [],
  }
  const empty = { rcode: 'NXDOMAIN', authoritative: true, answer: [], authority: [], additional: [] }
  const line = { owner: 'WEB.team.svc.cluster.local.', ttl: 5, type: 'A', rdata: '192.0.2.1' }
  const text = reproduction(
    { seed: 7, round: 2, rounds: 3, pods: 'disabled' },
    [
      {
        question: { name: 'WEB.team.svc.cluster.local.', type: 'A' },
        theirs: { ...empty, rcode: 'NOERROR', answer: [line] },
        ours: empty,
        verdict: { kind: 'mismatch', differences: ['rcode: NOERROR and NXDOMAIN'] },
      },
    ],
    objects,
  )
  for (const part of [
    '1 unexplained differences in round 2 of seed 7',
    ';; WEB.team.svc.cluster.local. A',
    ';; rcode: NOERROR and NXDOMAIN',
    'WEB.team.svc.cluster.local. 5 IN A 192.0.2.1',
    'name: web\n',
    'name: by-hand\n',
    'KUBEDOH_SEED=7 KUBEDOH_ROUNDS=3 npm run test:cluster -- differential',
  ])
    assert.ok(text.includes(part), `${part} in:\n${text}`)
  for (const part of ['other', 'else', 'managedFields']) assert.ok(!text.includes(part), part)
})
