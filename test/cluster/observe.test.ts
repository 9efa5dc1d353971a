import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readExposition } from '../../observe/exposition.case.ts'
import { run } from '../blackbox/command.ts'
import { startNodeEdge } from '../blackbox/node-edge.ts'
import { waitFor } from '../wait-for.ts'
import { type Agent, startAgent } from './agent-process.ts'
import { type Available, availableCluster } from './available-cluster.ts'
import { apply } from './change-cluster.ts'
import { applyExamples } from './example-service.ts'

/*
 * Observation of an agent on a real cluster: programming times from the annotations of its controllers, and Events that
 * the API accepts and `kubectl describe` shows, with only the documented rights.
 */

const manifest = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: observed, namespace: kube-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: observed}
rules:
- {apiGroups: [""], resources: [namespaces, services], verbs: [list, watch]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: observed}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: observed}
subjects: [{kind: ServiceAccount, name: observed, namespace: kube-system}]
---
apiVersion: v1
kind: Service
metadata: {name: numeric, namespace: default}
spec: {type: ExternalName, externalName: 10.1.2.3}
`
/** Services for existing pods: their slices get the trigger time of the Services. */
const fresh = `
apiVersion: v1
kind: Service
metadata: {name: fresh-headless, namespace: default}
spec: {clusterIP: None, selector: {app: nginx}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: fresh, namespace: default}
spec: {selector: {app: nginx}, ports: [{port: 80}]}
`
const mayWriteEvents = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: observed-events}
rules:
- {apiGroups: [events.k8s.io], resources: [events], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: observed-events}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: observed-events}
subjects: [{kind: ServiceAccount, name: observed, namespace: kube-system}]
`

let available: Available
let dir: string

before(
  async () => {
    available = await availableCluster(process.env)
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-observed-'))
  },
  { timeout: 30 * 60_000 },
)
after(async () => {
  await available?.cluster?.stop()
  await rm(dir, { recursive: true })
})

async function sample(agent: Agent, name: string): Promise<number | undefined> {
  const families = readExposition(await (await fetch(`${agent.url}/metrics`)).text())
  return [...families.values()].map(({ samples }) => samples.get(name)).find((value) => value !== undefined)
}

test('programming times and Events of an agent on a real cluster', async (t) => {
  const { cluster } = available
  if (!cluster) return t.skip(available.reason)
  if (!cluster.owned) return t.skip('KUBECONFIG is set: the test creates no roles there')
  await applyExamples(cluster)
  await apply(cluster, manifest)
  const key = join(dir, 'key.json')
  const publicKey = (await run(['key', 'new', '--out', key])).stdout.trim()
  const clusters = [{ id: 'dev', keys: [publicKey], zones: ['cluster.local'] }]
  const edge = await startNodeEdge({ public: true, clusters })
  const kubeconfig = join(dir, 'kubeconfig')
  const token = await cluster.kubectl(['create', 'token', 'observed', '-n=kube-system'])
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'a',
      clusters: [{ name: 'a', cluster: { server: cluster.apiUrl, 'certificate-authority': cluster.caFile } }],
      users: [{ name: 'a', user: { token: token.trim() } }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    }),
  )
  const target = ['--cluster', 'dev', '--edge', edge.url, '--ca', edge.caFile, '--key', key]
  const options = [...target, '--kubeconfig', kubeconfig]
  try {
    const poor = await startAgent(t, options)
    const refused = await waitFor('the refusal of Events is logged', () =>
      poor.lines.find(({ message }) => message === 'no Kubernetes Event written'),
    )
    assert.equal(refused.code, 'KUBE_FORBIDDEN')
    assert.equal((await fetch(`${poor.url}/readyz`)).status, 200)
    assert.equal(await poor.stop(), 0)

    await apply(cluster, mayWriteEvents)
    const agent = await startAgent(t, options)
    const seen = await waitFor('the Event appears', async () => {
      const text = await cluster.kubectl(['describe', 'service', 'numeric'])
      return text.includes('KubedohSkipped') && text
    })
    assert.match(seen, /Warning\s+KubedohSkipped.*kubedoh\/agent\s+Not in DNS: externalName "10\.1\.2\.3"/)
    assert.equal(await sample(agent, 'kubedoh_skip_events_total{result="created"}'), 1)

    const count = (kind: string): string =>
      `kubedoh_dns_programming_duration_seconds_count{service_kind="${kind}"}`
    const headless = count('headless_with_selector')
    assert.equal(await sample(agent, headless), 0, 'objects of the first list are not measured')
    await apply(cluster, fresh)
    for (const name of [headless, count('cluster_ip')])
      await waitFor(`${name} is above 0`, async () => ((await sample(agent, name)) ?? 0) > 0)
    const sum = await sample(agent, headless.replace('_count', '_sum'))
    t.diagnostic(`programming time ${sum} s over ${await sample(agent, headless)}`)
    assert.ok(sum !== undefined && sum > 0 && sum < 60)
    assert.equal(await agent.stop(), 0)
  } finally {
    await edge.stop()
  }
})
