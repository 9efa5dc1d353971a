import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const objects = path('../vectors/objects.yaml')

/** Runs the command to its end. */
function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; stdout: string; stderr: string }>()
  const child = execFile(process.execPath, [path('main.ts'), ...args], (_, stdout, stderr) =>
    resolve({ code: child.exitCode ?? -1, stdout, stderr }),
  )
  return promise
}

type Entry = { name: string; type: string; rcode: string; answer: [string, string, number, string[]][] }

/** The first answers about redis, and a negative one; changed. */
async function answersFile(dir: string, change: (entries: Entry[]) => void): Promise<string> {
  const all = JSON.parse(await readFile(path('../vectors/coredns-live.json'), 'utf8')) as Entry[]
  const entries = all.filter(({ name }) => name === 'redis.default.svc.cluster.local.')
  assert.ok(entries.length > 5)
  change(entries)
  const file = join(dir, 'answers.json')
  await writeFile(file, JSON.stringify(entries))
  return file
}

async function inDir(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-conformance-'))
  try {
    await use(dir)
  } finally {
    await rm(dir, { recursive: true })
  }
}

test('equal answers, also in another zone, give exit code 0 and a summary', () =>
  inDir(async (dir) => {
    const answers = await answersFile(dir, () => undefined)
    for (const zone of [[], ['--zone', 'prod.k8s.example.com']]) {
      const { code, stdout, stderr } = await run('--objects', objects, '--answers', answers, ...zone)
      assert.equal(code, 0, stdout + stderr)
      assert.match(stdout, /^(\d+) passed, 0 failed\n$/m)
    }
  }))

test('a different answer gives exit code 1, and both answers are printed', () =>
  inDir(async (dir) => {
    const answers = await answersFile(dir, (entries) => {
      const [rrset] = entries.find(({ type }) => type === 'A')?.answer ?? []
      if (rrset) rrset[3] = ['10.96.65.66']
    })
    const { code, stdout } = await run('--objects', objects, '--answers', answers)
    assert.equal(code, 1)
    assert.match(stdout, /;; MISMATCH redis\.default\.svc\.cluster\.local\. A\n/)
    assert.match(
      stdout,
      /;; CoreDNS:\n;; status: NOERROR[^]* A 10\.96\.65\.66\n;; kubedoh:\n[^]* A 10\.96\.65\.65\n/,
    )
    assert.match(stdout, /^\d+ passed, 1 failed\n$/m)
  }))

test('an invalid option or file gives one line and exit code 2', async () => {
  for (const [args, line] of [
    [[], /--answers is missing/],
    [['--answers', 'nowhere.json'], /cannot read --answers nowhere\.json/],
    [['--answers', objects], /not JSON/],
    [['--answers', path('../../package.json')], /neither a list of answers/],
    [['--answers', path('../vectors/coredns-live.json')], /--objects is missing/],
    [['--answers', path('../vectors/coredns.json'), '--objects', objects], /--objects cannot be given/],
    [['--what'], /Unknown option '--what'/],
    [['--answers', 'x', '--url', 'ftp://x'], /--url "ftp:\/\/x" is not an http/],
  ] as const) {
    const { code, stdout, stderr } = await run(...args)
    assert.equal(code, 2, stderr)
    assert.equal(stdout, '')
    assert.match(stderr, line)
    assert.equal(stderr.trim().split('\n').length, 1, stderr)
  }
})

test('--help lists every option', async () => {
  const { code, stdout } = await run('--help')
  assert.equal(code, 0)
  for (const option of ['answers', 'objects', 'url', 'ca', 'zone', 'pods'])
    assert.match(stdout, new RegExp(`--${option} `))
})
