import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Running, start } from '../blackbox/command.ts'
import { dig, type Target } from '../clients/dig.ts'
import { output } from '../clients/program.ts'
import { createRandom } from '../seeded-random.ts'
import { waitFor } from '../wait-for.ts'
import { type Available, availableCluster } from './available-cluster.ts'
import { apply } from './change-cluster.ts'
import type { ControlPlane } from './control-plane.ts'

/*
 * The names that Kubernetes' own end-to-end tests resolve (kubernetes/kubernetes, test/e2e/network: dns.go,
 * dns_common.go, dns_scale_records.go, example_cluster_dns.go), resolved by kubedoh with dig. Their probes ask for A, or
 * SRV if a name begins with '_', and require an answer; their targeted tests compare the output of dig +short.
 * Partial names are completed with a search list, as by a pod's resolv.conf.
 */
const namespace = 'dns-e2e'
const zone = 'cluster.local'
const services = 400
const sampled = 20

const manifest = `
apiVersion: v1
kind: Namespace
metadata: {name: ${namespace}}
---
apiVersion: v1
kind: Service
metadata: {name: dns-test-service, namespace: ${namespace}}
spec: {clusterIP: None, selector: {dns-test: "true"}, ports: [{port: 80, name: http, protocol: TCP}]}
---
apiVersion: v1
kind: Service
metadata: {name: test-service-2, namespace: ${namespace}}
spec: {selector: {dns-test: "true"}, ports: [{port: 80, name: http, protocol: TCP}]}
---
apiVersion: v1
kind: Service
metadata: {name: dns-test-service-2, namespace: ${namespace}}
spec: {clusterIP: None, selector: {dns-test-hostname-attribute: "true"}, ports: [{port: 80, name: http, protocol: TCP}]}
---
apiVersion: v1
kind: Service
metadata: {name: dns-test-service-3, namespace: ${namespace}}
spec: {type: ExternalName, externalName: foo.example.com}
---
apiVersion: v1
kind: Service
metadata: {name: 1kubernetes, namespace: ${namespace}}
spec: {ports: [{port: 80, protocol: TCP}]}
---
apiVersion: v1
kind: Service
metadata: {name: dns-backend, namespace: ${namespace}}
spec: {selector: {dns-test: "true"}, ports: [{port: 8000}]}
---
apiVersion: v1
kind: Pod
metadata: {name: dns-test, namespace: ${namespace}, labels: {dns-test: "true"}}
spec: {containers: [{name: webserver, image: none}]}
---
apiVersion: v1
kind: Pod
metadata: {name: dns-querier-2, namespace: ${namespace}, labels: {dns-test-hostname-attribute: "true"}}
spec: {hostname: dns-querier-2, subdomain: dns-test-service-2, containers: [{name: webserver, image: none}]}
`

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
    await apply(plane, manifest)
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-e2e-'))
    edge = await start(['up', '--kubeconfig', plane.kubeconfig, '--data', dir, '--listen', '127.0.0.1:0'])
    target = { url: edge.url, caFile: join(dir, 'tls', 'ca.pem') }
    const pod = `dns-querier-2.dns-test-service-2.${namespace}.svc.${zone}`
    for (const name of [pod, `dns-test-service.${namespace}.svc.${zone}`])
      await waitFor(`${name} is answered`, async () => (await dig(target, name)).answer.length > 0)
  },
  { timeout: 30 * 60_000 },
)
after(async () => {
  await edge?.stop()
  await available?.cluster?.stop()
  if (edge) await rm(dir, { recursive: true })
})

function onPlane(name: string, run: (cluster: ControlPlane) => Promise<void>): void {
  test(name, async (t) => {
    if (plane) return run(plane)
    t.skip(available.cluster ? 'KUBECONFIG is set: kwok simulates no pods there' : available.reason)
  })
}

const search = [`${namespace}.svc.${zone}`, `svc.${zone}`, zone]

/** The lines that `dig +short` prints. */
async function short(...args: string[]): Promise<string[]> {
  const { hostname, port, pathname } = new URL(target.url)
  const server = [`@${hostname}`, '-p', port, `+https=${pathname}`, `+tls-ca=${target.caFile}`]
  const text = await output('dig', [
    ...server,
    '+tls-hostname=localhost',
    '+retry=0',
    '+time=5',
    '+short',
    ...args,
  ])
  return text.split('\n').filter((line) => line !== '')
}

/** The answer to a partial name: that of the first suffix of the search list that has one, as with dig +search. */
async function searched(name: string, type: string): Promise<string[]> {
  for (const suffix of search) {
    const { status, answer } = await dig(target, '-t', type, `${name}.${suffix}`)
    if (status === 'NOERROR' && answer.length > 0) return [...answer]
  }
  return []
}

function clusterIp(cluster: ControlPlane, name: string, space = namespace): Promise<string> {
  return cluster.kubectl(['get', 'service', name, `-n=${space}`, '-o=jsonpath={.spec.clusterIP}'])
}

onPlane('the cluster: kubernetes.default by full and partial names', async (cluster) => {
  const address = await clusterIp(cluster, 'kubernetes', 'default')
  assert.deepEqual(await short('-t', 'A', `kubernetes.default.svc.${zone}`), [address])
  for (const name of ['kubernetes.default', 'kubernetes.default.svc'])
    assert.deepEqual(await searched(name, 'A'), [`kubernetes.default.svc.${zone}. 5 A ${address}`])
})

onPlane('Services: a headless one, ports, the PTR of a cluster IP', async (cluster) => {
  const address = await clusterIp(cluster, 'test-service-2')
  const headless = await short('-t', 'A', `dns-test-service.${namespace}.svc.${zone}`)
  assert.match(headless.join(), /^172\.16\.\d+\.\d+$/)
  const endpoint = `${headless[0]?.replaceAll('.', '-')}.dns-test-service.${namespace}.svc.${zone}.`
  assert.deepEqual(await short('-t', 'SRV', `_http._tcp.dns-test-service.${namespace}.svc.${zone}`), [
    `0 100 80 ${endpoint}`,
  ])
  assert.deepEqual(await short('-t', 'SRV', `_http._tcp.test-service-2.${namespace}.svc.${zone}`), [
    `0 100 80 test-service-2.${namespace}.svc.${zone}.`,
  ])
  assert.deepEqual(await short('-x', address), [`test-service-2.${namespace}.svc.${zone}.`])
})

onPlane('Services by partial names', async () => {
  for (const end of ['', `.${namespace}`, `.${namespace}.svc`]) {
    assert.equal((await searched(`dns-test-service${end}`, 'A')).length, 1, end)
    for (const service of ['dns-test-service', 'test-service-2'])
      assert.equal((await searched(`_http._tcp.${service}${end}`, 'SRV')).length, 1, `${service}${end}`)
  }
})

onPlane('pods with hostname and subdomain', async () => {
  const pod = await short('-t', 'A', `dns-querier-2.dns-test-service-2.${namespace}.svc.${zone}`)
  assert.equal(pod.length, 1)
  assert.deepEqual(await short('-t', 'A', `dns-test-service-2.${namespace}.svc.${zone}`), pod)
})

onPlane('an ExternalName that is changed to another name, then to a cluster IP', async (cluster) => {
  const name = `dns-test-service-3.${namespace}.svc.${zone}`
  const patch = (spec: object): Promise<string> =>
    cluster.kubectl([
      'patch',
      'service',
      'dns-test-service-3',
      `-n=${namespace}`,
      `-p=${JSON.stringify({ spec })}`,
    ])
  assert.deepEqual(await short('-t', 'CNAME', name), ['foo.example.com.'])
  await patch({ externalName: 'bar.example.com' })
  await waitFor(
    'the new target',
    async () => (await short('-t', 'CNAME', name)).join() === 'bar.example.com.',
  )
  await patch({ type: 'ClusterIP', ports: [{ port: 80, name: 'http', protocol: 'TCP' }] })
  const address = await clusterIp(cluster, 'dns-test-service-3')
  await waitFor('the address', async () => (await short('-t', 'A', name)).join() === address)
})

onPlane(
  'an ExternalName with a target in the cluster: dig +short prints the target, then its address',
  async (cluster) => {
    const address = await clusterIp(cluster, 'test-service-2')
    const own = `test-service-2.${namespace}.svc.${zone}`
    const options = ['--external-name', own, `-n=${namespace}`]
    await cluster.kubectl(['create', 'service', 'externalname', 'inside', ...options])
    await waitFor('the alias', async () => {
      return (await short('-t', 'A', `inside.${namespace}.svc.${zone}`)).join() === `${own}.,${address}`
    })
  },
)

onPlane('a Service whose name begins with a digit, with an unnamed port', async (cluster) => {
  const address = await clusterIp(cluster, '1kubernetes')
  assert.deepEqual(await short('-t', 'A', `1kubernetes.${namespace}.svc.${zone}`), [address])
})

onPlane('the backend of the cluster DNS example', async (cluster) => {
  const address = await clusterIp(cluster, 'dns-backend')
  assert.deepEqual(await short('-t', 'A', `dns-backend.${namespace}.svc.${zone}`), [address])
  assert.equal((await searched(`dns-backend.${namespace}`, 'A')).length, 1)
})

onPlane('many Services in two namespaces: each of a sample has its address', async (cluster) => {
  const spaces = ['dns-scale-1', 'dns-scale-2']
  const names = Array.from({ length: services }, (_, at) => ({
    name: `svc-${at}`,
    space: spaces[at % 2] ?? '',
  }))
  const items = [
    ...spaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    ...names.map(({ name, space }) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: space },
      spec: { ports: [{ port: 80 }] },
    })),
  ]
  await cluster.kubectl(['create', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  })
  const random = createRandom(1)
  for (let count = 0; count < sampled; count++) {
    const { name, space } = random.pick(names)
    const address = await clusterIp(cluster, name, space)
    await waitFor(`${name} has ${address}`, async () => {
      return (await short('-t', 'A', `${name}.${space}.svc.${zone}`)).join() === address
    })
  }
})
