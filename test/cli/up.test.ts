import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Running, run, start } from '../blackbox/command.ts'
import { childrenOf } from '../children-of.ts'
import { freePorts } from '../free-ports.ts'
import { waitFor } from '../wait-for.ts'

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const name = 'redis.default.svc.cluster.local'
let dir: string
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubedoh-up-'))
})
after(() => rmSync(dir, { recursive: true }))

type Json = {
  readonly Status: number
  readonly extended_dns_errors?: readonly { readonly info_code: number }[]
  readonly Answer?: readonly { readonly data: string }[]
}

async function ask(url: string, asked = name, type = 'A'): Promise<Json> {
  const response = await fetch(`${url}?name=${asked}&type=${type}`)
  return (await response.json()) as Json
}

function kubeconfigFor(server: string): string {
  const file = join(dir, `kubeconfig-${new URL(server).port}`)
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 'secret' } }],
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

test('up answers in ID.internal as well, and says so; the domain stays the primary zone', async () => {
  const options = ['--listen', '127.0.0.1:0', '--plain', '--data', 'none']
  const statuses = async (up: Running, ...names: string[]): Promise<number[]> =>
    Promise.all(names.map(async (text) => (await ask(up.url, text)).Status))
  const byDefault = await start(['up', ...options, '--zone', 'svc'])
  const names = ['redis.default.svc.local.internal', 'redis.default.svc', 'x.internal'] as const
  try {
    assert.deepEqual(await statuses(byDefault, ...names), [0, 0, 5])
    assert.ok(
      byDefault.stdout.some((line) => line.startsWith('zones: cluster.local, local.internal, svc (')),
      byDefault.stdout.join('\n'),
    )
    const { Answer = [] } = await ask(byDefault.url, '65.65.96.10.in-addr.arpa', 'PTR')
    assert.deepEqual(
      Answer.map(({ data }) => data),
      ['redis.default.svc.cluster.local.'],
    )
  } finally {
    assert.equal(await byDefault.stop(), 0)
  }
  const without = await start(['up', ...options, '--no-internal'])
  try {
    assert.deepEqual(await statuses(without, ...names), [5, 5, 5])
    assert.ok(without.stdout.includes('zones: cluster.local'))
  } finally {
    assert.equal(await without.stop(), 0)
  }
  const taken = await start(['up', ...options, '--cluster', 'docker'])
  try {
    assert.deepEqual(await statuses(taken, 'redis.default.svc.docker.internal', name), [5, 0])
    assert.ok(taken.stdout.some((line) => line.startsWith('docker.internal is not a zone, since Docker')))
  } finally {
    assert.equal(await taken.stop(), 0)
  }
})

test('while the API is unreachable up answers SERVFAIL with EDE 14, names the server and is not ready', async () => {
  const data = join(dir, 'unreachable')
  // The data directory has a snapshot of another source, which must not be served.
  const earlier = await start(['up', '--data', data, '--listen', '127.0.0.1:0', '--plain'])
  assert.equal((await ask(earlier.url)).Status, 0)
  assert.equal(await earlier.stop(), 0)
  const [apiPort, port] = await freePorts(2)
  const api = `http://127.0.0.1:${apiPort}`
  const args = ['--kubeconfig', kubeconfigFor(api), '--data', data, '--listen', `127.0.0.1:${port}`]
  const up = spawn(process.execPath, [main, 'up', ...args, '--plain'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const stdout: string[] = []
  const stderr: string[] = []
  createInterface({ input: up.stdout }).on('line', (line) => stdout.push(line))
  createInterface({ input: up.stderr }).on('line', (line) => stderr.push(line))
  try {
    const says = (text: string): boolean => stderr.some((line) => line.includes(text))
    await waitFor('up names the API it waits for', () => {
      if (says('not ready: waiting for the first list') && says(api)) return true
      throw new Error(stderr.join('\n'))
    })
    const answer = await ask(`http://127.0.0.1:${port}/dns-query`)
    assert.equal(answer.Status, 2)
    assert.deepEqual(
      answer.extended_dns_errors?.map((error) => error.info_code),
      [14],
    )
    assert.deepEqual(stdout, [])
  } finally {
    up.kill('SIGTERM')
    const [code] = (await once(up, 'exit')) as [number | null]
    assert.equal(code, 0)
  }
})

test('up answers PTR for every address of its cluster: in private, documentation and public ranges', async () => {
  const file = join(dir, 'addresses.yaml')
  const service = (called: string, clusterIP: string): object => ({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: called, namespace: 'prod' } },
    spec: { clusterIP },
  })
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod' } },
    ...[service('private', '10.96.0.7'), service('documented', '2001:db8::7'), service('public', '5.6.7.8')],
  ]
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  const data = join(dir, 'addresses')
  const up = await start(['up', '--from', file, '--data', data, '--listen', '127.0.0.1:0', '--plain'])
  const answer = async (owner: string): Promise<unknown[]> => {
    const response = await fetch(`${up.url}?name=${owner}&type=PTR`)
    const { Status, Answer = [] } = (await response.json()) as { Status: number; Answer?: { data: string }[] }
    return [Status, ...Answer.map((record) => record.data)]
  }
  try {
    const documented = `7.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`
    assert.deepEqual(await answer('7.0.96.10.in-addr.arpa'), [0, 'private.prod.svc.cluster.local.'])
    assert.deepEqual(await answer(documented), [0, 'documented.prod.svc.cluster.local.'])
    assert.deepEqual(await answer('8.7.6.5.in-addr.arpa'), [0, 'public.prod.svc.cluster.local.'])
    assert.deepEqual(await answer('9.7.6.5.in-addr.arpa'), [5])
  } finally {
    assert.equal(await up.stop(), 0)
  }
})

test('an unreadable kubeconfig: one line, exit code 2, and never ready, also with an earlier snapshot', async () => {
  const said = await run([
    'up',
    '--kubeconfig',
    join(dir, 'none'),
    '--data',
    join(dir, 'unreachable'),
    '--plain',
  ])
  assert.equal(said.code, 2)
  assert.equal(said.stdout, '')
  assert.match(said.stderr, /^kubedoh up: [^\n]*none[^\n]*\n$/)
})

test('a second up or serve on a data directory is refused with exit code 2, workers of one serve are not', async () => {
  const data = join(dir, 'shared')
  const config = join(dir, 'edge.json')
  writeFileSync(config, JSON.stringify({ public: true, clusters: [] }))
  const place = ['--data', data, '--listen', '127.0.0.1:0', '--plain']
  const serve = await start(['serve', '--config', config, '--workers', '2', ...place])
  try {
    for (const verb of [['up'], ['serve', '--config', config]]) {
      const said = await run([...verb, ...place])
      assert.equal(said.code, 2)
      assert.equal(said.stdout, '')
      assert.equal(
        said.stderr,
        `kubedoh ${verb[0]}: the data directory ${data} is in use by process ${serve.process.pid}; stop it, or choose another directory with --data\n`,
      )
    }
  } finally {
    const workers = await childrenOf(serve.process).catch(() => [])
    serve.process.kill('SIGKILL')
    await once(serve.process, 'exit')
    await waitFor(
      'the workers end with their supervisor',
      () => !workers.some((worker) => existsSync(`/proc/${worker}`)),
    )
  }
  const next = await start(['up', ...place])
  assert.equal(await next.stop(), 0)
})

test('a disk that becomes full: queries are answered, the failure is logged, and nothing is lost', async (t) => {
  const data = join(dir, 'full')
  mkdirSync(data)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', data], { stdio: 'ignore' })
  } catch {
    return t.skip('a tmpfs cannot be mounted here')
  }
  const key = join(dir, 'agent-key.json')
  const publicKey = (await run(['key', 'new', '--out', key])).stdout.trim()
  const config = join(dir, 'full.json')
  const clusters = [{ id: 'local', keys: [publicKey], zones: ['cluster.local'] }]
  writeFileSync(config, JSON.stringify({ public: true, clusters }))
  const publish = (url: string, ...options: string[]): ReturnType<typeof run> =>
    run([
      'sync',
      '--edge',
      new URL('/', url).href,
      '--key',
      key,
      '--from',
      'examples/objects.yaml',
      ...options,
    ])
  const filler = join(data, 'filler')
  try {
    const place = ['--data', data, '--listen', '127.0.0.1:0', '--plain']
    const serve = await start(['serve', '--config', config, ...place])
    try {
      assert.equal((await publish(serve.url)).code, 0)
      assert.equal((await ask(serve.url)).Status, 0)
      assert.throws(() => writeFileSync(filler, new Uint8Array(8 * 1024 * 1024)), /ENOSPC/)
      assert.notEqual((await publish(serve.url, '--ttl', '7')).code, 0)
      assert.ok(
        serve.stderr.some((line) => /no space left|full|ENOSPC/.test(line)),
        serve.stderr.join('\n'),
      )
      assert.equal((await ask(serve.url)).Status, 0)
      rmSync(filler)
      const again = await publish(serve.url, '--ttl', '9')
      assert.equal(again.code, 0, again.stderr)
      assert.equal((await ask(serve.url)).Status, 0)
    } finally {
      assert.equal(await serve.stop(), 0)
    }
    writeFileSync(filler, '')
    assert.throws(() => writeFileSync(filler, new Uint8Array(8 * 1024 * 1024)), /ENOSPC/)
    const said = await run(['serve', '--config', config, ...place])
    assert.equal(said.code, 2)
    assert.match(said.stderr, /^kubedoh serve: no space left [^\n]*full[^\n]*\n$/)
  } finally {
    execFileSync('umount', ['-l', data])
  }
  return undefined
})
