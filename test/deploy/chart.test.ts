import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, type TestContext, test } from 'node:test'
import { loadAll } from 'js-yaml'
import { readOptions } from '../../cli/options/option-table.ts'
import serve from '../../cli/serve.ts'
import sync from '../../cli/sync.ts'
import up from '../../cli/up.ts'
import { chartDir, type Helm, objectsOf, openHelm, type Rendered } from './chart/helm.ts'
import { modes } from './chart/modes.ts'
import { staticManifest } from './chart/static-manifest.ts'

/* The chart of deploy/chart, rendered by helm. test/cluster/chart.test.ts applies it to an API server. */

const root = new URL('../../', import.meta.url)
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8')

let opened: Helm | undefined
before(
  async () => {
    opened = await openHelm()
  },
  { timeout: 20 * 60_000 },
)
after(() => opened?.close())

/** Helm, or undefined after the test was skipped. */
function helmOf(t: TestContext): Helm | undefined {
  if (!opened) t.skip('Go is not installed, so there is no helm')
  return opened
}

type Objects = ReadonlyMap<string, Rendered>

/** Objects by their kind, followed by what follows 'kubedoh' in their name. */
async function rendered(helm: Helm, values: object): Promise<Objects> {
  const objects = objectsOf(await helm.template(values))
  return new Map(
    objects.map((object) => [`${object.kind}${object.metadata.name.replace(/^kubedoh/, '')}`, object]),
  )
}

function one(objects: Objects, key: string): Rendered {
  const found = objects.get(key)
  assert.ok(found, `${key} is not among ${[...objects.keys()].join(', ')}`)
  return found
}

const verbs = { resolver: up, agent: sync, edge: serve }

test('helm lint finds no fault in any mode', async (t) => {
  const helm = helmOf(t)
  if (!helm) return
  for (const [title, values] of Object.entries(modes)) {
    const said = await helm.run(['lint', '--strict', chartDir, '-f', '-'], JSON.stringify(values))
    assert.match(said, /0 chart\(s\) failed/, title)
    assert.doesNotMatch(said, /WARNING|ERROR/, title)
  }
})

type Port = { readonly name: string; readonly containerPort: number; readonly protocol: string }

/** The ports of the container are those of its arguments. Values are the options of the verb. */
function checkPorts(ports: readonly Port[], values: Readonly<Record<string, unknown>>): void {
  const listened = Object.entries(values)
    .filter(([option]) => option.endsWith('listen'))
    .flatMap(([, value]) => value as string | string[])
    .filter((place) => place?.startsWith(':'))
    .map((place) => Number(place.slice(1)))
  assert.deepEqual(new Set(ports.map(({ containerPort }) => containerPort)), new Set(listened))
}

for (const [title, values] of Object.entries(modes))
  test(`${title}: arguments, ports, volumes and selectors belong together`, async (t) => {
    const helm = helmOf(t)
    if (!helm) return
    const objects = await rendered(helm, values)
    const { spec } = one(objects, 'Deployment')
    const pod = spec.template.spec
    const [container] = pod.containers
    const { mode = 'resolver' } = values as { readonly mode?: keyof typeof verbs }

    const [name, ...args] = container.args as string[]
    assert.equal(name, verbs[mode].name)
    const ports = container.ports as Port[]
    checkPorts(ports, readOptions(verbs[mode].options, args, {}).values)
    for (const probe of [container.readinessProbe, container.livenessProbe])
      assert.ok(ports.some((port) => port.name === probe.httpGet.port))

    const mounts = (container.volumeMounts ?? []) as { name: string; mountPath: string }[]
    const volumes = (pod.volumes ?? []) as { name: string }[]
    assert.deepEqual(new Set(mounts.map((mount) => mount.name)), new Set(volumes.map((each) => each.name)))
    // Every file and directory in the arguments is below a mount.
    for (const [, path = ''] of args.join(' ').matchAll(/=(\/\S+)/g))
      assert.ok(
        mounts.some(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`)),
        path,
      )

    const selected = spec.selector.matchLabels as Record<string, string>
    assert.deepEqual(Object.keys(selected), ['app.kubernetes.io/name', 'app.kubernetes.io/instance'])
    for (const [label, value] of Object.entries(selected))
      assert.equal(spec.template.metadata.labels[label], value)
    for (const service of [...objects.values()].filter(({ kind }) => kind === 'Service'))
      for (const port of service.spec.ports) {
        const target = ports.find((each) => each.name === port.targetPort)
        assert.equal(target?.protocol, port.protocol, `${service.metadata.name}: ${port.name}`)
      }
  })

test('every object has the labels of Kubernetes and of commonLabels, and a namespace unless it has none', async (t) => {
  const helm = helmOf(t)
  if (!helm) return
  for (const values of Object.values(modes)) {
    const objects = await rendered(helm, { ...values, commonLabels: { owner: 'me' } })
    for (const { kind, metadata } of objects.values()) {
      for (const label of ['name', 'instance', 'version', 'component', 'part-of', 'managed-by'])
        assert.ok(metadata.labels[`app.kubernetes.io/${label}`], `${kind} ${metadata.name} has no ${label}`)
      assert.equal(metadata.labels.owner, 'me')
      assert.equal(metadata.namespace === undefined, kind.startsWith('ClusterRole'), kind)
    }
  }
})

test('a resolver has 53 over UDP and TCP, and with a certificate 853 and 443', async (t) => {
  const helm = helmOf(t)
  if (!helm) return
  const portsOf = async (values: object): Promise<string[]> => {
    const { spec } = one(await rendered(helm, values), 'Service')
    return spec.ports.map(({ port, protocol }: { port: number; protocol: string }) => `${port}/${protocol}`)
  }
  assert.deepEqual(await portsOf({}), ['53/UDP', '53/TCP'])
  assert.deepEqual(await portsOf({ tls: { secretName: 'x' } }), ['53/UDP', '53/TCP', '853/TCP', '443/TCP'])
  assert.deepEqual(await portsOf({ tls: { plain: true } }), ['53/UDP', '53/TCP', '80/TCP'])
  const balanced = one(await rendered(helm, { service: { type: 'LoadBalancer' } }), 'Service').spec
  assert.equal(balanced.externalTrafficPolicy, 'Local')
})

test('agents reach an edge that is not ready, since it is ready only after they have published', async (t) => {
  const helm = helmOf(t)
  if (!helm) return
  const isReached = async (values: object): Promise<unknown> =>
    one(await rendered(helm, values), 'Service').spec.publishNotReadyAddresses
  assert.equal(await isReached(modes['edge: TLS and plain DNS'] ?? {}), true)
  assert.equal(await isReached({}), undefined)
})

type Rule = { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] }

/** The rules of roles, by their kind and name. */
function rulesOf(objects: Iterable<Rendered>): Record<string, Rule[]> {
  const roles = [...objects].filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')
  return Object.fromEntries(
    roles.map(({ kind, metadata, rules }) => [`${kind} ${metadata.name}`, rules as Rule[]]),
  )
}

test('the roles of the chart are those of examples/', async (t) => {
  const helm = helmOf(t)
  if (!helm) return
  const example = async (file: string): Promise<Record<string, Rule[]>> =>
    rulesOf(loadAll(await read(`examples/${file}`)) as Rendered[])
  const of = async (values: object): Promise<Record<string, Rule[]>> =>
    rulesOf((await rendered(helm, values)).values())
  const agent = { edgeUrl: 'https://edge.example.com', key: { secretName: 'key' } }
  assert.deepEqual(await of({ mode: 'agent', agent }), await example('rbac.yaml'))
  const { 'ClusterRole kubedoh': reading } = await example('rbac.yaml')
  assert.deepEqual(await of({}), { 'ClusterRole kubedoh': reading })
  assert.deepEqual(await of({ access: { policyConfigMap: 'kubedoh-policy' } }), {
    'ClusterRole kubedoh': reading,
    ...(await example('rbac-policy.yaml')),
  })
  assert.deepEqual(
    await of({ namespaces: ['default'], namespaced: true }),
    await example('rbac-namespaced.yaml'),
  )
  assert.deepEqual(await of({ rbac: { create: false } }), {})
  assert.deepEqual(await of(modes['edge: TLS and plain DNS'] ?? {}), {})
})

test('bindings name the roles and the service account of the release', async (t) => {
  const helm = helmOf(t)
  if (!helm) return
  for (const [title, values] of Object.entries(modes)) {
    const objects: Rendered[] = [...(await rendered(helm, values)).values()]
    const account = objects.find(({ kind }) => kind === 'Deployment')?.spec.template.spec.serviceAccountName
    const bindings = objects.filter(({ kind }) => kind.endsWith('Binding'))
    const roles = objects.filter(({ kind }) => /^(Cluster)?Role$/.test(kind))
    assert.equal(bindings.length, roles.length, title)
    for (const { metadata, roleRef, subjects } of bindings) {
      const bound = (role: Rendered): boolean =>
        role.kind === roleRef.kind &&
        role.metadata.name === roleRef.name &&
        role.metadata.namespace === metadata.namespace
      assert.ok(roles.some(bound), `${title}: ${metadata.name}`)
      assert.deepEqual(subjects, [{ kind: 'ServiceAccount', name: account, namespace: 'kubedoh' }])
    }
  }
})

const everything = 'resolver: TLS, a load balancer, everything'

test('switches make their objects, and are off by default', async (t) => {
  const helm = helmOf(t)
  if (!helm) return
  const byDefault = [...(await rendered(helm, {})).keys()].toSorted()
  assert.deepEqual(byDefault, [
    ...['ClusterRole', 'ClusterRoleBinding', 'Deployment', 'PodDisruptionBudget'],
    ...['Service', 'Service-metrics', 'ServiceAccount'],
  ])
  const all = await rendered(helm, modes[everything] ?? {})
  for (const kind of ['NetworkPolicy', 'ServiceMonitor', 'PrometheusRule', 'ConfigMap-dashboard'])
    assert.ok(all.has(kind), kind)
  const { matchLabels } = one(all, 'ServiceMonitor').spec.selector
  const selects = ({ metadata }: Rendered): boolean =>
    Object.entries(matchLabels).every(([label, value]) => metadata.labels[label] === value)
  assert.ok(selects(one(all, 'Service-metrics')))
  assert.ok(!selects(one(all, 'Service')))
  assert.ok(!(await rendered(helm, { replicaCount: 1 })).has('PodDisruptionBudget'))
})

test('alerts and dashboard are the files of examples/', async (t) => {
  const helm = helmOf(t)
  if (!helm) return
  for (const file of ['alerts.yaml', 'grafana-dashboard.json'])
    assert.equal(await read(`deploy/chart/files/${file}`), await read(`examples/${file}`), 'run npm run docs')
  const objects = await rendered(helm, modes[everything] ?? {})
  assert.deepEqual([one(objects, 'PrometheusRule').spec], loadAll(await read('examples/alerts.yaml')))
  assert.deepEqual(
    JSON.parse(one(objects, 'ConfigMap-dashboard').data['kubedoh.json']),
    JSON.parse(await read('examples/grafana-dashboard.json')),
  )
})

test('an edge restarts for another configuration, and for nothing else', async (t) => {
  const helm = helmOf(t)
  if (!helm) return
  const checksum = async (config: object, more: object = {}): Promise<string> => {
    const values = { mode: 'edge', tls: { plain: true }, edge: { config }, ...more }
    const { template } = one(await rendered(helm, values), 'Deployment').spec
    return template.metadata.annotations['checksum/config']
  }
  assert.equal(await checksum({ public: true }), await checksum({ public: true }, { replicaCount: 1 }))
  assert.notEqual(await checksum({ public: true }), await checksum({ public: false }))
})

const agentWithoutKey = { mode: 'agent', agent: { edgeUrl: 'https://edge.example.com' } }
const edge = { mode: 'edge', edge: { config: { public: true } } }

const wrong: readonly (readonly [object, RegExp])[] = [
  [{ mode: 'server' }, /mode/],
  [{ replicas: 3 }, /additional properties 'replicas' not allowed/],
  [{ service: { port: 53 } }, /additional properties 'port' not allowed/],
  [{ access: { allow: ['10.0.0.1'] } }, /does not match pattern/],
  [{ access: { allow: [] } }, /nobody would be answered: give access\.allow/],
  [{ access: { public: true, policy: 'version: 1' } }, /exclude each other/],
  [{ access: { policySecret: 'a', policyConfigMap: 'b' } }, /give one of access\.policy/],
  [{ namespaced: true }, /namespaced needs namespaces/],
  [{ upstream: { forward: true } }, /upstream\.forward needs upstream\.urls/],
  [{ drainSeconds: 25 }, /terminationGracePeriodSeconds must be more than drainSeconds and 5/],
  [{ mode: 'agent' }, /mode agent needs agent\.edgeUrl/],
  [agentWithoutKey, /needs agent\.key\.secretName.*kubectl create secret generic kubedoh-agent-key/],
  [{ mode: 'edge', tls: { plain: true } }, /mode edge needs edge\.config/],
  [edge, /mode edge needs tls\.secretName, or tls\.plain/],
  [{ ...edge, replicaCount: 2, tls: { plain: true } }, /an edge has one pod/],
]

test('values that do not belong together are an error that says how to correct them', async (t) => {
  const helm = helmOf(t)
  if (!helm) return
  for (const [values, problem] of wrong)
    await assert.rejects(helm.template(values), problem, JSON.stringify(values))
})

test('deploy/kubedoh.yaml is the chart with its defaults (npm run manifest writes it)', async (t) => {
  const helm = helmOf(t)
  if (helm) assert.equal(await read('deploy/kubedoh.yaml'), await staticManifest(helm))
})

test('the chart has the version of the package', async () => {
  const [chart] = loadAll(await read('deploy/chart/Chart.yaml')) as { version: string; appVersion: string }[]
  const { version } = JSON.parse(await read('package.json')) as { version: string }
  assert.equal(chart?.version, version)
  assert.equal(chart?.appVersion, version)
})
