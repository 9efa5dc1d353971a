import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ownVersion } from '../../cli/options/own-folder.ts'
import { imageOf } from '../../deploy/image/image.ts'
import { imageConfig } from '../../deploy/image/image-config.ts'
import { platforms } from '../../deploy/image/platform.ts'
import { writeRoot } from '../../deploy/image/write-root.ts'
import { run } from '../blackbox/command.ts'
import { startNodeEdge } from '../blackbox/node-edge.ts'
import { dig, type Printed, readPrinted } from '../clients/dig.ts'
import { skipWithout } from '../clients/program.ts'
import { chartDir, type Helm, objectsOf, openHelm, type Rendered } from '../deploy/chart/helm.ts'
import { modes } from '../deploy/chart/modes.ts'
import { commandsOfSection } from '../deploy/typed-commands.ts'
import { extractRelease, formerVersion } from '../upgrade/former-releases.ts'
import { waitFor } from '../wait-for.ts'
import { type Available, availableCluster } from './available-cluster.ts'
import { builtSource } from './build.ts'
import { apply } from './change-cluster.ts'
import { type ChartPod, type ChartPodPlace, startChartPod } from './chart/chart-pod.ts'
import { operatorKinds } from './chart/operator-kinds.ts'
import type { ImageRun } from './chart/pod-objects.ts'
import type { ControlPlane } from './control-plane.ts'
import { applyExamples, exampleService } from './example-service.ts'
import { mayUnshare } from './pod.ts'
import { helmSource, sources } from './programs.ts'

/*
 * The chart on a real API server. No kubelet runs its pods there (kwok plays the kubelets), so that tests run the command
 * of the image as the chart's Deployment describes it, with crun: see chart/sandbox.ts.
 */

const root = fileURLToPath(new URL('../..', import.meta.url))

const namespace = `
apiVersion: v1
kind: Namespace
metadata: {name: kubedoh, labels: {pod-security.kubernetes.io/enforce: restricted}}
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
    await apply(cluster, await operatorKinds())
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
  // The kinds of the Prometheus operator have its own schema.
  const monitor = objectsOf(await place.helm.template({ metrics: { serviceMonitor: { enabled: true } } }))
  const [wrong] = monitor.filter(({ kind }) => kind === 'ServiceMonitor')
  const input = JSON.stringify({ ...wrong, spec: { ...wrong?.spec, endpoints: [{ interval: 'often' }] } })
  await assert.rejects(kubectl(['create', ...dryRun], { input }), /endpoints\[0\]\.interval/)
  const values = { securityContext: { allowPrivilegeEscalation: true } }
  const weak = JSON.stringify(podOf(objectsOf(await place.helm.template(values))))
  await assert.rejects(kubectl(['create', ...dryRun], { input: weak }), /violates PodSecurity/)
})

test('the chart of the former release is updated to this one, in every mode and with the same values', async (t) => {
  const place = placeOf(t)
  if (!place) return
  const { cluster } = place
  const former = await extractRelease(formerVersion)
  t.after(() => former.remove())
  if (former.dir === undefined) return t.skip(former.reason)
  const formerModes = (await import(join(former.dir, 'test/deploy/chart/modes.ts'))) as {
    modes: typeof modes
  }
  const where = ['--namespace', 'kubedoh', '--kubeconfig', cluster.kubeconfig]
  for (const [title, values] of Object.entries(formerModes.modes)) {
    const begun = performance.now()
    const input = JSON.stringify(values)
    await place.helm.run(
      ['install', 'kubedoh', join(former.dir, 'deploy', 'chart'), ...where, '-f', '-'],
      input,
    )
    const isOf = async (version: string): Promise<void> => {
      const label = '-o=jsonpath={.spec.template.metadata.labels.app\\.kubernetes\\.io/version}'
      assert.equal(
        await cluster.kubectl(['get', 'deployment', 'kubedoh', '--namespace=kubedoh', label]),
        version,
        title,
      )
    }
    await isOf(formerVersion)
    await place.helm.run(['upgrade', 'kubedoh', chartDir, ...where, '-f', '-'], input)
    await isOf(ownVersion())
    const releases = JSON.parse(await place.helm.run(['list', ...where, '-o', 'json'])) as {
      revision: string
      status: string
    }[]
    assert.deepEqual(
      releases.map(({ revision, status }) => [revision, status]),
      [['2', 'deployed']],
    )
    await place.helm.run(['uninstall', 'kubedoh', ...where])
    // The chart keeps it.
    await cluster.kubectl(['delete', 'persistentvolumeclaims', '--all', '--namespace=kubedoh'])
    t.diagnostic(`${title}: ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  }
})

let unpacked: Promise<ImageRun> | undefined

/** Writes the files of the image to `dir`/rootfs; resolves to how it is run. */
async function unpackImage(): Promise<ImageRun> {
  const platform = platforms[process.arch === 'arm64' ? 'arm64' : 'amd64']
  const { layers } = await imageOf(platform, root, join(dir, 'image'))
  await writeRoot(join(dir, 'rootfs'), layers)
  const { entrypoint, env } = await imageConfig(root)
  return { Entrypoint: entrypoint, Env: env, WorkingDir: '/' }
}

/** Installs the chart and runs `use` with a pod of it; then ends the pod, which must exit with 0, and uninstalls the chart. */
async function withPod(
  t: TestContext,
  values: object,
  wishes: Pick<ChartPodPlace, 'routes' | 'until'> & { readonly install?: () => Promise<unknown> },
  use: (
    pod: ChartPod,
    seconds: { readonly begunMs: number; readonly install: number; readonly ready: number },
  ) => Promise<void>,
): Promise<void> {
  const place = placeOf(t)
  if (!place) return
  unpacked ??= unpackImage()
  const image = await unpacked
  const where = ['--namespace', 'kubedoh', '--kubeconfig', place.cluster.kubeconfig]
  const begunMs = performance.now()
  const { install: typed, ...places } = wishes
  if (typed) await typed()
  else await place.helm.run(['install', 'kubedoh', chartDir, ...where, '-f', '-'], JSON.stringify(values))
  const install = (performance.now() - begunMs) / 1000
  try {
    const rootfs = join(dir, 'rootfs')
    const named = { namespace: 'kubedoh', name: 'kubedoh' }
    const pod = await startChartPod(place.cluster, { ...named, image, rootfs, ...places })
    try {
      await use(pod, { begunMs, install, ready: (performance.now() - begunMs) / 1000 })
    } finally {
      assert.equal(await pod.stop(), 0, pod.said())
    }
  } finally {
    await place.helm.run(['uninstall', 'kubedoh', ...where])
  }
}

/** The cluster, or undefined after the test was skipped: pods need root, crun, nft and dig. */
async function clusterForPods(t: TestContext): Promise<ControlPlane | undefined> {
  const place = placeOf(t)
  if (!place) return undefined
  for (const program of ['crun', 'nft', 'dig']) {
    const skip = await skipWithout(program)
    if (skip) {
      t.skip(skip)
      return undefined
    }
  }
  if (await mayUnshare()) return place.cluster
  t.skip('namespaces need root')
  return undefined
}

/** Asks a Service of the release with dig, from another address in the pod's network. */
async function ask(pod: ChartPod, ...args: string[]): Promise<Printed> {
  const server = `@${pod.services.get('kubedoh')}`
  return readPrinted(await pod.ask('dig', '-b', pod.clientIp, server, '+tries=1', ...args))
}

/** Runs a command as typed in a shell in the checkout, where helm and kubectl are installed and KUBECONFIG is the cluster's. */
async function type(cluster: ControlPlane, command: string): Promise<void> {
  const kubectl = sources.find(({ name }) => name === 'kubectl')
  const built = await Promise.all(
    [helmSource, ...(kubectl ? [kubectl] : [])].map((each) => builtSource(each)),
  )
  const PATH = [...built.map((file) => dirname(file ?? '')), process.env.PATH].join(delimiter)
  const env = { ...process.env, PATH, KUBECONFIG: cluster.kubeconfig }
  await promisify(execFile)('sh', ['-c', command], { cwd: root, env })
}

test('resolver: three commands lead from an empty namespace to an answer on port 53, by the command of the image', async (t) => {
  const cluster = await clusterForPods(t)
  if (!cluster) return
  await applyExamples(cluster)
  const typed = await commandsOfSection('docs/quickstart.md', '## In a cluster')
  const [install = '', forward = '', asked = ''] = typed
  assert.equal(typed.length, 3)
  assert.match(forward, /^kubectl port-forward .*service\/kubedoh 5353:53$/)
  await withPod(t, {}, { install: () => type(cluster, install) }, async (pod, seconds) => {
    // No kubelet runs the pod, so that the stand-in is in the place of the second command; its Service has port 53.
    const words = asked.split(' ')
    assert.deepEqual(words.splice(0, 4), ['dig', '@127.0.0.1', '-p', '5353'])
    assert.deepEqual((await ask(pod, ...words)).answer, [
      'kubernetes.default.svc.cluster.local. 5 A 10.96.0.1',
    ])
    const inAll = ((performance.now() - seconds.begunMs) / 1000).toFixed(1)
    const { answer } = await ask(pod, exampleService.name)
    const addresses = answer.map((line) => line.split(' ').at(-1))
    assert.deepEqual(addresses, exampleService.addresses)
    assert.deepEqual((await ask(pod, '+tcp', exampleService.name)).answer, answer)
    assert.equal((await ask(pod, 'absent.default.svc.cluster.local')).status, 'NXDOMAIN')
    t.diagnostic(
      `3 commands, ${inAll} s: helm ${seconds.install.toFixed(1)} s, the pod is ready at ${seconds.ready.toFixed(1)} s`,
    )
    for (const command of typed) t.diagnostic(`typed: ${command}`)
  })
})

test('agent: publishes to an edge with the key of a Secret, and holds the Lease', async (t) => {
  const cluster = await clusterForPods(t)
  if (!cluster) return
  await applyExamples(cluster)
  const key = join(dir, 'agent-key.json')
  const publicKey = (await run(['key', 'new', '--out', key])).stdout.trim()
  const clusters = [{ id: 'prod', keys: [publicKey], zones: ['cluster.local'] }]
  const address = '10.96.250.1'
  const edge = await startNodeEdge({ public: true, clusters }, ['--tls-host', address])
  t.after(() => edge.stop())
  const create = (...what: string[]) => cluster.kubectl(['create', ...what, '--namespace=kubedoh'])
  await create('secret', 'generic', 'kubedoh-agent-key', `--from-file=agent-key.json=${key}`)
  await create('configmap', 'kubedoh-edge-ca', `--from-file=ca.crt=${edge.caFile}`)
  const agent = {
    edgeUrl: `https://${address}`,
    key: { secretName: 'kubedoh-agent-key' },
    ca: { configMap: 'kubedoh-edge-ca' },
  }
  const values = { mode: 'agent', cluster: { id: 'prod' }, agent }
  await withPod(t, values, { routes: { [address]: edge.url } }, async (pod) => {
    const target = { url: `${edge.url}/dns-query`, caFile: edge.caFile }
    await waitFor('the edge answers', async () => {
      return (await dig(target, exampleService.name)).answer.length === 3
    })
    const holder = await cluster.kubectl([
      ...['get', 'lease', 'kubedoh', '--namespace=kubedoh', '-o=jsonpath={.spec.holderIdentity}'],
    ])
    assert.match(holder, /^kubedoh-0_/)
    assert.doesNotMatch(pod.said(), /"level":"(warn|error)"/)
  })
})

test('edge: answers on 53, 853 and 443 with the certificate of a Secret and a volume', async (t) => {
  const cluster = await clusterForPods(t)
  if (!cluster) return
  const { certFile, keyFile } = cluster.certificates.server
  const create = (...what: string[]) => cluster.kubectl(['create', ...what, '--namespace=kubedoh'])
  await create('secret', 'tls', 'kubedoh-tls', `--cert=${certFile}`, `--key=${keyFile}`)
  await create('secret', 'generic', 'kubedoh-cookie', `--from-literal=secret=${'0f'.repeat(16)}`)
  const clusters = [
    { id: 'prod', keys: ['L8hDnPMvWh3dpeX_rTbmZeXgXAAGtKwpqzC6SOYmNmo'], zones: ['cluster.local'] },
  ]
  const values = {
    mode: 'edge',
    edge: { config: { public: true, clusters }, workers: 2 },
    tls: { secretName: 'kubedoh-tls' },
    dns: { enabled: true, cookieSecret: 'kubedoh-cookie' },
  }
  // It is ready once it has the snapshot of every cluster.
  await withPod(t, values, { until: 'started' }, async (pod) => {
    await waitFor('the edge listens', async () => (await ask(pod, 'example.com')).status === 'REFUSED')
    const trusted = [`+tls-ca=${cluster.caFile}`, '+tls-hostname=localhost']
    for (const transport of [[], ['+tcp'], ['+tls', ...trusted], ['+https', ...trusted]]) {
      assert.equal((await ask(pod, ...transport, 'example.com')).status, 'REFUSED', transport.join(' '))
      // No agent has published.
      assert.equal(
        (await ask(pod, ...transport, 'a.b.svc.cluster.local')).status,
        'SERVFAIL',
        transport.join(' '),
      )
    }
  })
})
