import assert from 'node:assert/strict'
import { test } from 'node:test'
import { healthAnswer } from '../../observe/health-checks.ts'
import { agentEvents, edgeUrl } from '../events.case.ts'
import type { AgentEvent } from '../events.ts'
import { resources } from '../kube/resources.ts'
import { createHealth } from './health.ts'

type Scene = {
  pass(ms: number): void
  tell(...events: readonly AgentEvent[]): void
  /** The failing checks, as 'name: problem'. */
  problems(endpoint: 'livez' | 'readyz'): string[]
}

function open(hasLease = false, edges = [edgeUrl]): Scene {
  let nowMs = 0
  const health = createHealth({ resources, hasLease, edges, steadyMs: () => nowMs })
  return {
    pass: (ms) => void (nowMs += ms),
    tell: (...given) => {
      for (const event of given) health.notify(event)
    },
    problems: (endpoint) =>
      health[endpoint].flatMap(({ name, problem }) => {
        const said = problem()
        return said === undefined ? [] : [`${name}: ${said}`]
      }),
  }
}

const lists = resources.map((resource): AgentEvent => ({ kind: 'listed', resource, objects: 1, atMs: 0 }))
const tenMinutesMs = 600_000
const hourMs = 3_600_000

test('ready when every resource was listed and a root was published', () => {
  const { tell, problems } = open()
  const unlisted = ['namespaces', 'services', 'endpointslices'].map(
    (name) => `reflector-${name}: not listed completely yet`,
  )
  assert.deepEqual(problems('readyz'), [...unlisted, 'published: nothing published yet'])
  tell(...lists)
  assert.deepEqual(problems('readyz'), ['published: nothing published yet'])
  tell(agentEvents.round({ atMs: 0 }))
  assert.deepEqual(problems('readyz'), [])
})

test('also ready when another replica is known to lead', () => {
  const { tell, problems } = open(true)
  tell(...lists, { kind: 'lease', known: false, leading: false })
  assert.deepEqual(problems('readyz'), [
    'leader: the leader is not known',
    'published: nothing published yet',
  ])
  tell({ kind: 'lease', known: true, leading: false })
  assert.deepEqual(problems('readyz'), [])
  tell({ kind: 'lease', known: true, leading: true })
  assert.deepEqual(problems('readyz'), ['published: nothing published yet'])
})

test('an unreachable API or edge does not fail the liveness check', () => {
  const { pass, tell, problems } = open()
  tell(...lists, agentEvents.roundStart)
  for (let hour = 0; hour < 3; hour++) {
    for (const resource of resources)
      tell({ kind: 'interrupted', resource, code: 'KUBE_UNREACHABLE', retryMs: hourMs })
    tell(
      { edge: edgeUrl, kind: 'failed', code: 'EDGE_UNREACHABLE' },
      { edge: edgeUrl, kind: 'waiting', waitMs: hourMs },
    )
    pass(hourMs)
    assert.deepEqual(problems('livez'), [])
  }
})

test('a loop that reports nothing for too long is stuck and named', () => {
  const { pass, tell, problems } = open(true)
  tell(...lists, { kind: 'lease', known: true, leading: true }, agentEvents.roundStart)
  assert.deepEqual(problems('livez'), [])
  pass(tenMinutesMs)
  const stuck = [
    'reflector-namespaces',
    'reflector-services',
    'reflector-endpointslices',
    'election',
    'publisher',
  ]
  assert.deepEqual(
    problems('livez'),
    stuck.map((name) => `${name}: no progress for too long`),
  )
  tell(
    agentEvents.event('bookmark', 0),
    { kind: 'lease', known: true, leading: true },
    { edge: edgeUrl, kind: 'request' },
  )
  assert.deepEqual(problems('livez'), [
    'reflector-namespaces: no progress for too long',
    'reflector-services: no progress for too long',
  ])
})

test('a loop that waits for its next round or for the first lists is not stuck', () => {
  const { pass, tell, problems } = open()
  const publisher = (): string[] => problems('livez').filter((line) => line.startsWith('publisher'))
  pass(hourMs)
  assert.deepEqual(publisher(), [], 'before the first lists')
  tell({ edge: edgeUrl, kind: 'waiting', waitMs: hourMs })
  pass(hourMs)
  assert.deepEqual(publisher(), [])
  pass(tenMinutesMs)
  assert.equal(publisher().length, 1, 'the announced wait is over')
  tell({ edge: edgeUrl, kind: 'standby' })
  pass(24 * hourMs)
  assert.deepEqual(publisher(), [])
})

test('a broken policy is shown, and does not fail a check', () => {
  const health = createHealth({ resources, hasLease: false, edges: [edgeUrl], steadyMs: () => 0 })
  for (const event of [...lists, agentEvents.round({ atMs: 0 })]) health.notify(event)
  health.notify({ kind: 'policy', problems: ['a: line 1: a fault', 'a: line 2: another'] })
  assert.equal(healthAnswer('readyz', health.readyz, false).text, 'ok')
  const { status, text } = healthAnswer('readyz', health.readyz, true)
  assert.equal(status, 200)
  const said = 'the access policy is broken and the last good one is in force; see the log'
  assert.ok(text.includes(`[+]policy ok, but ${said}\n`), text)
  health.notify({ kind: 'policy', problems: [] })
  assert.ok(healthAnswer('readyz', health.readyz, true).text.includes('[+]policy ok\n'))
})

test('with several edges, one that is away is shown and does not fail a check; each publisher is checked', () => {
  const other = 'https://other.example'
  const health = createHealth({ resources, hasLease: false, edges: [edgeUrl, other], steadyMs: () => 0 })
  for (const event of [...lists, { edge: other, kind: 'failed', code: 'EDGE_UNREACHABLE' } as const])
    health.notify(event)
  assert.equal(healthAnswer('readyz', health.readyz, false).status, 503)
  health.notify(agentEvents.round({ atMs: 0 }))
  const { status, text } = healthAnswer('readyz', health.readyz, true)
  assert.equal(status, 200)
  assert.ok(text.includes('[+]published ok, but nothing published yet to 1 of 2 edges; see the log\n'), text)
  assert.ok(!text.includes('example'), 'no URL')
  assert.deepEqual(
    health.livez.map(({ name }) => name).filter((name) => name.startsWith('publisher')),
    ['publisher-1', 'publisher-2'],
  )
})
