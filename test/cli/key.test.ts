import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { run } from '../blackbox/command.ts'
import { startNodeEdge } from '../blackbox/node-edge.ts'

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-rotation-'))
})
after(() => rm(dir, { recursive: true }))

async function newKey(name: string): Promise<{ file: string; publicKey: string }> {
  const file = join(dir, name)
  return { file, publicKey: (await run(['key', 'new', '--out', file])).stdout.trim() }
}

test('a key is rotated step by step: status tells each step from the next', async () => {
  const [old, next] = [await newKey('old.json'), await newKey('next.json')]
  const edge = await startNodeEdge({
    public: true,
    clusters: [{ id: 'dev', keys: [old.publicKey], zones: ['cluster.local'] }],
  })
  const at = ['--cluster', 'dev', '--edge', edge.url, '--ca', edge.caFile]
  const status = async (file: string, ...more: string[]): Promise<[number | null, string]> => {
    const { code, stdout } = await run(['key', 'status', ...at, '--key', file, ...more])
    return [code, stdout]
  }
  try {
    assert.deepEqual(await status(old.file), [0, 'trusted: yes\nin force: no\n'])
    assert.equal((await run(['sync', '--from', 'examples/objects.yaml', ...at, '--key', old.file])).code, 0)
    assert.deepEqual(await status(old.file, '--in-force'), [0, 'trusted: yes\nin force: yes\n'])
    assert.deepEqual(await status(next.file), [1, 'trusted: no\nin force: no\n'])
  } finally {
    await edge.stop()
  }
})

test('with both keys in the configuration, the new one is trusted, and in force once the agent has it', async () => {
  const [old, next] = [await newKey('old2.json'), await newKey('next2.json')]
  const edge = await startNodeEdge({
    public: true,
    clusters: [{ id: 'dev', keys: [old.publicKey, next.publicKey], zones: ['cluster.local'] }],
  })
  const at = ['--cluster', 'dev', '--edge', edge.url, '--ca', edge.caFile]
  const publish = (file: string) => run(['sync', '--from', 'examples/objects.yaml', ...at, '--key', file])
  const status = (file: string) => run(['key', 'status', '--in-force', ...at, '--key', file])
  try {
    assert.equal((await publish(old.file)).code, 0)
    assert.equal((await status(next.file)).stdout, 'trusted: yes\nin force: no\n')
    assert.equal((await status(next.file)).code, 1)
    assert.equal((await publish(next.file)).code, 0)
    assert.equal((await status(next.file)).stdout, 'trusted: yes\nin force: yes\n')
    assert.equal((await status(old.file)).stdout, 'trusted: yes\nin force: no\n')
  } finally {
    await edge.stop()
  }
})

test('trust and distrust edit the keys in a configuration file', async () => {
  const [old, next] = [await newKey('old3.json'), await newKey('next3.json')]
  const file = join(dir, 'edge.json')
  const keysIn = async (): Promise<unknown> => {
    const config = JSON.parse(await readFile(file, 'utf8')) as { clusters: { keys: unknown }[] }
    return config.clusters[0]?.keys
  }
  const cluster = { id: 'prod', keys: [old.publicKey], zones: ['cluster.local'] }
  await writeFile(file, JSON.stringify({ clusters: [cluster] }, null, 2))
  const at = ['--config', file, '--cluster', 'prod', '--public-key']
  const trusted = await run(['key', 'trust', ...at, next.publicKey])
  assert.deepEqual([trusted.code, trusted.stdout], [0, ''], trusted.stderr)
  assert.deepEqual(await keysIn(), [old.publicKey, next.publicKey])
  assert.equal((await run(['key', 'distrust', ...at, old.publicKey])).code, 0)
  assert.deepEqual(await keysIn(), [next.publicKey])
  for (const [args, message] of [
    [['distrust', ...at, next.publicKey], /the only key of the cluster/],
    [['trust', ...at, 'short'], /--public-key: "short" is not an Ed25519 public key/],
    [
      ['trust', '--config', join(dir, 'none.json'), ...at.slice(2), next.publicKey],
      /cannot read --config .*none\.json/,
    ],
    [['trust', ...at.slice(0, 2)], /needs --config FILE, --cluster ID, --public-key KEY/],
  ] as const) {
    const { code, stdout, stderr } = await run(['key', ...args])
    assert.match(stderr, message)
    assert.deepEqual([code, stdout], [2, ''])
  }
  assert.deepEqual(await keysIn(), [next.publicKey])
})

test('status exits 1 without an edge, and 2 for wrong options and a key that others can read', async () => {
  const { file } = await newKey('lonely.json')
  const at = ['--cluster', 'dev', '--edge', 'http://127.0.0.1:9']
  const unreachable = await run(['key', 'status', ...at, '--key', file])
  assert.deepEqual([unreachable.code, unreachable.stdout], [1, ''], unreachable.stderr)
  assert.match(unreachable.stderr, /^kubedoh key status: [^\n]+\n$/)
  assert.equal((await run(['key', 'status', ...at])).code, 2)
  await chmod(file, 0o604)
  const open = await run(['key', 'status', ...at, '--key', file])
  assert.match(open.stderr, /mode 0604\); run `chmod 0600 /)
  assert.equal(open.code, 2)
})
