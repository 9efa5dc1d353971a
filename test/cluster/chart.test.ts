import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { imageOf } from '../../deploy/image/image.ts'
import { imageConfig } from '../../deploy/image/image-config.ts'
import { platforms } from '../../deploy/image/platform.ts'
import { writeRoot } from '../../deploy/image/write-root.ts'
import { readPrinted } from '../clients/dig.ts'
import { skipWithout } from '../clients/program.ts'
import { chartDir, type Helm, objectsOf, openHelm, type Rendered } from '../deploy/chart/helm.ts'
import { modes } from '../deploy/chart/modes.ts'
import { type Available, availableCluster } from './available-cluster.ts'
import { apply } from './change-cluster.ts'
import { startChartPod } from './chart/chart-pod.ts'
import type { ImageRun } from './chart/pod-objects.ts'
import type { ControlPlane } from './control-plane.ts'
import { applyExamples, exampleService } from './example-service.ts'
import { mayUnshare } from './pod.ts'

/*
 * The chart on a real API server. No kubelet runs its pods there (kwok plays the kubelets), so that one test runs the command
 * of the image as the chart's Deployment describes it, with crun: see chart/sandbox.ts.
 */

const root = fileURLToPath(new URL('../..', import.meta.url))

const namespace = `
apiVersion: v1
kind: Namespace
metadata: {name: kubedoh, labels: {pod-security.kubernetes.io/enforce: restricted}}
`

/** A kind of the Prometheus operator that accepts every object: its own schema is not checked here. */
const anyKind = (kind: string, plural: string): string => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.monitoring.coreos.com}
spec:
  group: monitoring.coreos.com
  scope: Namespaced
  names: {kind: ${kind}, plural: ${plural}}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

let available: Available
let helm: Helm | undefined
let dir: string

before(
  async () => {
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-chart-'))
    available = await availableCluster(process.env)
    helm = await openHelm()
    const { cluster } = available
    if (!cluster?.owned) return
    await apply(cluster, namespace)
    await apply(
      cluster,
      `${anyKind('ServiceMonitor', 'servicemonitors')}---${anyKind('PrometheusRule', 'prometheusrules')}`,
    )
    await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all'])
  },
  { timeout: 30 * 60_000 },
)
after(async () => {
  await available?.cluster?.stop()
  await helm?.close()
  await rm(dir, { recursive: true, force: true })
})

/** The control plane and helm, or undefined after the test was skipped. */
function placeOf(t: TestContext): { cluster: ControlPlane; helm: Helm } | undefined {
  const { cluster } = available
  if (!cluster) t.skip(available.reason)
  else if (!cluster.owned) t.skip('KUBECONFIG is set: the test installs nothing there')
  else if (!helm) t.skip('Go is not installed, so there is no helm')
  else return { cluster, helm }
  return undefined
}

/** The pod of a Deployment as an object by itself, since Pod Security judges pods and not Deployments. */
function podOf(objects: readonly Rendered[]): object {
  const { template } = objects.find(({ kind }) => kind === 'Deployment')?.spec ?? {}
  // The ServiceAccount of the chart does not exist in a dry run.
  const spec = { ...template.spec, serviceAccountName: 'default' }
  const metadata = { ...template.metadata, name: 'dry-run', namespace: 'kubedoh' }
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec }
}

test('the API server takes every mode, and Pod Security "restricted" takes its pod', async (t) => {
  const place = placeOf(t)
  if (!place) return
  const { kubectl } = place.cluster
  const dryRun = ['--dry-run=server', '--validate=strict', '-f', '-']
  for (const [title, values] of Object.entries(modes)) {
    const manifest = await place.helm.template(values)
    const objects = objectsOf(manifest)
    const said = await kubectl(['apply', ...dryRun], { input: manifest })
    assert.equal(said.trim().split('\n').length, objects.length, said)
    await kubectl(['create', ...dryRun], { input: JSON.stringify(podOf(objects)) })
    t.diagnostic(`${title}: ${objects.map(({ kind }) => kind).join(', ')}, Pod`)
  }
  const values = { securityContext: { allowPrivilegeEscalation: true } }
  const weak = JSON.stringify(podOf(objectsOf(await place.helm.template(values))))
  await assert.rejects(kubectl(['create', ...dryRun], { input: weak }), /violates PodSecurity/)
})

test('every mode can be updated from the former version', async (t) => {
  const place = placeOf(t)
  if (!place) return
  const { cluster } = place
  // No version was released yet, so that the former one is this chart under a lower version.
  const former = ['--version', '0.0.1', '--app-version', '0.0.1', '--destination', dir]
  await place.helm.run(['package', chartDir, ...former])
  const where = ['--namespace', 'kubedoh', '--kubeconfig', cluster.kubeconfig]
  for (const [title, values] of Object.entries(modes)) {
    const begun = performance.now()
    const input = JSON.stringify(values)
    await place.helm.run(['install', 'kubedoh', join(dir, 'kubedoh-0.0.1.tgz'), ...where, '-f', '-'], input)
    await place.helm.run(['upgrade', 'kubedoh', chartDir, ...where, '-f', '-'], input)
    const version = await cluster.kubectl([
      ...['get', 'deployment', 'kubedoh', '--namespace=kubedoh'],
      '-o=jsonpath={.spec.template.metadata.labels.app\\.kubernetes\\.io/version}',
    ])
    assert.match(version, /^\d/)
    assert.notEqual(version, '0.0.1', title)
    await place.helm.run(['uninstall', 'kubedoh', ...where])
    // The chart keeps it.
    await cluster.kubectl(['delete', 'persistentvolumeclaims', '--all', '--namespace=kubedoh'])
    t.diagnostic(`${title}: ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  }
})

/** Writes the files of the image to `dir`/rootfs; returns how it is run. */
async function unpackImage(): Promise<ImageRun> {
  const platform = platforms[process.arch === 'arm64' ? 'arm64' : 'amd64']
  const { layers } = await imageOf(platform, root, join(dir, 'image'))
  await writeRoot(join(dir, 'rootfs'), layers)
  const { entrypoint, env } = await imageConfig(root)
  return { Entrypoint: entrypoint, Env: env, WorkingDir: '/' }
}

test('from an empty namespace to an answer on port 53, by the command of the image', async (t) => {
  const place = placeOf(t)
  if (!place) return
  if (!(await mayUnshare())) return t.skip('namespaces need root')
  for (const program of ['crun', 'nft', 'dig']) {
    const skip = await skipWithout(program)
    if (skip) return t.skip(skip)
  }
  const { cluster } = place
  await applyExamples(cluster)
  const image = await unpackImage()
  const where = ['--namespace', 'kubedoh', '--kubeconfig', cluster.kubeconfig]
  const begunMs = performance.now()
  await place.helm.run(['install', 'kubedoh', chartDir, ...where])
  const installedMs = performance.now()
  const pod = await startChartPod(cluster, { namespace: 'kubedoh', name: 'kubedoh', image, dir })
  try {
    const server = `@${pod.services.get('kubedoh')}`
    const ask = async (...args: string[]) =>
      readPrinted(await pod.ask('dig', '-b', pod.clientIp, server, '+tries=1', ...args))
    const { answer } = await ask(exampleService.name)
    const answeredMs = performance.now()
    const addresses = answer.map((line) => line.split(' ').at(-1))
    assert.deepEqual(addresses, exampleService.addresses)
    assert.deepEqual((await ask('+tcp', exampleService.name)).answer, answer)
    assert.equal((await ask('absent.default.svc.cluster.local')).status, 'NXDOMAIN')
    const seconds = [installedMs, answeredMs].map((ms) => ((ms - begunMs) / 1000).toFixed(1))
    t.diagnostic(`helm install took ${seconds[0]} s; the first answer came ${seconds[1]} s after its start`)
  } finally {
    assert.equal(await pod.stop(), 0, pod.said())
    await place.helm.run(['uninstall', 'kubedoh', ...where])
  }
})
