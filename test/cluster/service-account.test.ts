import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { run } from '../blackbox/command.ts'
import { startNodeEdge } from '../blackbox/node-edge.ts'
import { dig } from '../clients/dig.ts'
import { applyExamples, article } from './article.ts'
import { type Available, availableCluster } from './available.ts'
import { apply } from './shape.ts'
import { waitFor } from './wait.ts'

/*
 * The agent as in a pod: a service account's token and CA where kubelets mount them, the API's address in the
 * environment, and a role that allows exactly what it reads. A mount namespace plays the pod.
 */
const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const manifest = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: kubedoh, namespace: kube-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: kubedoh}
rules:
- {apiGroups: [""], resources: [namespaces, services], verbs: [list, watch]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: kubedoh}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: kubedoh}
subjects: [{kind: ServiceAccount, name: kubedoh, namespace: kube-system}]
`
const pod = `
set -e
mount -t tmpfs none /run
mkdir -p /run/secrets/kubernetes.io/serviceaccount
cp "$TOKEN" /run/secrets/kubernetes.io/serviceaccount/token
cp "$CA" /run/secrets/kubernetes.io/serviceaccount/ca.crt
echo kube-system > /run/secrets/kubernetes.io/serviceaccount/namespace
exec "$@"
`

let available: Available
let dir: string

before(
  async () => {
    available = await availableCluster(process.env)
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-pod-'))
  },
  { timeout: 30 * 60_000 },
)
after(async () => {
  await available?.cluster?.stop()
  await rm(dir, { recursive: true })
})

test('in a pod, with a service account that may list and watch three kinds, the agent publishes', async (t) => {
  const { cluster } = available
  if (!cluster) return t.skip(available.reason)
  if (!cluster.owned) return t.skip('KUBECONFIG is set: no roles are made there')
  if (!(await mayUnshare())) return t.skip('mount namespaces need root')
  await applyExamples(cluster)
  await apply(cluster, manifest)
  const key = join(dir, 'key.json')
  const publicKey = (await run(['key', 'new', '--out', key])).stdout.trim()
  const edge = await startNodeEdge({
    public: true,
    clusters: [{ id: 'dev', keys: [publicKey], zones: ['cluster.local'] }],
  })
  const token = join(dir, 'token')
  await writeFile(token, await cluster.kubectl(['create', 'token', 'kubedoh', '-n=kube-system']))
  const { hostname, port } = new URL(cluster.apiUrl)
  const agent = spawn(
    'unshare',
    [
      '--mount',
      'sh',
      '-c',
      pod,
      'pod',
      process.execPath,
      main,
      'sync',
      '--cluster',
      'dev',
      '--edge',
      edge.url,
      '--ca',
      edge.caFile,
      '--key',
      key,
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        TOKEN: token,
        CA: cluster.caFile,
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
      },
    },
  )
  let said = ''
  agent.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  try {
    const target = { url: `${edge.url}/dns-query`, caFile: edge.caFile }
    await waitFor(
      `the agent publishes; it says ${said}`,
      async () => (await dig(target, article.name)).answer.length === 3,
    )
    // kubectl ends with 1 where the answer is no.
    const asAgent = '--as=system:serviceaccount:kube-system:kubedoh'
    await assert.rejects(cluster.kubectl(['auth', 'can-i', 'get', 'secrets', asAgent]), {
      code: 'COMMAND_FAILED',
    })
  } finally {
    agent.kill('SIGTERM')
    const [code] = (await once(agent, 'exit')) as [number | null]
    await edge.stop()
    assert.equal(code, 0, said)
  }
})

async function mayUnshare(): Promise<boolean> {
  try {
    await promisify(execFile)('unshare', ['--mount', 'true'])
    return true
  } catch {
    return false
  }
}
