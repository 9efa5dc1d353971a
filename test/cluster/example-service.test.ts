import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Running, start } from '../blackbox/command.ts'
import { dig, kdig, type Target } from '../clients/dig.ts'
import { waitFor } from '../wait-for.ts'
import { type Available, availableCluster } from './available-cluster.ts'
import { deletePod, drain, podsOf, reopen, setPodAddress } from './change-cluster.ts'
import type { ControlPlane } from './control-plane.ts'
import { oracle } from './coredns.ts'
import { applyExamples, exampleService, webServers, webServersAre } from './example-service.ts'

const buildAndStartMs = 30 * 60_000
const records = (addresses: readonly string[]): string[] =>
  addresses.map((address) => `${exampleService.name}. 5 A ${address}`)

let available: Available
let plane: ControlPlane | undefined
let edge: Running | undefined
let dir: string
let target: Target

before(
  async () => {
    available = await availableCluster(process.env)
    if (!available.cluster?.owned) return
    plane = available.cluster
    await applyExamples(plane)
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-article-'))
    edge = await start(['up', '--kubeconfig', plane.kubeconfig, '--data', dir, '--listen', '127.0.0.1:0'])
    target = { url: edge.url, caFile: join(dir, 'tls', 'ca.pem') }
  },
  { timeout: buildAndStartMs },
)
after(async () => {
  const code = await edge?.stop()
  await available?.cluster?.stop()
  if (!edge) return
  await rm(dir, { recursive: true })
  assert.equal(code, 0, `kubedoh up ended with ${code}: ${edge.stderr.join('\n')}`)
})

/** A test of the running cluster and edge; skipped with a reason where there are none. */
function onPlane(name: string, run: (cluster: ControlPlane) => Promise<void>): void {
  test(name, async (t) => {
    if (plane) return run(plane)
    t.skip(
      available.cluster ? 'KUBECONFIG is set: the status of its pods cannot be changed' : available.reason,
    )
  })
}

onPlane('the headless Service: three addresses, TTL 5, flags qr aa rd ra', async () => {
  for (const program of [dig, kdig]) {
    const said = await program(target, '-t', 'A', exampleService.name)
    assert.deepEqual(said, {
      status: 'NOERROR',
      flags: 'qr aa rd ra',
      answer: records(exampleService.addresses),
      authority: [],
    })
  }
})

onPlane('redis has its cluster IP, the ExternalName a CNAME and the three addresses', async () => {
  const redis = await dig(target, 'redis.default.svc.cluster.local')
  assert.deepEqual(redis.answer, ['redis.default.svc.cluster.local. 5 A 10.96.65.65'])
  const alias = await dig(target, 'web-alias.default.svc.cluster.local')
  const cname = `web-alias.default.svc.cluster.local. 5 CNAME ${exampleService.name}.`
  assert.deepEqual(alias.answer, [...records(exampleService.addresses), cname].toSorted())
})

onPlane('CoreDNS on the same API server has the same addresses', async (cluster) => {
  const { dnsPort } = await cluster.startCoredns({ ttlSeconds: 5 })
  for (const name of [
    exampleService.name,
    'redis.default.svc.cluster.local',
    'web.prod.svc.cluster.local',
    'db-0.db.prod.svc.cluster.local',
  ]) {
    const theirs = (await oracle(dnsPort).resolve4(name)).toSorted()
    const ours = (await dig(target, name)).answer.map((line) => line.split(' ').at(-1) ?? '').toSorted()
    assert.deepEqual(ours, theirs, name)
  }
})

onPlane('a deleted pod disappears from the answer, and its replacement appears', async (cluster) => {
  const [first] = await webServers(cluster)
  assert.ok(first)
  await deletePod(cluster, first.namespace, first.name)
  const [successor] = await webServers(cluster)
  assert.ok(successor && successor.name !== first.name)
  await setPodAddress(cluster, successor.namespace, successor.name, '172.16.1.50')
  const followed = ['172.16.1.50', ...exampleService.addresses.slice(1)]
  await webServersAre(cluster, followed)
  await answerIs(records(followed))
})

onPlane('the pods of a drained node disappear from the answer', async (cluster) => {
  const pods = await podsOf(cluster, 'app=web', 'prod')
  const node = pods[0]?.node
  assert.ok(node)
  // The pods of a Deployment move; the names of their endpoints contain the old addresses.
  const [moved] = pods
  const name = `${moved?.addresses[0]?.replaceAll('.', '-')}.web.prod.svc.cluster.local`
  assert.equal((await dig(target, name)).status, 'NOERROR')
  await drain(cluster, node)
  await waitFor(`${name} is gone`, async () => (await dig(target, name)).status === 'NXDOMAIN')
  await reopen(cluster, node)
})

onPlane('a new namespace with a new Service is answered', async (cluster) => {
  const unknown = await dig(target, 'fresh.fresh.svc.cluster.local')
  assert.equal(unknown.status, 'NXDOMAIN')
  await cluster.kubectl(['create', 'namespace', 'fresh'])
  await cluster.kubectl([
    'create',
    'service',
    'clusterip',
    'fresh',
    '-n=fresh',
    '--clusterip=10.96.77.77',
    '--tcp=80',
  ])
  await waitFor('the new Service is answered', async () => {
    const { answer } = await dig(target, 'fresh.fresh.svc.cluster.local')
    return answer.join() === 'fresh.fresh.svc.cluster.local. 5 A 10.96.77.77'
  })
})

async function answerIs(wanted: readonly string[]): Promise<void> {
  await waitFor(`the answer is ${wanted.join(', ')}`, async () => {
    return (await dig(target, exampleService.name)).answer.join() === wanted.join()
  })
}
