import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { bundleWorker } from '../../deploy/worker/bundle.ts'
import { quietWrangler } from '../blackbox/workerd-edge.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js')

let dir: string
before(async () => {
  quietWrangler()
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-wrangler-'))
})
after(() => rm(dir, { recursive: true }))

/** Runs wrangler in the project; resolves to what it prints on both streams. */
async function wrangler(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, WRANGLER_LOG: 'log', NO_COLOR: '1', CI: 'true' }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], {
    cwd: root,
    env,
  })
  return stdout + stderr
}

/** The bindings that `wrangler deploy` would upload, and the warnings. */
async function deployed(...args: readonly string[]): Promise<{ bindings: string[]; warnings: string[] }> {
  const text = await wrangler('deploy', '--dry-run', '--outdir', join(dir, 'out'), ...args)
  const lines = text.split('\n')
  const bindings = lines.flatMap((line) => /^env\.(\w+)/.exec(line)?.[1] ?? [])
  return { bindings: bindings.toSorted(), warnings: lines.filter((line) => line.includes('WARNING')) }
}

test('one Worker has all bindings, and its configuration comes from the file of secrets', async () => {
  const secrets = join(dir, 'secrets.json')
  await writeFile(secrets, JSON.stringify({ KUBEDOH_CONFIG: '{"clusters":[]}' }))
  const { bindings, warnings } = await deployed(
    '--env',
    '',
    '--domain',
    'dns.example.com',
    '--secrets-file',
    secrets,
  )
  assert.deepEqual(warnings, [])
  assert.deepEqual(bindings, [
    ...['KUBEDOH_CONFIG', 'KV'],
    ...['LIMIT_ANONYMOUS', 'LIMIT_FAILURE', 'LIMIT_INGEST', 'LIMIT_TOKEN', 'REGISTER'],
  ])
})

/** The most bytes (gzipped) that an isolate evaluates at its start. */
const maxInitialBytes = 40 * 1024

test('the upload is the modules of the build, and an isolate starts with a small part of them', async () => {
  await deployed('--env', '')
  const { code, initial } = await bundleWorker()
  const names = (await readdir(join(dir, 'out'))).filter((name) => name.endsWith('.js'))
  assert.deepEqual(names.toSorted(), [...code.keys()].toSorted())
  for (const name of names) assert.equal(await readFile(join(dir, 'out', name), 'utf8'), code.get(name), name)
  const bytes = gzipSync(initial.map((name) => code.get(name)).join('')).length
  assert.ok(bytes <= maxInitialBytes, `${bytes} bytes`)
  const isInitial = (text: string): boolean => initial.some((name) => code.get(name)?.includes(text))
  assert.equal(isInitial('<!doctype html>'), false)
})

test('the second Worker, which only answers, reads from the register of the first', async () => {
  const { bindings } = await deployed('--env', 'public')
  assert.deepEqual(bindings, ['KV', 'LIMIT_ANONYMOUS', 'LIMIT_FAILURE', 'LIMIT_TOKEN', 'REGISTER'])
})

test('the types that wrangler generates have the bindings of the Worker, without its variables', async () => {
  const file = join(dir, 'bindings.d.ts')
  await wrangler('types', file, '--include-runtime=false', '--env-interface', 'Generated')
  const generated = await readFile(file, 'utf8')
  const source = await readFile(join(root, 'worker/cloudflare/worker.ts'), 'utf8')
  const declared = /export type Bindings = [^{]*\{([^}]*)\}/.exec(source)?.[1] ?? ''
  const names = [...declared.matchAll(/readonly (\w+)\??:/g)].map(([, name]) => name ?? '')
  assert.ok(names.length > 5)
  for (const name of names.filter((each) => !each.startsWith('KUBEDOH_')))
    assert.match(generated, new RegExp(`\\b${name}\\??:`), name)
})
