import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { tokenSha256 } from '../../snapshot/policy/token.case.ts'
import { type Running, run, start } from '../blackbox/command.ts'
import { digServer } from '../clients/dig.ts'
import { waitFor } from '../wait-for.ts'

/* The options of the access policy, as `up` and `sync` take them. */

let dir: string
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubedoh-policy-'))
})
after(() => rmSync(dir, { recursive: true }))

const closed = 'version: 1\n'
const open = 'version: 1\nanonymous: {namespaces: [default]}\n'

function fileWith(name: string, text: string): string {
  const file = join(dir, name)
  writeFileSync(file, text)
  return file
}

function up(data: string, ...options: readonly string[]): Promise<Running> {
  return start(['up', '--data', join(dir, data), '--listen', '127.0.0.1:0', '--plain', ...options])
}

test('up publishes a changed policy, and keeps the last good one while it is broken', async (t) => {
  const file = fileWith('changing.yaml', closed)
  const running = await up('changing', '--policy', file)
  const published = (): number => running.stderr.filter((line) => line.includes('info published')).length
  try {
    assert.equal(published(), 1)
    const changedMs = performance.now()
    writeFileSync(file, open)
    await waitFor('the change is published', () => published() === 2)
    const ms = performance.now() - changedMs
    t.diagnostic(`from the change of the file to its root: ${Math.round(ms)} ms`)
    writeFileSync(file, 'version: 1\nanonymus: {all: true}\n')
    const line = await waitFor('the fault is logged', () =>
      running.stderr.find((each) => each.includes('warn policy broken')),
    )
    assert.match(line, /changing\.yaml: line 2, anonymus: unknown field/)
    writeFileSync(file, closed)
    await waitFor('the correction is published', () => published() === 3)
    assert.equal(published(), 3, 'the broken one was not')
  } finally {
    assert.equal(await running.stop(), 0)
  }
})

test('a token works as soon as the file has it, sees its namespaces, and ends when it is taken out', async (t) => {
  const token = 'local-abcdefghijklmnopqrstuvwxyz'
  const sha256 = tokenSha256(token)
  const granted = `version: 1\ntokens:\n- {name: a, sha256: ${sha256}, namespaces: [default]}\n`
  const file = fileWith('token.yaml', closed)
  const running = await up('token', '--policy', file)
  const ask = async (name: string, path = `/${token}`): Promise<number> => {
    const response = await fetch(`${running.url}${path}?name=${name}.svc.cluster.local`)
    return response.status === 200 ? ((await response.json()) as { Status: number }).Status : response.status
  }
  /** The time from a change of the file until a name has this answer (ms). */
  const until = async (text: string, status: number): Promise<number> => {
    writeFileSync(file, text)
    const changedMs = performance.now()
    await waitFor(`the answer is ${status}`, async () => (await ask('redis.default')) === status, {
      intervalMs: 10,
    })
    return performance.now() - changedMs
  }
  try {
    assert.equal(await ask('redis.default'), 404)
    assert.equal(await ask('redis.default', ''), 401)
    const times: number[] = []
    for (let round = 0; round < 5; round++)
      for (const [text, status] of [
        [granted, 0],
        [closed, 404],
      ] as const)
        times.push(await until(text, status))
    t.diagnostic(`from the change of the file to the answer: ${times.map(Math.round).join(', ')} ms`)
    await until(granted, 0)
    assert.equal(await ask('kube-dns.kube-system'), 3, 'another namespace does not exist')
    assert.equal(await ask('redis.default', ''), 401)
  } finally {
    assert.equal(await running.stop(), 0)
  }
})

test('the start lines say who is answered', async () => {
  const without = await up('without')
  assert.equal(await without.stop(), 0)
  assert.ok(without.stdout.some((line) => line.startsWith('anyone who can reach this address')))
  const file = fileWith('lines.yaml', closed)
  const running = await up('with', '--policy', file)
  assert.equal(await running.stop(), 0)
  const said = running.stdout.find((line) => line.startsWith('the access policy decides'))
  assert.ok(said?.includes(`token create NAME --policy ${file} --cluster local --all`), said ?? '')
  assert.ok(running.stdout.some((line) => line.includes('/dns-query/TOKEN')))
})

test('up without --policy does not replace a root that has one; --drop-policy does', async () => {
  const first = await up('lost', '--policy', fileWith('lost.yaml', closed))
  assert.equal(await first.stop(), 0)
  const place = ['--data', join(dir, 'lost'), '--listen', '127.0.0.1:0', '--plain']
  const refused = await run(['up', ...place])
  assert.equal(refused.code, 2)
  assert.equal(refused.stdout, '')
  assert.match(
    refused.stderr,
    /^kubedoh up: the published root has an access policy, and this agent has none: .*--drop-policy\n$/m,
  )
  const dropped = await up('lost', '--drop-policy')
  assert.equal(await dropped.stop(), 0)
  const again = await up('lost')
  assert.equal(await again.stop(), 0)
})

test('up --allow answers plain DNS in its ranges, and neither other callers nor DoH', async () => {
  const name = 'redis.default.svc.cluster.local'
  for (const [range, status] of [
    ['127.0.0.0/8', 'NOERROR'],
    ['10.0.0.0/8', 'REFUSED'],
  ] as const) {
    const running = await up('allowed', '--allow', range, '--allow', '::1/128', '--dns-listen', '127.0.0.1:0')
    try {
      assert.ok(
        running.stdout.includes(
          'callers within --allow get answers over plain DNS and DNS over TLS; DoH callers are refused, since they have no token',
        ),
      )
      assert.ok(running.stderr.some((line) => /policy read .*networks=2 anonymous=false/.test(line)))
      assert.equal((await fetch(`${running.url}?name=${name}`)).status, 401)
      const [, port = ''] =
        /^DNS \(UDP and TCP\) at 127\.0\.0\.1:(\d+)$/m.exec(running.stdout.join('\n')) ?? []
      const server = { address: '127.0.0.1', port: Number(port) }
      const answer = await digServer(server, name)
      assert.equal(answer.status, status)
      assert.deepEqual(answer.answer, status === 'NOERROR' ? [`${name}. 5 A 10.96.65.65`] : [])
      assert.equal((await digServer(server, name, '+tcp')).status, status)
    } finally {
      assert.equal(await running.stop(), 0)
    }
  }
})

test('without a policy, plain DNS is answered on loopback only', async () => {
  const running = await up('local', '--dns-listen', '127.0.0.1:0', '--dns-listen', '0.0.0.0:0')
  assert.equal(await running.stop(), 0)
  assert.ok(running.stdout.some((line) => line.startsWith('only this machine gets answers, over plain DNS')))
})

test('options that contradict each other, and a broken policy that is published once: exit code 2', async () => {
  const file = fileWith('once.yaml', 'version: 1\ntokens: 7\n')
  const key = join(dir, 'key.json')
  await run(['key', 'new', '--out', key])
  const sync = ['sync', '--edge', 'http://127.0.0.1:1', '--key', key, '--from', 'examples/objects.yaml']
  for (const [args, problem] of [
    [['up', '--policy', file, '--public'], /--public and an access policy exclude each other/],
    [['up', '--policy', file, '--policy-configmap', 'a/b'], /exclude each other/],
    [['up', '--allow', '10.0.0.0/8', '--policy', file], /--allow and an access policy exclude each other/],
    [
      ['up', '--allow', '10.0.0.0/8', '--data', join(dir, 'no')],
      /--allow needs --dns-listen or --dot-listen/,
    ],
    [['up', '--allow', '10.0.0.0/8', '--public'], /--allow and --public exclude each other/],
    [['up', '--allow', '10.0.0.0/8', '--drop-policy'], /--allow and --drop-policy exclude each other/],
    [['up', '--allow', '10.0.0.1/8'], /--allow is "10.0.0.1\/8", .* write it as 10.0.0.0\/8/],
    [
      [
        'up',
        '--from',
        'examples/objects.yaml',
        '--policy-configmap',
        'a/b',
        '--data',
        join(dir, 'none'),
        '--plain',
        '--listen',
        '127.0.0.1:0',
      ],
      /need a cluster/,
    ],
    [[...sync, '--policy', file], /once\.yaml: line 2, tokens: 7/],
    [[...sync, '--policy', join(dir, 'none.yaml')], /none\.yaml: cannot read it: ENOENT/],
  ] as const) {
    const said = await run(args)
    assert.equal(said.code, 2, said.stderr)
    assert.match(said.stderr, problem)
  }
})
