import assert from 'node:assert/strict'
import { mock, type TestContext, test } from 'node:test'
import { type EdgeZones, edgeZonesText } from '../../setup/edge-zones.ts'
import type { EdgeResponse } from './connection.ts'
import type { EdgeLink } from './link.ts'
import { LinkError } from './link-error.ts'
import { watchZones } from './zones-watch.ts'

function zonesOf(names: readonly string[], changes: Partial<EdgeZones> = {}): EdgeZones {
  const zones = names.map((name) => ({ name, cluster: 'dev', primary: true }))
  const rest = { reverse: [], complete: true, forward: false, expires: null, dot: null, path: '/dns-query' }
  return { zones, ...rest, ...changes }
}

/** A watch of an edge whose responses the test decides. */
function setUp(t: TestContext, last?: EdgeZones) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.after(() => mock.timers.reset())
  const world: { next: EdgeZones | Error } = { next: zonesOf(['cluster.local']) }
  const paths: string[] = []
  const link: Pick<EdgeLink, 'request'> = {
    async request({ path }): Promise<EdgeResponse> {
      paths.push(path)
      if (world.next instanceof Error) throw world.next
      return { status: 200, mediaType: 'application/json', bytes: Buffer.from(edgeZonesText(world.next)) }
    },
  }
  const changes: string[] = []
  const attempts: (string | undefined)[] = []
  const watch = watchZones({
    link: link as EdgeLink,
    path: '/zones/token',
    last,
    onChange: ({ zones, reverse }) => changes.push([...zones.map(({ name }) => name), ...reverse].join(' ')),
    onAttempt: (error) => attempts.push(error instanceof LinkError ? error.code : undefined),
  })
  t.after(() => watch.close())
  const pass = async (ms: number): Promise<void> => {
    mock.timers.tick(ms)
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  return { watch, world, paths, changes, attempts, pass }
}

test('zones are read now and every minute, and only changes are reported', async (t) => {
  const { watch, world, paths, changes, pass } = setUp(t)
  await watch.read()
  await pass(60_000)
  world.next = zonesOf(['cluster.local', 'k8s.example.com'])
  await pass(60_000)
  assert.deepEqual(paths, Array(3).fill('/zones/token'))
  assert.deepEqual(changes, ['cluster.local', 'cluster.local k8s.example.com'])
})

test('after a failure the last ones stay, and they are read again after 5 s', async (t) => {
  const { watch, world, paths, changes, attempts, pass } = setUp(t, zonesOf(['cluster.local']))
  world.next = new LinkError('EDGE_REFUSED', 'no')
  await watch.read()
  assert.deepEqual(watch.zones(), zonesOf(['cluster.local']))
  await pass(5_000)
  world.next = zonesOf(['cluster.local'])
  await pass(5_000)
  assert.deepEqual([paths.length, changes, attempts], [3, [], ['EDGE_REFUSED', 'EDGE_REFUSED', undefined]])
})

test('zones that the edge cannot read now stay as they were', async (t) => {
  const { watch, world, changes } = setUp(t, zonesOf(['a.example', 'b.example'], { reverse: ['10.0.0.0/8'] }))
  world.next = zonesOf(['b.example', 'c.example'], { reverse: ['10.96.0.0/16'], complete: false })
  await watch.read()
  world.next = zonesOf(['c.example'])
  await watch.read()
  assert.deepEqual(changes, ['b.example c.example a.example 10.96.0.0/16 10.0.0.0/8', 'c.example'])
})

test('reads that overlap are one', async (t) => {
  const { watch, paths } = setUp(t)
  await Promise.all([watch.read(), watch.read()])
  assert.equal(paths.length, 1)
})
