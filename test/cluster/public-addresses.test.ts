import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Running, start } from '../blackbox/command.ts'
import { dig, digServer, type Target } from '../clients/dig.ts'
import { waitFor } from '../wait-for.ts'
import { type Available, availableCluster } from './available-cluster.ts'
import { apply, podsOf, setPodAddress } from './change-cluster.ts'
import type { ControlPlane } from './control-plane.ts'

/*
 * Reverse names of public addresses, as `kubedoh up` answers them for a real control plane: those of pods and API servers
 * are answered, those that somebody wrote into a slice or an Endpoints object are not.
 */
const namespace = 'public-test'
const pod = { ipv4: '5.6.7.20', ipv6: '2606:4700:10::20' }
const sliceOf = (name: string, service: string, address: string, metadata = ''): string => `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: ${name}
  namespace: ${namespace}
  labels: {kubernetes.io/service-name: ${service}${metadata}}
addressType: IPv4
ports: [{port: 80, protocol: TCP}]
endpoints: [{addresses: ["${address}"]}]
`
const forged = ', endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io'

const manifest = `
apiVersion: v1
kind: Namespace
metadata: {name: ${namespace}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: ${namespace}}
spec: {clusterIP: None, ipFamilyPolicy: PreferDualStack, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: ${namespace}, labels: {app: web}}
spec: {containers: [{name: web, image: none}]}
---
apiVersion: v1
kind: Service
metadata: {name: by-hand, namespace: ${namespace}}
spec: {clusterIP: None, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: selecting, namespace: ${namespace}}
spec: {clusterIP: None, selector: {app: none}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: mirrored, namespace: ${namespace}}
spec: {clusterIP: None, ports: [{port: 80}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: mirrored, namespace: ${namespace}}
subsets: [{addresses: [{ip: 9.9.9.9}], ports: [{port: 80}]}]
---${sliceOf('plain', 'by-hand', '8.8.8.8')}---${sliceOf('forged', 'by-hand', '8.8.4.4', forged)}---${sliceOf('kept', 'selecting', '1.1.1.1', forged).replace('metadata:', 'metadata:\n  finalizers: [kubedoh.test/hold]')}
`

let available: Available
let plane: ControlPlane | undefined
let edge: Running | undefined
let dir: string
let target: Target

before(
  async () => {
    available = await availableCluster(process.env, { dualStackPods: true })
    if (!available.cluster?.owned) return
    plane = available.cluster
    await apply(plane, manifest)
    await hold(plane)
    await waitFor('the pod runs', async () => {
      return plane && (await podsOf(plane, 'app=web', namespace)).some(({ ready }) => ready)
    })
    await setPodAddress(plane, namespace, 'web', pod.ipv4, pod.ipv6)
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-public-'))
    edge = await start(['up', '--kubeconfig', plane.kubeconfig, '--data', dir, '--listen', '127.0.0.1:0'])
    target = { url: edge.url, caFile: join(dir, 'tls', 'ca.pem') }
  },
  { timeout: 30 * 60_000 },
)
after(async () => {
  await edge?.stop()
  await available?.cluster?.stop()
  if (edge) await rm(dir, { recursive: true })
})

/** The controller leaves a slice alone that is being deleted: in that state, it gets the address again. */
async function hold(cluster: ControlPlane): Promise<void> {
  const slice = ['endpointslice', 'kept', `-n=${namespace}`]
  await cluster.kubectl(['delete', ...slice, '--wait=false'])
  const patch = JSON.stringify({ endpoints: [{ addresses: ['1.1.1.1'] }] })
  await cluster.kubectl(['patch', ...slice, '--type=merge', `--patch=${patch}`])
}

/** A test of the running cluster and edge; skipped with a reason where there are none. */
function onPlane(name: string, run: (cluster: ControlPlane) => Promise<void>): void {
  test(name, async (t) => {
    if (plane) return run(plane)
    t.skip(available.cluster ? 'KUBECONFIG is set: its pods keep their addresses' : available.reason)
  })
}

/** Status and targets of the PTR records of an address. */
async function namesOf(address: string): Promise<string> {
  const { status, answer } = await dig(target, '-x', address)
  return [status, ...answer.map((line) => line.split(' ').at(-1))].join(' ')
}

async function addressesOf(service: string): Promise<string> {
  const { answer } = await dig(target, `${service}.${namespace}.svc.cluster.local`)
  return answer.map((line) => line.split(' ').at(-1)).join(' ')
}

onPlane('the addresses of a pod have its names, and are zones of one name', async () => {
  const below = `web.${namespace}.svc.cluster.local.`
  await waitFor('the pod has its PTR', async () => (await namesOf(pod.ipv4)).startsWith('NOERROR '))
  assert.equal(await namesOf(pod.ipv4), `NOERROR 5-6-7-20.${below}`)
  assert.equal(await namesOf(pod.ipv6), `NOERROR 2606-4700-10--20.${below}`)
  const { status, flags, answer, authority } = await dig(target, '20.7.6.5.in-addr.arpa', 'TXT')
  assert.deepEqual([status, flags, answer], ['NOERROR', 'qr aa rd ra', []])
  assert.match(authority.join(), /^20\.7\.6\.5\.in-addr\.arpa\. 5 SOA ns\.dns\.20\.7\.6\.5\.in-addr\.arpa\. /)
  for (const name of ['21.7.6.5.in-addr.arpa', '7.6.5.in-addr.arpa', 'x.20.7.6.5.in-addr.arpa'])
    assert.equal((await dig(target, name, 'PTR')).status, 'REFUSED', name)
})

onPlane('the endpoint of the API server has its name', async (cluster) => {
  const jsonpath = '-o=jsonpath={.endpoints[0].addresses[0]}'
  const address = await cluster.kubectl(['get', 'endpointslice', 'kubernetes', jsonpath])
  const dashed = address.replaceAll('.', '-')
  assert.equal(await namesOf(address), `NOERROR ${dashed}.kubernetes.default.svc.cluster.local.`)
})

onPlane('nobody can claim an address with a slice, a forged label, or an Endpoints object', async () => {
  await waitFor('the claims are published', async () => {
    const published = await Promise.all(['by-hand', 'mirrored', 'selecting'].map(addressesOf))
    return published.join(', ') === '8.8.4.4 8.8.8.8, 9.9.9.9, 1.1.1.1'
  })
  for (const address of ['8.8.8.8', '8.8.4.4', '9.9.9.9', '1.1.1.1'])
    assert.equal(await namesOf(address), 'REFUSED', address)
})

onPlane('the controller removes a forged slice of a Service that selects pods', async (cluster) => {
  await apply(cluster, sliceOf('short', 'selecting', '4.4.4.4', forged))
  await waitFor('the claim is gone', async () => {
    const list = ['get', 'endpointslice', `-n=${namespace}`, '-o=jsonpath={.items[*].endpoints[*].addresses}']
    return !(await cluster.kubectl(list)).includes('4.4.4.4')
  })
  await waitFor('the PTR is gone', async () => (await namesOf('4.4.4.4')) === 'REFUSED')
})

onPlane('a partial reverse name is NODATA, where CoreDNS says NXDOMAIN', async (cluster) => {
  const { dnsPort } = await cluster.startCoredns({ ttlSeconds: 5 })
  const server = { address: '127.0.0.1', port: dnsPort }
  for (const name of ['96.10.in-addr.arpa', '9.244.10.in-addr.arpa', '0.0.d.f.ip6.arpa']) {
    const ours = await dig(target, name, 'PTR')
    assert.deepEqual([ours.status, ours.answer, ours.authority.length], ['NOERROR', [], 1], name)
    assert.equal((await digServer(server, name, 'PTR')).status, 'NXDOMAIN', name)
  }
})
