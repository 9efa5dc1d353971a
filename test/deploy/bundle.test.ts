import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bundleCommand } from '../../deploy/bundle.ts'
import { startScript } from '../blackbox/command.ts'
import { oldNode } from '../cli/old-node.ts'
import { waitFor } from '../wait-for.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const execute = promisify(execFile)

let dir: string
let main: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-bundle-'))
  main = join(dir, 'dist', 'main.mjs')
  await bundleCommand(join(dir, 'dist'))
  await copyFile(join(root, 'package.json'), join(dir, 'package.json'))
})
after(() => rm(dir, { recursive: true }))

test('the bundled command works without any other file: a key, an edge, a publish, an answer', async (t) => {
  const run = (...args: string[]) => execute(process.execPath, [main, ...args], { cwd: dir })
  const up = await startScript([
    ...[main, 'up', '--from', join(root, 'examples', 'objects.yaml')],
    ...['--listen', '127.0.0.1:0', '--data', join(dir, 'data')],
  ])
  t.after(() => up.stop())
  const ca = join(dir, 'data', 'tls', 'ca.pem')
  const asked = await run('query', '--url', up.url, '--ca', ca, 'none-linuxea.default.svc.cluster.local', 'A')
  const addresses = [...asked.stdout.matchAll(/IN A\t(\S+)/g)].map(([, address = '']) => address)
  assert.deepEqual(addresses.toSorted(), ['172.16.1.42', '172.16.2.44', '172.16.3.46'])
  const kubeconfig = join(dir, 'nothing.kubeconfig')
  await assert.rejects(
    run(
      'sync',
      '--edge',
      'https://127.0.0.1:1',
      '--key',
      join(dir, 'data', 'agent-key.json'),
      '--kubeconfig',
      kubeconfig,
    ),
    ({ code, stderr }) => code === 2 && /nothing\.kubeconfig/.test(String(stderr)),
    'the Kubernetes client is there as well',
  )
})

test('the bundled edge answers with several processes', async (t) => {
  const config = join(dir, 'edge.json')
  await writeFile(config, JSON.stringify({ public: true, clusters: [] }))
  const serve = await startScript([
    ...[main, 'serve', '--config', config, '--workers', '2', '--plain'],
    ...['--listen', '127.0.0.1:0', '--data', join(dir, 'serve')],
  ])
  t.after(() => serve.stop())
  const asked = await execute(process.execPath, [main, 'query', '--url', serve.url, 'example.com'], {
    cwd: dir,
  })
  assert.match(asked.stdout, /status: REFUSED/)
})

test('the bundle reads a long policy in its own thread', async (t) => {
  const policy = join(dir, 'policy.yaml')
  const entry = (at: number): string =>
    `- { name: t${at}, sha256: ${String(at).padStart(64, 'a')}, all: true }`
  const entries = Array.from({ length: 1_000 }, (_, at) => entry(at))
  await writeFile(policy, `version: 1\ntokens:\n${entries.join('\n')}\n`)
  const up = await startScript([
    ...[main, 'up', '--from', join(root, 'examples', 'objects.yaml'), '--policy', policy],
    ...['--listen', '127.0.0.1:0', '--data', join(dir, 'with-policy')],
  ])
  t.after(() => up.stop())
  const line = await waitFor('the policy is logged', () => up.stderr.find((each) => each.includes('policy ')))
  assert.match(line, /policy read .*tokens=1000/)
})

const old = oldNode()

test('on an old Node the bundle prints one line, exit code 2', {
  skip: old === undefined && 'no Node older than 24.12 is installed',
}, async () => {
  await assert.rejects(
    execute(old ?? '', [main, 'up'], { cwd: dir }),
    ({ code, stderr }) =>
      code === 2 && /^kubedoh: needs Node 24\.12 or later, [^\n]*\n$/.test(String(stderr)),
  )
})
