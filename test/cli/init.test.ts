import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { load, loadAll } from 'js-yaml'
import { run, start } from '../blackbox/command.ts'
import { startWorkerdEdge } from '../blackbox/workerd-edge.ts'

const objects = fileURLToPath(new URL('../../examples/objects.yaml', import.meta.url))

let root: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'kubedoh-init-'))
})
after(() => rm(root, { recursive: true }))

const initIn = (dir: string, ...args: readonly string[]) => run(['init', '--dir', dir, ...args])
const given = ['--host', 'dns.example.com', '--cluster', 'prod'] as const
const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777
const textsIn = async (dir: string): Promise<Record<string, string>> => {
  const names = (await readdir(dir)).toSorted()
  const texts = names.map(async (name) => [name, await readFile(join(dir, name), 'utf8')] as const)
  return Object.fromEntries(await Promise.all(texts))
}

test('writes all files for Cloudflare, prints the first URL alone on stdout, and no private key', async () => {
  const dir = join(root, 'cloudflare')
  const { code, stdout, stderr } = await initIn(
    dir,
    '--edge',
    'cloudflare',
    ...given,
    '--zone',
    'prod.k8s.example.com',
  )
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^https:\/\/dns\.example\.com\/dns-query\/prod-[a-z2-7]{26}\n$/)
  const texts = await textsIn(dir)
  assert.deepEqual(Object.keys(texts), [
    ...['.dev.vars', 'agent-key.json', 'agent-secret.yaml', 'agent-values.yaml', 'edge.json', 'policy.yaml'],
    ...['setup.json', 'worker-secrets.json', 'wrangler.toml'],
  ])
  for (const name of ['.dev.vars', 'agent-key.json', 'agent-secret.yaml', 'worker-secrets.json'])
    assert.equal(await modeOf(join(dir, name)), 0o600, name)
  const key = JSON.parse(texts['agent-key.json'] ?? '') as { d: string; x: string }
  assert.ok(!`${stdout}${stderr}`.includes(key.d), 'the private key is not printed')
  const { KUBEDOH_CONFIG } = JSON.parse(texts['worker-secrets.json'] ?? '') as { KUBEDOH_CONFIG: string }
  assert.deepEqual(JSON.parse(KUBEDOH_CONFIG), JSON.parse(texts['edge.json'] ?? ''))
  const [space, secret] = loadAll(texts['agent-secret.yaml'] ?? '') as [
    { metadata: { name: string } },
    { metadata: { name: string; namespace: string }; stringData: Record<string, string> },
  ]
  assert.equal(secret.metadata.namespace, space.metadata.name)
  assert.deepEqual(JSON.parse(secret.stringData['agent-key.json'] ?? ''), key)
  const values = load(texts['agent-values.yaml'] ?? '') as {
    agent: { edgeUrl: string; key: { secretName: string } }
  }
  assert.equal(values.agent.edgeUrl, 'https://dns.example.com')
  assert.equal(values.agent.key.secretName, secret.metadata.name)
  const commands = stderr.split('\n').filter((line) => line.startsWith('  '))
  assert.deepEqual(
    commands.map((line) => line.trim().split(' ').slice(0, 3).join(' ')),
    ['npx wrangler deploy', 'kubectl apply -f', 'helm upgrade --install'],
  )
})

test('a second run changes nothing and makes no second token; agent-values.yaml keeps its edits', async () => {
  const dir = join(root, 'again')
  assert.equal((await initIn(dir, '--edge', 'self-hosted', ...given)).code, 0)
  const values = join(dir, 'agent-values.yaml')
  await writeFile(values, `${await readFile(values, 'utf8')}replicaCount: 3\n`)
  const texts = await textsIn(dir)
  const { code, stdout, stderr } = await initIn(dir)
  assert.equal(code, 0, stderr)
  assert.equal(stdout, '')
  assert.deepEqual(await textsIn(dir), texts)
})

test('options that are missing or wrong exit with 2 and one line that names them', async () => {
  for (const [args, message] of [
    [['--host', 'dns.example.com'], /init needs --edge/],
    [['--edge', 'aws', ...given], /--edge is "aws", it must be one of cloudflare, self-hosted/],
    [
      ['--edge', 'cloudflare', '--host', 'https://dns.example.com', '--cluster', 'a'],
      /--host is .* without https/,
    ],
    [['--edge', 'cloudflare', '--host', 'dns.example.com', '--cluster', 'A_b'], /--cluster is "A_b"/],
    [['--edge', 'cloudflare', ...given, '--zone', 'not a zone'], /zone/],
    [['--edge', 'cloudflare', ...given, '--reverse', '10.0.0.0/99'], /reverse/],
    [['--rotate'], /has no setup/],
  ] as const) {
    const dir = join(root, 'wrong')
    const { code, stdout, stderr } = await initIn(dir, ...args)
    assert.match(stderr, message)
    assert.match(stderr, /^[^\n]+\n$/)
    assert.deepEqual([code, stdout], [2, ''])
    await rm(dir, { recursive: true, force: true })
  }
  const dir = join(root, 'again')
  assert.match((await initIn(dir, '--cluster', 'other')).stderr, /the folder is that of the cluster prod/)
  assert.match(
    (await initIn(dir, '--zone', 'k8s.example.com')).stderr,
    /edit zones and ranges in .*edge\.json/,
  )
})

/** Publishes the sample with the files of a setup, through the edge at `url`. */
async function publishWith(dir: string, url: string, ...options: readonly string[]): Promise<void> {
  const file = (name: string): string => join(dir, name)
  const args = ['--cluster', 'prod', '--key', file('agent-key.json'), '--policy', file('policy.yaml')]
  const { code, stderr } = await run(['sync', '--edge', url, '--from', objects, ...args, ...options])
  assert.equal(code, 0, stderr)
}

const question = '?name=kubernetes.default.svc.cluster.local&type=A'

test('the Worker answers at the printed path with the written configuration, after the agent has published', async () => {
  const dir = join(root, 'worker')
  const { stdout } = await initIn(dir, '--edge', 'cloudflare', ...given)
  const secrets = JSON.parse(await readFile(join(dir, 'worker-secrets.json'), 'utf8')) as {
    KUBEDOH_CONFIG: string
  }
  const edge = await startWorkerdEdge(JSON.parse(secrets.KUBEDOH_CONFIG))
  try {
    await publishWith(dir, edge.url)
    const { pathname } = new URL(stdout.trim())
    const answer = (await (await fetch(edge.url + pathname + question)).json()) as {
      Answer: { data: string }[]
    }
    assert.deepEqual(
      answer.Answer.map(({ data }) => data),
      ['10.96.0.1'],
    )
    assert.equal((await fetch(`${edge.url}/dns-query${question}`)).status, 401)
  } finally {
    await edge.stop()
  }
})

test('three steps of --rotate replace the key, and the edge accepts the agent at every step', async () => {
  const dir = join(root, 'rotated')
  await initIn(dir, '--edge', 'self-hosted', ...given)
  const file = (name: string): string => join(dir, name)
  const keysOf = async (): Promise<readonly string[]> =>
    (JSON.parse(await readFile(file('edge.json'), 'utf8')) as { clusters: { keys: string[] }[] }).clusters[0]
      ?.keys ?? []
  const keyOf = async (): Promise<string> =>
    (JSON.parse(await readFile(file('agent-key.json'), 'utf8')) as { x: string }).x
  const old = await keyOf()
  const accepts = async (): Promise<void> => {
    const places = ['--config', file('edge.json'), '--data', file('data'), '--listen', '127.0.0.1:0']
    const edge = await start(['serve', ...places])
    try {
      await publishWith(dir, new URL(edge.url).origin, '--ca', file('data/tls/ca.pem'))
    } finally {
      await edge.stop()
    }
  }
  await accepts()
  const steps: { readonly said: string; readonly keys: number; readonly isNew: boolean }[] = []
  for (let step = 1; step <= 3; step++) {
    const { code, stdout, stderr } = await initIn(dir, '--rotate')
    assert.deepEqual([code, stdout], [0, ''], stderr)
    assert.ok(stderr.split('\n').filter((line) => line.startsWith('  ')).length <= 3)
    steps.push({ said: stderr.slice(0, 11), keys: (await keysOf()).length, isNew: (await keyOf()) !== old })
    await accepts()
  }
  assert.deepEqual(steps, [
    { said: 'step 1 of 3', keys: 2, isNew: false },
    { said: 'step 2 of 3', keys: 2, isNew: true },
    { said: 'step 3 of 3', keys: 1, isNew: true },
  ])
  assert.deepEqual(await keysOf(), [await keyOf()])
  assert.ok((await readFile(file('agent-secret.yaml'), 'utf8')).includes(await keyOf()))
})
