import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { waitFor } from '../wait-for.ts'
import { type Available, availableCluster } from './available-cluster.ts'
import { deletePod, setPodAddress } from './change-cluster.ts'
import type { ControlPlane } from './control-plane.ts'
import { oracle } from './coredns.ts'
import { applyExamples, exampleService, webServers, webServersAre } from './example-service.ts'

const buildAndStartMs = 30 * 60_000

let available: Available

before(
  async () => {
    available = await availableCluster(process.env)
  },
  { timeout: buildAndStartMs },
)
after(() => available?.cluster?.stop())

/** The control plane, or the reason to skip the test. */
function plane(): { cp: ControlPlane; skip: false } | { cp: undefined; skip: string } {
  if (!available.cluster) return { cp: undefined, skip: available.reason }
  if (!available.cluster.owned)
    return { cp: undefined, skip: 'KUBECONFIG is set: the status of its pods cannot be changed' }
  return { cp: available.cluster, skip: false }
}

test('CoreDNS answers a headless Service with its pods, and follows their changes', async (t) => {
  const { cp, skip } = plane()
  if (!cp) return t.skip(skip)
  await applyExamples(cp)
  const pods = await webServers(cp)
  const { dnsPort } = await cp.startCoredns({ ttlSeconds: 5 })
  const ask = async () => (await oracle(dnsPort).resolve4(exampleService.name)).toSorted()
  assert.deepEqual(await ask(), exampleService.addresses)

  const [first] = pods
  assert.ok(first)
  await deletePod(cp, first.namespace, first.name)
  const [second] = await webServers(cp)
  assert.ok(second)
  assert.notEqual(second.name, first.name)
  await setPodAddress(cp, second.namespace, second.name, '172.16.1.50')
  const followed = ['172.16.1.50', ...exampleService.addresses.slice(1)]
  await webServersAre(cp, followed)
  await waitFor('the answer has the new pod', async () => (await ask()).join() === followed.join())
})

test('a killed program keeps its state over a restart', async (t) => {
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

test('stop leaves no process running', async (t) => {
  const { cp, skip } = plane()
  if (!cp) return t.skip(skip)
  const pids = [...cp.processes.pids().values()]
  assert.ok(pids.length >= 5)
  await cp.stop()
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})
