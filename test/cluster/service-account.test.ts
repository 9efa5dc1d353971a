import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from '../blackbox/command.ts'
import { startNodeEdge } from '../blackbox/node-edge.ts'
import { dig, type Target } from '../clients/dig.ts'
import { waitFor } from '../wait-for.ts'
import { type Available, availableCluster } from './available-cluster.ts'
import { apply, setPodAddress } from './change-cluster.ts'
import type { Cluster } from './control-plane.ts'
import { applyExamples, exampleService, webServers } from './example-service.ts'
import { mayUnshare } from './pod.ts'

/*
 * The agent as in a pod: a service account's token and CA where kubelets mount them, the API's address in the
 * environment, and the role of docs/agent.md. A mount namespace simulates the pod.
 */
const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const manifest = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: kubedoh, namespace: kube-system}
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

/** The pod name of a web server, by its address. */
const podName = '172-16-1-42.default.pod.cluster.local'

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

test('the agent publishes with the role of docs/agent.md; --pods verified needs the last rule', async (t) => {
  const { cluster } = available
  if (!cluster) return t.skip(available.reason)
  if (!cluster.owned) return t.skip('KUBECONFIG is set: the test creates no roles there')
  if (!(await mayUnshare())) return t.skip('mount namespaces need root')
  await applyExamples(cluster)
  const [role, roleWithoutPods] = await roles()
  await apply(cluster, `${manifest}---\n${roleWithoutPods}`)
  await withAgent(cluster, [], async (target) => {
    await waitFor(
      'the agent publishes',
      async () => (await dig(target, exampleService.name)).answer.length === 3,
    )
    assert.equal((await dig(target, podName)).status, 'NXDOMAIN')
  })
  // kubectl exits with 1 if the answer is no.
  const asAgent = '--as=system:serviceaccount:kube-system:kubedoh'
  for (const what of [
    ['get', 'secrets'],
    ['list', 'pods'],
  ])
    await assert.rejects(cluster.kubectl(['auth', 'can-i', ...what, asAgent]), { code: 'COMMAND_FAILED' })
  await withAgent(cluster, ['--pods', 'verified'], async (target, said) => {
    await waitFor('the refusal is logged', async () => /KUBE_FORBIDDEN.*list pods/.test(said()))
    assert.equal((await dig(target, exampleService.name)).status, 'SERVFAIL')
    await apply(cluster, role)
    await waitFor('the pod is answered', async () => (await dig(target, podName)).answer.length === 1)
    assert.deepEqual((await dig(target, podName)).answer, [`${podName}. 5 A ${exampleService.addresses[0]}`])
    const [first] = await webServers(cluster)
    assert.ok(first)
    await setPodAddress(cluster, first.namespace, first.name, '172.16.9.9')
    await waitFor('the old name is gone', async () => (await dig(target, podName)).status === 'NXDOMAIN')
    await waitFor('the new name is answered', async () => {
      return (await dig(target, '172-16-9-9.default.pod.cluster.local')).answer.length === 1
    })
  })
})

test('up in a pod serves the cluster of the pod, not the sample', async (t) => {
  const { cluster } = available
  if (!cluster) return t.skip(available.reason)
  if (!cluster.owned) return t.skip('KUBECONFIG is set: the test creates no roles there')
  if (!(await mayUnshare())) return t.skip('mount namespaces need root')
  const [role] = await roles()
  await apply(cluster, `${manifest}---\n${role}`)
  const name = 'only-in-this-cluster.default.svc.cluster.local'
  const external =
    '{apiVersion: v1, kind: Service, metadata: {name: only-in-this-cluster, namespace: default}, spec: {type: ExternalName, externalName: pod.example.com}}'
  await apply(cluster, external)
  const data = join(dir, 'up')
  const up = await startInPod(cluster, ['up', '--data', data, '--listen', '127.0.0.1:0'])
  try {
    const url = await waitFor('up is ready', () => {
      const [, found] = /^ready (\S+)$/m.exec(up.said()) ?? []
      if (found === undefined) throw new Error(up.said())
      return found
    })
    assert.match(up.said(), /for the cluster of the service account of this pod;/)
    const target = { url, caFile: join(data, 'tls', 'ca.pem') }
    // The sample does not have this name. The cluster may have the objects of the sample, from other tests.
    assert.deepEqual((await dig(target, name, 'CNAME')).answer, [`${name}. 5 CNAME pod.example.com.`])
  } finally {
    assert.equal(await up.stop(), 0, up.said())
  }
})

/** The ClusterRole of docs/agent.md, and the same without the rule that only --pods verified needs. */
async function roles(): Promise<[all: string, withoutPods: string]> {
  const page = await readFile(new URL('../../docs/agent.md', import.meta.url), 'utf8')
  const [, role = ''] = /```yaml\n(.*?)```/s.exec(page) ?? []
  const [withoutPods = '', pods = ''] = role.split(/^# With --pods verified alone:\n/m)
  assert.match(pods, /pods/)
  return [role, withoutPods]
}

/** Runs `kubedoh sync` as the service account, with a new edge; asserts that it exits with 0. */
async function withAgent(
  cluster: Cluster,
  options: readonly string[],
  use: (target: Target, said: () => string) => Promise<void>,
): Promise<void> {
  const key = join(dir, `key-${options.join('')}.json`)
  const publicKey = (await run(['key', 'new', '--out', key])).stdout.trim()
  const clusters = [{ id: 'dev', keys: [publicKey], zones: ['cluster.local'] }]
  const edge = await startNodeEdge({ public: true, clusters })
  const to = ['--cluster', 'dev', '--edge', edge.url, '--ca', edge.caFile, '--key', key]
  const agent = await startInPod(cluster, ['sync', ...to, ...options])
  try {
    await use({ url: `${edge.url}/dns-query`, caFile: edge.caFile }, agent.said)
  } finally {
    const code = await agent.stop()
    await edge.stop()
    assert.equal(code, 0, agent.said())
  }
}

type InPod = {
  /** Standard output and standard error so far. */
  said(): string
  /** Sends SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>
}

/** Runs `kubedoh ARGS...` as in a pod of the service account. */
async function startInPod(cluster: Cluster, args: readonly string[]): Promise<InPod> {
  const token = join(dir, 'token')
  await writeFile(token, await cluster.kubectl(['create', 'token', 'kubedoh', '-n=kube-system']))
  const { hostname, port } = new URL(cluster.apiUrl)
  const { KUBECONFIG: _, ...env } = process.env
  const child = spawn('unshare', ['--mount', 'sh', '-c', pod, 'pod', process.execPath, main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...env,
      TOKEN: token,
      CA: cluster.caFile,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
    },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const exit = once(child, 'exit') as Promise<[number | null]>
  return {
    said: () => said,
    async stop() {
      child.kill('SIGTERM')
      const [code] = await exit
      return code
    },
  }
}
