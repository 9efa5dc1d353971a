import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Running, start } from '../blackbox/command.ts'
import { dig, type Target } from '../clients/dig.ts'
import { waitFor } from '../wait-for.ts'
import { type Available, availableCluster } from './available-cluster.ts'
import { apply } from './change-cluster.ts'
import { exampleService } from './example-service.ts'

/*
 * Tests for any cluster, ours or the one of KUBECONFIG: in a new namespace, with an EndpointSlice written by the test, so
 * that no pod is needed.
 */
const namespace = `kubedoh-test-${process.pid}`
const name = (service: string): string => `${service}.${namespace}.svc.cluster.local`

const manifest = (addresses: readonly string[]): string => `
apiVersion: v1
kind: Namespace
metadata: {name: ${namespace}}
---
apiVersion: v1
kind: Service
metadata: {name: ${exampleService.service}, namespace: ${namespace}}
spec: {clusterIP: None, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: own-address, namespace: ${namespace}}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web-alias, namespace: ${namespace}}
spec: {type: ExternalName, externalName: ${name(exampleService.service)}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: by-hand, namespace: ${namespace}, labels: {kubernetes.io/service-name: ${exampleService.service}}}
addressType: IPv4
ports: [{port: 80, protocol: TCP}]
endpoints: [${addresses.map((address) => `{addresses: ["${address}"]}`).join(', ')}]
`

let available: Available
let edge: Running | undefined
let target: Target
let dir: string

before(
  async () => {
    available = await availableCluster(process.env)
    if (!available.cluster) return
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-any-'))
    const { kubeconfig } = available.cluster
    edge = await start(['up', '--kubeconfig', kubeconfig, '--data', dir, '--listen', '127.0.0.1:0'])
    target = { url: edge.url, caFile: join(dir, 'tls', 'ca.pem') }
  },
  { timeout: 30 * 60_000 },
)
after(async () => {
  await edge?.stop()
  await available?.cluster?.kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false'])
  if (available?.cluster?.owned) await available.cluster.stop()
  if (edge) await rm(dir, { recursive: true })
})

test('answers follow a namespace that is created, changed and deleted', async (t) => {
  const { cluster } = available
  if (!cluster) return t.skip(available.reason)
  const asked = async (service: string): Promise<string> => {
    const { status, answer } = await dig(target, name(service))
    return [status, ...answer.map((line) => line.split(' ').at(-1))].join(' ')
  }
  assert.equal(await asked(exampleService.service), 'NXDOMAIN')

  await apply(cluster, manifest(exampleService.addresses))
  await waitFor('the three addresses', async () => {
    return (await asked(exampleService.service)) === `NOERROR ${exampleService.addresses.join(' ')}`
  })
  const jsonpath = '-o=jsonpath={.spec.clusterIP}'
  const own = await cluster.kubectl(['get', 'service', 'own-address', `-n=${namespace}`, jsonpath])
  assert.equal(await asked('own-address'), `NOERROR ${own}`)
  assert.equal(
    await asked('web-alias'),
    `NOERROR ${exampleService.addresses.join(' ')} ${name(exampleService.service)}.`,
  )

  const fewer = exampleService.addresses.slice(1)
  await apply(cluster, manifest(fewer))
  await waitFor(
    'two addresses',
    async () => (await asked(exampleService.service)) === `NOERROR ${fewer.join(' ')}`,
  )

  await cluster.kubectl(['delete', 'namespace', namespace])
  await waitFor('the namespace is gone', async () => (await asked('own-address')) === 'NXDOMAIN')
})
