import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { extractedPackages, libraryPath } from '../clients/debian-packages.ts'
import { skipWithout } from '../clients/program.ts'
import { repositoryRoot } from '../house/source.ts'

/*
 * deploy/systemd/kubedoh.service. No systemd runs it here: systemd-analyze judges it, and the edge is started with the
 * unit's environment, while strace records the system calls that the unit's filter must allow.
 */

const execute = promisify(execFile)
const unitFile = join(repositoryRoot, 'deploy', 'systemd', 'kubedoh.service')

/** The most exposure that `systemd-analyze security` may report, of 100. systemd 252 reports 15. */
const mostExposure = 20

/** systemd-analyze as it is installed or extracted, and its environment; or the reason to skip. */
async function findAnalyzer(): Promise<{ program: string; env: NodeJS.ProcessEnv } | { reason: string }> {
  if (existsSync('/usr/bin/systemd-analyze')) return { program: 'systemd-analyze', env: process.env }
  const root = extractedPackages()
  const program = root === undefined ? '' : join(root, 'usr', 'bin', 'systemd-analyze')
  if (root === undefined || !existsSync(program)) {
    if (process.env.CI === 'true')
      throw new Error('systemd-analyze is missing; `npm run clients` extracts it')
    return { reason: 'systemd-analyze is not installed, and `npm run clients` has not extracted it' }
  }
  const units = { SYSTEMD_UNIT_PATH: `${join(root, 'lib', 'systemd', 'system')}:` }
  return { program, env: { ...process.env, ...units, ...(await libraryPath(root)) } }
}

let dir: string
let unit: string
let analyzer: Awaited<ReturnType<typeof findAnalyzer>>
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-systemd-'))
  unit = await readFile(unitFile, 'utf8')
  analyzer = await findAnalyzer()
})
after(() => rm(dir, { recursive: true }))

/** Runs systemd-analyze with the unit, whose program is this process's Node because /usr/bin/node may not exist. */
async function analyze(text: string, ...args: readonly string[]): Promise<string> {
  assert.ok('program' in analyzer)
  const file = join(dir, 'kubedoh.service')
  await writeFile(file, text.replace('/usr/bin/node', process.execPath))
  const { stdout, stderr } = await execute(analyzer.program, [...args, file], { env: analyzer.env })
  return stdout + stderr
}

test('systemd-analyze verify has nothing to say about the unit', async (t) => {
  if ('reason' in analyzer) return t.skip(analyzer.reason)
  // With extracted units, it also complains about symbolic links among these.
  const lines = (await analyze(unit, 'verify')).split('\n')
  assert.deepEqual(
    lines.filter((line) => line.includes('kubedoh.service')),
    [],
  )
  assert.match(
    await analyze(unit.replace('PrivateTmp=', 'PrivateTemp='), 'verify'),
    /kubedoh\.service.*PrivateTemp/,
  )
})

test('systemd-analyze security reports a low exposure', async (t) => {
  if ('reason' in analyzer) return t.skip(analyzer.reason)
  const judge = ['security', '--offline=true', '--no-pager', `--threshold=${mostExposure}`]
  assert.match(await analyze(unit, ...judge), /Overall exposure level for kubedoh\.service: \d\.\d OK/)
  await assert.rejects(analyze('[Service]\nExecStart=/usr/bin/node\n', ...judge), ({ stdout }) =>
    /UNSAFE/.test(String(stdout)),
  )
})

/** The unit's Environment lines, with the specifiers %d and %S resolved to a directory. */
function environmentOf(text: string): Record<string, string> {
  const lines = [...text.matchAll(/^Environment=(\w+)=(.*)$/gm)]
  return Object.fromEntries(
    lines.map(([, name = '', value = '']) => [name, value.replace(/%[dS]/, dir)] as const),
  )
}

/** A development certificate of the edge, under the names of the unit's credentials. */
async function writeCredentials(): Promise<void> {
  await writeFile(join(dir, 'edge.json'), JSON.stringify({ public: true, clusters: [] }))
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', join(dir, 'tls-key.pem'), '-out', join(dir, 'tls-cert.pem')]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await execute('openssl', ['req', '-x509', ...key, ...subject, ...files])
}

/** Starts `serve` under strace with the unit's environment, asks it, and ends it. Resolves to the system calls. */
async function tracedServe(t: TestContext): Promise<ReadonlySet<string>> {
  const trace = join(dir, 'trace')
  const main = join(repositoryRoot, 'cli', 'main.ts')
  const strace = ['-f', '-qq', '-o', trace, process.execPath, main, 'serve']
  const env = { ...process.env, ...environmentOf(unit), KUBEDOH_LISTEN: '127.0.0.1:0' }
  const serve = spawn('strace', strace, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => serve.kill())
  for await (const line of createInterface({ input: serve.stdout })) {
    if (!line.startsWith('ready ')) continue
    const ask = ['query', '--url', line.slice('ready '.length), '--ca', join(dir, 'tls-cert.pem')]
    const { stdout } = await execute(process.execPath, [main, ...ask, 'example.com'])
    assert.match(stdout, /status: REFUSED/)
    // Each line of the trace begins with a process id, and the first is that of the edge.
    const edge = Number.parseInt(await readFile(trace, 'utf8'), 10)
    process.kill(edge, 'SIGHUP')
    process.kill(edge, 'SIGTERM')
  }
  if (serve.exitCode === null) await once(serve, 'exit')
  assert.equal(serve.exitCode, 0)
  const calls = (await readFile(trace, 'utf8')).matchAll(/^\d+ +(\w+)\(/gm)
  return new Set([...calls].map(([, call = '']) => call))
}

/** The system calls that the unit's filter allows. */
async function allowedCalls(): Promise<ReadonlySet<string>> {
  assert.ok('program' in analyzer)
  const { program, env } = analyzer
  const expand = async (set: string): Promise<string[]> => {
    const { stdout } = await execute(program, ['--no-pager', 'syscall-filter', set], { env })
    const entries = [...stdout.matchAll(/^ +([@\w-]+)$/gm)].map(([, entry = '']) => entry)
    const calls = await Promise.all(entries.map((entry) => (entry.startsWith('@') ? expand(entry) : [entry])))
    return calls.flat()
  }
  const allowed = new Set<string>()
  for (const [, sign, sets = ''] of unit.matchAll(/^SystemCallFilter=(~?)(.*)$/gm)) {
    for (const set of sets.split(' ')) {
      for (const call of await expand(set)) {
        if (sign === '~') allowed.delete(call)
        else allowed.add(call)
      }
    }
  }
  return allowed
}

/** SQLite makes this call only as root, which the service never is. */
const onlyAsRoot = ['fchown']

test('serve runs with the environment of the unit, and makes only system calls that its filter allows', async (t) => {
  if ('reason' in analyzer) return t.skip(analyzer.reason)
  const reason = (await skipWithout('strace')) || (await skipWithout('openssl'))
  if (reason) return t.skip(reason)
  await writeCredentials()
  const made = await tracedServe(t)
  assert.ok(made.has('listen') && made.has('execve'))
  const allowed = await allowedCalls()
  assert.ok(allowed.has('listen') && !allowed.has('mount') && !allowed.has('setpriority'))
  assert.deepEqual(
    [...made].filter((call) => !allowed.has(call) && !onlyAsRoot.includes(call)),
    [],
  )
})
