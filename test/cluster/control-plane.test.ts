import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Available, availableCluster } from './available.ts'
import type { ControlPlane } from './control-plane.ts'
import { oracle } from './coredns.ts'
import { readyEndpoints } from './endpoints.ts'
import { apply, deletePod, type Pod, podsOf, setPodAddress } from './shape.ts'
import { waitFor } from './wait.ts'

// Three web servers, one a node, and a headless Service over them: its name is answered with their addresses.
const manifest = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: nginx-linuxea, namespace: default}
spec:
  selector: {matchLabels: {app: nginx, release: www}}
  template:
    metadata: {labels: {app: nginx, release: www}}
    spec:
      containers:
      - {name: linuxea, image: "marksugar/nginx:1.14.a", ports: [{name: http, containerPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: none-linuxea, namespace: default}
spec:
  selector: {app: nginx, release: www}
  clusterIP: None
  ports: [{port: 80, targetPort: 80}]
`
const selector = 'app=nginx,release=www'
const service = 'none-linuxea'
const name = 'none-linuxea.default.svc.cluster.local'
const addresses = ['172.16.1.42', '172.16.2.44', '172.16.3.46']
const buildAndStartMs = 30 * 60_000

let available: Available

before(
  async () => {
    available = await availableCluster(process.env)
  },
  { timeout: buildAndStartMs },
)
after(() => available?.cluster?.stop())

/** The plane, or why this test cannot have one. */
function plane(): { cp: ControlPlane; skip: false } | { cp: undefined; skip: string } {
  if (!available.cluster) return { cp: undefined, skip: available.reason }
  if (!available.cluster.owned)
    return { cp: undefined, skip: 'KUBECONFIG is set: pods there cannot be shaped' }
  return { cp: available.cluster, skip: false }
}

test('the oracle answers a headless Service with its pods, and follows them', async (t) => {
  const { cp, skip } = plane()
  if (!cp) return t.skip(skip)
  await apply(cp, manifest)
  const pods = await readyPods(cp)
  for (const [index, pod] of pods.entries()) {
    await setPodAddress(cp, pod.namespace, pod.name, addresses[index] ?? '')
  }
  await endpointsAre(cp, addresses)
  const { dnsPort } = await cp.startCoredns({ ttlSeconds: 5 })
  const ask = async () => (await oracle(dnsPort).resolve4(name)).toSorted()
  assert.deepEqual(await ask(), addresses)

  const [first] = pods
  assert.ok(first)
  await deletePod(cp, first.namespace, first.name)
  const [second] = await readyPods(cp)
  assert.ok(second)
  assert.notEqual(second.name, first.name)
  await setPodAddress(cp, second.namespace, second.name, '172.16.1.50')
  const followed = ['172.16.1.50', ...addresses.slice(1)]
  await endpointsAre(cp, followed)
  await waitFor('the answer has the new pod', async () => same(await ask(), followed))
})

test('a killed program comes back with its state', async (t) => {
  const { cp, skip } = plane()
  if (!cp) return t.skip(skip)
  const pid = cp.processes.pids().get('kube-apiserver')
  await cp.processes.kill('kube-apiserver')
  assert.equal(cp.processes.pids().has('kube-apiserver'), false)
  await assert.rejects(cp.kubectl(['get', 'namespaces']), { code: 'COMMAND_FAILED' })
  await cp.processes.restart('kube-apiserver')
  assert.notEqual(cp.processes.pids().get('kube-apiserver'), pid)
  assert.equal(await cp.kubectl(['get', 'namespace', 'default', '-o=name']), 'namespace/default\n')
})

test('stop leaves no process', async (t) => {
  const { cp, skip } = plane()
  if (!cp) return t.skip(skip)
  const pids = [...cp.processes.pids().values()]
  assert.ok(pids.length >= 5)
  await cp.stop()
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

/** The three web servers by node, as soon as all of them are ready. */
function readyPods(cp: ControlPlane): Promise<Pod[]> {
  return waitFor('three pods are ready', async () => {
    const found = await podsOf(cp, selector)
    return found.length === 3 && found.every(({ ready }) => ready) && found
  })
}

async function endpointsAre(cp: ControlPlane, wanted: readonly string[]): Promise<void> {
  const description = `the EndpointSlice has ${wanted.join(', ')}`
  await waitFor(description, async () => same(await readyEndpoints(cp, service), wanted))
}

function same(seen: readonly string[], wanted: readonly string[]): boolean {
  return seen.join() === wanted.join()
}
