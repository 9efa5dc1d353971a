import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readExposition } from '../../observe/exposition.case.ts'
import { hashBlob } from '../../snapshot/blob.ts'
import { importPrivateKey, type SigningKey } from '../../snapshot/key.ts'
import { encodePolicyHead } from '../../snapshot/policy/encode.ts'
import type { PolicyHead, Scope } from '../../snapshot/policy/schema.ts'
import { rereadRoot } from '../../snapshot/root.ts'
import { createEdgeClient } from '../../sync/publish/edge-client.ts'
import { run } from '../blackbox/command.ts'
import type { EdgeUnderTest } from '../blackbox/edge-under-test.ts'
import { startNodeEdge } from '../blackbox/node-edge.ts'
import { dig, kdig, type Target } from '../clients/dig.ts'
import { servePage } from '../clients/page.ts'
import { output, skipWithout } from '../clients/program.ts'
import { profileOf } from '../clients/settings.ts'
import { waitFor } from '../wait-for.ts'
import { type Agent, startAgent } from './agent-process.ts'
import { type Available, availableCluster } from './available-cluster.ts'
import { apply } from './change-cluster.ts'
import type { Cluster } from './control-plane.ts'
import { applyExamples, exampleService } from './example-service.ts'

/*
 * An agent that watches a ConfigMap with the access policy on a real control plane, with the roles of examples/: the
 * policy is in the published root, and a broken one leaves the last good one in force.
 */

const browseScript = fileURLToPath(new URL('../clients/browse.ts', import.meta.url))
const example = (file: string) => readFile(new URL(`../../examples/${file}`, import.meta.url), 'utf8')
const mayWriteEvents = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: kubedoh-events, namespace: kubedoh}
rules:
- {apiGroups: [events.k8s.io], resources: [events], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: kubedoh-events, namespace: kubedoh}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: kubedoh-events}
subjects: [{kind: ServiceAccount, name: kubedoh, namespace: kubedoh}]
`

let available: Available
let dir: string

before(
  async () => {
    available = await availableCluster(process.env)
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-policy-'))
  },
  { timeout: 30 * 60_000 },
)
after(async () => {
  await available?.cluster?.stop()
  await rm(dir, { recursive: true })
})

/** Replaces the ConfigMap's policy. */
function putPolicy(cluster: Cluster, text: string): Promise<void> {
  return apply(
    cluster,
    JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kubedoh-policy', namespace: 'kubedoh' } },
      data: { 'policy.yaml': text },
    }),
  )
}

/** The hash of the head in the root at the edge; undefined before there is a root. */
async function headAt(edge: EdgeUnderTest, key: SigningKey): Promise<string | undefined> {
  const client = createEdgeClient({
    ...{ url: edge.url, cluster: 'dev', key, fetch: edge.fetch, nowMs: Date.now, requestTimeoutMs: 60_000 },
  })
  const { root } = await client.state()
  return root === null ? undefined : rereadRoot(root).policy?.head
}

/** The head of a policy whose only rule is the scope of callers without a token. */
function anonymousHead(scope: Scope | null): Promise<string> {
  const head: PolicyHead = {
    ...{ kind: 'policy', scopes: scope === null ? [] : [scope], anonymous: scope === null ? null : 0 },
    ...{ networks: [], minting: [] },
  }
  return hashBlob(encodePolicyHead(head))
}

async function kubeconfigFor(cluster: Cluster): Promise<string> {
  const file = join(dir, 'kubeconfig')
  const token = await cluster.kubectl(['create', 'token', 'kubedoh', '-n=kubedoh'])
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'a' },
    clusters: [{ name: 'a', cluster: { server: cluster.apiUrl, 'certificate-authority': cluster.caFile } }],
    users: [{ name: 'a', user: { token: token.trim() } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
  }
  await writeFile(file, JSON.stringify(config))
  return file
}

type SetUp = { readonly edge: Edge; readonly key: SigningKey; readonly options: readonly string[] }
type Edge = Awaited<ReturnType<typeof startNodeEdge>>

/** The sample objects and roles, an edge, and the options of an agent for it that watches the ConfigMap. */
async function setUp(t: TestContext, cluster: Cluster): Promise<SetUp> {
  await applyExamples(cluster)
  for (const text of [await example('rbac.yaml'), await example('rbac-policy.yaml'), mayWriteEvents])
    await apply(cluster, text)
  const keyFile = join(dir, `key-${++keys}.json`)
  const publicKey = (await run(['key', 'new', '--out', keyFile])).stdout.trim()
  const key = await importPrivateKey(JSON.parse(await readFile(keyFile, 'utf8')))
  const edge = await startNodeEdge({
    public: true,
    clusters: [{ id: 'dev', keys: [publicKey], zones: ['cluster.local', 'k8s.test'] }],
  })
  t.after(() => edge.stop())
  const options = [
    ...['--cluster', 'dev', '--edge', edge.url, '--ca', edge.caFile, '--key', keyFile],
    ...['--kubeconfig', await kubeconfigFor(cluster), '--policy-configmap', 'kubedoh/kubedoh-policy'],
  ]
  return { edge, key, options }
}

let keys = 0

/** Runs `kubedoh token` on a policy file. It returns the line on stdout, and throws when the command fails. */
function tokenCommand(file: string): (action: string, ...args: readonly string[]) => Promise<string> {
  return async (action, ...args) => {
    const { code, stdout, stderr } = await run(['token', action, ...args, '--policy', file])
    assert.equal(code, 0, stderr)
    return stdout.trim()
  }
}

/** The HTTP status of a query for the sample Service with a token in the path. */
async function statusWith(edge: Edge, token: string): Promise<number> {
  const response = await edge.fetch(`${edge.url}/dns-query/${token}?name=${exampleService.name}`)
  await response.arrayBuffer()
  return response.status
}

test('a policy in a ConfigMap: made, changed, broken, deleted, and after a restart of the agent', async (t) => {
  const { cluster } = available
  if (!cluster) return t.skip(available.reason)
  if (!cluster.owned) return t.skip('KUBECONFIG is set: the test creates no roles there')
  const { edge, key, options } = await setUp(t, cluster)
  const inForce = async (what: string, scope: Scope | null): Promise<void> => {
    const wanted = await anonymousHead(scope)
    await waitFor(what, async () => (await headAt(edge, key)) === wanted)
  }
  const valid = async ({ url }: Agent): Promise<number | undefined> => {
    const families = readExposition(await (await fetch(`${url}/metrics`)).text())
    return families.get('kubedoh_policy_valid')?.samples.get('kubedoh_policy_valid')
  }

  const agent = await startAgent(t, options)
  await inForce('without the ConfigMap nobody is admitted', null)
  assert.equal(await valid(agent), 0)

  await putPolicy(cluster, 'version: 1\nanonymous: {namespaces: [default]}\n')
  const changedMs = performance.now()
  await inForce('the policy is published', ['default'])
  t.diagnostic(`from the end of kubectl apply to the root: ${Math.round(performance.now() - changedMs)} ms`)
  assert.equal(await valid(agent), 1)

  await cluster.kubectl(['label', 'namespace', 'default', 'dns=edge'])
  await cluster.kubectl(['label', 'namespace', 'kube-system', 'dns=edge'])
  await putPolicy(cluster, 'version: 1\nanonymous: {namespaceLabels: dns=edge}\n')
  await inForce('labels are resolved', ['default', 'kube-system'])
  await cluster.kubectl(['label', 'namespace', 'kube-system', 'dns-'])
  await inForce('a namespace without the label leaves the scope', ['default'])

  await putPolicy(cluster, 'version: 1\nanonymous: {namespace: [default]}\n')
  const warned = await waitFor('the fault is logged', () =>
    agent.lines.findLast(
      ({ message, problems }) =>
        String(message).startsWith('policy broken') && JSON.stringify(problems).includes('line'),
    ),
  )
  assert.match(JSON.stringify(warned.problems), /kubedoh\/kubedoh-policy, policy\.yaml: line 2, anonymous/)
  assert.equal(await valid(agent), 0)
  const events = await waitFor('the Event appears', async () => {
    const text = await cluster.kubectl(['describe', 'configmap', 'kubedoh-policy', '-n=kubedoh'])
    return text.includes('KubedohPolicyBroken') && text
  })
  assert.match(events, /Warning\s+KubedohPolicyBroken.*The last good access policy stays in force.*line 2/)
  assert.equal(await headAt(edge, key), await anonymousHead(['default']))

  await cluster.kubectl(['delete', 'configmap', 'kubedoh-policy', '-n=kubedoh'])
  await waitFor('the deletion is logged', () =>
    agent.lines.findLast(({ problems }) => JSON.stringify(problems ?? '').includes('it does not exist')),
  )
  assert.equal(await agent.stop(), 0)

  const second = await startAgent(t, options)
  await waitFor('the second agent is ready', async () => (await fetch(`${second.url}/readyz`)).status === 200)
  assert.equal(await headAt(edge, key), await anonymousHead(['default']), 'the last good policy')
  await putPolicy(cluster, 'version: 1\nanonymous: {all: true}\n')
  await inForce('the ConfigMap is there again', 'all')
  assert.equal(await second.stop(), 0)
})

test('a token in a ConfigMap: made, used by dig, kdig and curl, expired, rotated and revoked', async (t) => {
  const { cluster } = available
  if (!cluster) return t.skip(available.reason)
  if (!cluster.owned) return t.skip('KUBECONFIG is set: the test creates no roles there')
  const skip = (await skipWithout('dig')) || (await skipWithout('kdig')) || (await skipWithout('curl'))
  if (skip) return t.skip(skip)
  const { edge, options } = await setUp(t, cluster)
  const file = join(dir, 'tokens.yaml')
  const command = tokenCommand(file)
  const make = ['--cluster', 'dev', '--namespaces', 'default']
  const first = await command('create', 'laptop', ...make)
  const short = await command('create', 'short', ...make, '--expires', '20s')
  const put = async (): Promise<void> => putPolicy(cluster, await readFile(file, 'utf8'))
  await put()
  const agent = await startAgent(t, options)

  const target = (token: string): Target => ({ url: `${edge.url}/dns-query/${token}`, caFile: edge.caFile })
  const status = (token: string): Promise<number> => statusWith(edge, token)
  const turns = async (token: string, wanted: number): Promise<number> => {
    const beganMs = performance.now()
    await waitFor(`${wanted} with a token`, async () => (await status(token)) === wanted)
    return Math.round(performance.now() - beganMs)
  }
  await turns(first, 200)
  for (const ask of [dig, kdig]) {
    const seen = await ask(target(first), exampleService.name, 'A')
    assert.equal(seen.answer.length, 3)
    const hidden = await ask(target(first), 'kube-dns.kube-system.svc.cluster.local', 'A')
    assert.equal(hidden.status, 'NXDOMAIN')
  }
  const page = ['-sS', '--cacert', edge.caFile, `${target(first).url}?name=${exampleService.name}`]
  assert.ok((await output('curl', page)).includes(exampleService.addresses[0]))
  const bearer = ['-sS', '--cacert', edge.caFile, '-H', `authorization: Bearer ${first}`]
  const url = `${edge.url}/dns-query?name=${exampleService.name}`
  assert.ok((await output('curl', [...bearer, url])).includes(exampleService.addresses[0]))
  assert.equal((await edge.fetch(url)).status, 401, 'callers without a token are refused')

  await turns(short, 404)

  const second = await command('rotate', 'laptop', '--cluster', 'dev')
  await put()
  t.diagnostic(`from the end of kubectl apply to the answer for a new token: ${await turns(second, 200)} ms`)
  assert.equal(await status(first), 200, 'both are valid')

  await command('revoke', 'laptop')
  await put()
  t.diagnostic(
    `from the end of kubectl apply to the refusal of a revoked token: ${await turns(first, 404)} ms`,
  )
  assert.equal(await status(second), 404)
  assert.equal(await agent.stop(), 0)
})

/** A Service whose only endpoint is an address of this machine, so that a browser can load a page from it. */
function pageObjects(address: string): string {
  const metadata = { name: 'page', namespace: 'default' }
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'List' },
    items: [
      { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: 'None', ports: [{ port: 80 }] } },
      {
        ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
        metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'page' } },
        endpoints: [{ addresses: [address] }],
        ports: [{ port: 80 }],
      },
    ],
  })
}

test('Chromium and Firefox load a page by a cluster name with a token, and do not find it after its revocation', async (t) => {
  const { cluster } = available
  if (!cluster) return t.skip(available.reason)
  if (!cluster.owned) return t.skip('KUBECONFIG is set: the test creates no roles there')
  const address = Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
  if (address === undefined) return t.skip('this machine has only loopback addresses')
  const { edge, options } = await setUp(t, cluster)
  await apply(cluster, pageObjects(address))
  const server = await servePage()
  t.after(() => server.stop())
  const file = join(dir, 'browser-tokens.yaml')
  const make = ['create', 'browser', '--cluster', 'dev', '--namespaces', 'default']
  const token = (await run(['token', ...make, '--policy', file])).stdout.trim()
  await putPolicy(cluster, await readFile(file, 'utf8'))
  const agent = await startAgent(t, options)
  const url = `${edge.url}/dns-query/${token}`
  const status = async (): Promise<number> =>
    (await edge.fetch(`${url}?name=page.default.svc.k8s.test`)).status
  await waitFor('the token is valid', async () => (await status()) === 200)
  const page = { title: 'page', label: 'page', type: 'A', addresses: [address] } as const
  const missing = { ...page, label: 'nobody', addresses: [] }
  // Users set a browser up once: the profile that was made with the valid token is also the one after its revocation.
  const profileFile = (browser: string): string => join(dir, `${browser}.json`)
  const browse = (browser: string, ...cases: readonly object[]): Promise<string> =>
    output('unshare', [
      ...['--mount', process.execPath, browseScript, browser, url, edge.caFile, profileFile(browser)],
      ...cases.map((one) => JSON.stringify(one)),
    ])
  for (const browser of ['chromium', 'firefox-esr']) {
    const format = browser === 'chromium' ? 'chromium' : 'firefox'
    await writeFile(profileFile(browser), await profileOf(format, { url, caFile: edge.caFile }))
    const reason = await skipWithout(browser)
    if (reason) t.diagnostic(reason)
    else assert.match(await browse(browser, page, missing), new RegExp(`page from ${address}`))
  }
  await run(['token', 'revoke', 'browser', '--policy', file])
  await putPolicy(cluster, await readFile(file, 'utf8'))
  await waitFor('the token is refused', async () => (await status()) === 404)
  for (const browser of ['chromium', 'firefox-esr'])
    if (!(await skipWithout(browser))) await browse(browser, { ...page, addresses: [] })
  assert.equal(await agent.stop(), 0)
})

test('a token that was replaced in the ConfigMap is refused, and its successor is valid', async (t) => {
  const { cluster } = available
  if (!cluster) return t.skip(available.reason)
  if (!cluster.owned) return t.skip('KUBECONFIG is set: the test creates no roles there')
  const { edge, options } = await setUp(t, cluster)
  const file = join(dir, 'replaced.yaml')
  const command = tokenCommand(file)
  let token = await command('create', 'laptop', '--cluster', 'dev', '--namespaces', 'default')
  const put = async (): Promise<void> => putPolicy(cluster, await readFile(file, 'utf8'))
  await put()
  const agent = await startAgent(t, options)
  await waitFor('the first token', async () => (await statusWith(edge, token)) === 200)
  const tookMs: number[] = []
  for (let round = 0; round < 10; round++) {
    const next = await command('rotate', 'laptop', '--cluster', 'dev', '--overlap', '0')
    // From before kubectl starts: the time of the change itself is known to the second only.
    const beganMs = performance.now()
    const refused = waitFor('the refusal', async () => (await statusWith(edge, token)) === 404, {
      intervalMs: 20,
    }).then(() => tookMs.push(performance.now() - beganMs))
    await Promise.all([put(), refused])
    assert.equal(await statusWith(edge, next), 200, 'its successor is valid')
    token = next
  }
  const sorted = tookMs.map(Math.round).toSorted((a, b) => a - b)
  t.diagnostic(`from the start of kubectl apply to the refusal: ${sorted.join(', ')} ms`)
  assert.equal(await agent.stop(), 0)
})
