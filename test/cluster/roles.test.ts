import assert from 'node:assert/strict'
import { chmod, chown, copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from '../blackbox/command.ts'
import { startNodeEdge } from '../blackbox/node-edge.ts'
import { dig } from '../clients/dig.ts'
import { waitFor } from '../wait-for.ts'
import { type Available, availableCluster } from './available-cluster.ts'
import { apply } from './change-cluster.ts'
import type { ControlPlane } from './control-plane.ts'
import { applyExamples, exampleService } from './example-service.ts'
import { permissionsOf } from './permissions.ts'
import { mayUnshare, startAsPod } from './pod.ts'

/*
 * The agent as in a pod: a service account's token and CA where kubelets mount them, the API's address in the
 * environment, not root, a read-only file system, and the roles of examples/. A mount namespace simulates the pod.
 */
const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const example = (file: string) => readFile(new URL(`../../examples/${file}`, import.meta.url), 'utf8')
const account = { namespace: 'kubedoh', name: 'kubedoh' }
const namespaced = { namespace: 'kubedoh', name: 'kubedoh-namespaced' }

let available: Available
let dir: string

before(
  async () => {
    available = await availableCluster(process.env)
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-pod-'))
    // The agent's user reads its key here.
    await chmod(dir, 0o755)
    const { cluster } = available
    if (!cluster?.owned) return
    await applyExamples(cluster)
    await apply(cluster, await example('rbac.yaml'))
    await apply(cluster, await example('rbac-namespaced.yaml'))
    await apply(cluster, await example('rbac-policy.yaml'))
  },
  { timeout: 30 * 60_000 },
)
after(async () => {
  await available?.cluster?.stop()
  await rm(dir, { recursive: true })
})

function clusterOf(t: TestContext): ControlPlane | undefined {
  const { cluster } = available
  if (!cluster) t.skip('reason' in available ? available.reason : '')
  else if (!cluster.owned) t.skip('KUBECONFIG is set: the test creates no roles there')
  else return cluster
  return undefined
}

/** Runs an agent as an account until it has published the example Service. Resolves to its standard error. */
async function publishAs(
  cluster: ControlPlane,
  { namespace, name }: typeof account,
  options: readonly string[],
): Promise<string> {
  const key = join(dir, `${name}.json`)
  const publicKey = (await run(['key', 'new', '--out', key])).stdout.trim()
  await chown(key, 65_532, 65_532)
  const edge = await startNodeEdge({
    public: true,
    clusters: [{ id: 'dev', keys: [publicKey], zones: ['cluster.local'] }],
  })
  const ca = join(dir, `${name}-edge.pem`)
  await copyFile(edge.caFile, ca)
  await chmod(ca, 0o644)
  const token = await cluster.kubectl(['create', 'token', name, `-n=${namespace}`])
  const sync = ['sync', '--cluster', 'dev', '--edge', edge.url, '--ca', ca, '--key', key, ...options]
  const agent = startAsPod(cluster, token, [process.execPath, main, ...sync])
  try {
    const target = { url: `${edge.url}/dns-query`, caFile: edge.caFile }
    await waitFor('the agent publishes', async () => {
      assert.equal(agent.process.exitCode, null, agent.said())
      return (await dig(target, exampleService.name)).answer.length === 3
    })
  } finally {
    const code = await agent.stop()
    await edge.stop()
    assert.equal(code, 0, agent.said())
  }
  return agent.said()
}

test('with the ClusterRole of the examples, not root and without a writable file system, the agent publishes', async (t) => {
  const cluster = clusterOf(t)
  if (!cluster) return
  if (!(await mayUnshare())) return t.skip('mount namespaces need root')
  const said = await publishAs(cluster, account, ['--lease', 'kubedoh/kubedoh'])
  assert.match(said, /uid 65532, nothing can be written/)
  // It releases the Lease at its end.
  assert.match(said, /lease released/)
  assert.doesNotMatch(said, /warn/)
})

test('with Roles only, a namespaced agent publishes', async (t) => {
  const cluster = clusterOf(t)
  if (!cluster) return
  if (!(await mayUnshare())) return t.skip('mount namespaces need root')
  const said = await publishAs(cluster, namespaced, ['--namespaced', '--namespace', 'default'])
  assert.doesNotMatch(said, /warn/)
})

test('the ClusterRole allows only the requests of the agent', async (t) => {
  const cluster = clusterOf(t)
  if (!cluster) return
  const read = ['endpointslices.discovery.k8s.io', 'namespaces', 'services'].flatMap((resource) => [
    `list ${resource}`,
    `watch ${resource}`,
  ])
  assert.deepEqual(await permissionsOf(cluster, account), read.toSorted())
  assert.deepEqual(await permissionsOf(cluster, account, { namespace: 'kube-system' }), read.toSorted())
  const lease = ['create', 'get', 'update'].map((verb) => `${verb} leases.coordination.k8s.io`)
  const own = { namespace: 'kubedoh', name: 'kubedoh' }
  assert.deepEqual(await permissionsOf(cluster, account, own), [...read, ...lease].toSorted())
  const policy = { namespace: 'kubedoh', name: 'kubedoh-policy' }
  assert.deepEqual(
    await permissionsOf(cluster, account, policy),
    [...read, 'create leases.coordination.k8s.io', 'list configmaps', 'watch configmaps'].toSorted(),
  )
  const others = { namespace: 'kubedoh', name: 'another' }
  assert.deepEqual(
    await permissionsOf(cluster, account, others),
    [...read, 'create leases.coordination.k8s.io'].toSorted(),
  )
})

test('the Roles allow two resources in the selected namespace, and nothing elsewhere', async (t) => {
  const cluster = clusterOf(t)
  if (!cluster) return
  const read = ['endpointslices.discovery.k8s.io', 'services'].flatMap((resource) => [
    `list ${resource}`,
    `watch ${resource}`,
  ])
  assert.deepEqual(await permissionsOf(cluster, namespaced, { namespace: 'default' }), read.toSorted())
  assert.deepEqual(await permissionsOf(cluster, namespaced), [])
  assert.deepEqual(await permissionsOf(cluster, namespaced, { namespace: 'kubedoh' }), [])
})
