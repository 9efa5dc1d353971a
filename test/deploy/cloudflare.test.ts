import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Report } from '../../doctor/report.ts'
import { dig } from '../clients/dig.ts'
import { ended, skipWithout } from '../clients/program.ts'
import { freePorts } from '../free-ports.ts'
import { startCloudflareFront } from '../workerd/cloudflare-front.ts'
import { startTyped, type WranglerDev } from '../workerd/wrangler-dev.ts'
import { commandsOfSection } from './typed-commands.ts'

/*
 * The commands of docs/edge.md, typed in an empty directory: from `kubedoh init` to a Worker under `wrangler dev` that answers from what an
 * agent has published. kubedoh and wrangler are installed as with `npm install --global`, so that nothing is downloaded.
 */

const root = fileURLToPath(new URL('../..', import.meta.url))
const objects = join(root, 'examples', 'objects.yaml')
const name = 'kubernetes.default.svc.cluster.local'

let dir: string
let dev: WranglerDev | undefined
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-cloudflare-'))
})
after(async () => {
  await dev?.stop()
  await rm(dir, { recursive: true })
})

/** The environment of a shell in which kubedoh and wrangler are installed globally. */
async function shellEnvironment(): Promise<NodeJS.ProcessEnv> {
  const bin = join(dir, 'global', 'bin')
  await mkdir(bin, { recursive: true })
  await mkdir(join(dir, 'global', 'lib', 'node_modules'), { recursive: true })
  await symlink(join(root, 'cli', 'kubedoh.mjs'), join(bin, 'kubedoh'))
  await symlink(join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js'), join(bin, 'wrangler'))
  const PATH = [bin, dirname(process.execPath), process.env.PATH].join(delimiter)
  return { ...process.env, PATH, npm_config_prefix: join(dir, 'global'), npm_config_offline: 'true' }
}

test('three commands lead from an empty directory to a Worker with published names', async (t) => {
  const env = await shellEnvironment()
  const empty = join(dir, 'empty')
  await mkdir(empty)
  assert.deepEqual(await readdir(empty), [])
  const [port = 0] = await freePorts(1)
  const commands = await commandsOfSection('docs/edge.md', '### On your machine first')
  assert.match(commands[3] ?? '', /^curl /)
  const typed = commands.slice(0, 3)
  const [init = '', wrangler = '', sync = ''] = typed
  const begun = performance.now()
  const shell = (command: string) => promisify(execFile)('sh', ['-c', command], { cwd: empty, env })
  const { stdout } = await shell(init)
  const initSeconds = seconds(begun)
  dev = await startTyped(`${wrangler} --port ${port}`, empty, env)
  const readySeconds = seconds(begun)
  await shell(`${sync.replace(':8787', `:${port}`)} --from ${objects}`)
  const { pathname } = new URL(stdout.trim())
  const origin = `http://localhost:${port}`
  const response = await fetch(`${origin}${pathname}?name=${name}&type=A`)
  const { Answer } = (await response.json()) as { Answer: { data: string }[] }
  assert.deepEqual(
    Answer.map(({ data }) => data),
    ['10.96.0.1'],
  )
  t.diagnostic(
    `3 commands, ${seconds(begun)} s: init ${initSeconds} s, the Worker is ready at ${readySeconds} s`,
  )
  for (const command of typed) t.diagnostic(`typed: ${command}`)
  assert.equal((await fetch(`${origin}/dns-query?name=${name}&type=A`)).status, 401)

  const front = await startCloudflareFront(origin, join(dir, 'tls'))
  t.after(() => front.close())
  const target = { url: front.url + pathname, caFile: front.caFile }
  if (!(await skipWithout('dig')))
    assert.deepEqual((await dig(target, name)).answer, [`${name}. 5 A 10.96.0.1`])
  const main = join(root, 'cli', 'main.ts')
  const args = [target.url, name, '--ca', target.caFile, '--json', '--timeout-ms', '10000']
  const { findings } = JSON.parse((await ended(process.execPath, [main, 'doctor', ...args])).stdout) as Report
  const found = Object.fromEntries(findings.map(({ check, finding }) => [check, finding]))
  const { host, tcp, tls, http2, token, zones, snapshot, deployment, answer } = found
  t.diagnostic(`doctor: ${findings.map(({ check, finding }) => `${check} ${finding}`).join(', ')}`)
  assert.deepEqual(
    { host, tcp, tls, http2, token, zones, deployment, answer },
    {
      host: 'literal',
      tcp: 'ok',
      tls: 'ok',
      http2: 'ok',
      token: 'ok',
      zones: 'ok',
      deployment: 'ok',
      answer: 'ok',
    },
  )
  assert.equal(snapshot, 'static')
})

function seconds(begun: number): string {
  return ((performance.now() - begun) / 1000).toFixed(1)
}
