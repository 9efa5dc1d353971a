import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import packet from 'dns-packet'
import { fetchInProcess } from '../../cli/up/fetch-in-process.ts'
import { openEdge } from '../../host/edge.ts'
import { generateKey, importPrivateKey, type SigningKey } from '../../snapshot/key.ts'
import { type EdgeConfig, parseConfig } from '../../worker/config.ts'
import { query } from '../blackbox/ask.ts'
import { publishThrough, silent } from '../blackbox/publish.ts'
import { names, objectsOf } from './cluster.ts'

const victim = fileURLToPath(new URL('victim.ts', import.meta.url))
let root: string
let key: SigningKey

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'kubedoh-crash-'))
  const jwk = await generateKey()
  key = await importPrivateKey(jwk)
  const whole = join(root, 'whole')
  mkdirSync(whole)
  writeFileSync(join(whole, 'key.json'), JSON.stringify(jwk))
  assert.equal(publish(whole, 'a', 0).signal, null)
})
after(() => rmSync(root, { recursive: true }))

test('an edge that is killed at any write of a publish answers the old state or the new one, never a mixture', async (t) => {
  const total = Number(publish(copy('counted'), 'b', 0).stdout)
  assert.ok(total > 20, `a publish is ${total} writes`)
  const seen: Record<string, number> = { a: 0, b: 0 }
  for (let fatal = 1; fatal <= total; fatal++) {
    const dir = copy(`fatal-${fatal}`)
    assert.equal(publish(dir, 'b', fatal).signal, 'SIGKILL', `write ${fatal} of ${total}`)
    const state = await stateOf(dir)
    seen[state] = (seen[state] ?? 0) + 1
    await heal(dir)
    assert.equal(await stateOf(dir), 'b', `after write ${fatal} of ${total} and another publish`)
    rmSync(dir, { recursive: true })
  }
  t.diagnostic(`${total} writes: the old state answered after ${seen.a} kills, the new one after ${seen.b}`)
  assert.ok((seen.a ?? 0) > 0 && (seen.b ?? 0) > 0)
})

function copy(name: string): string {
  const dir = join(root, name)
  cpSync(join(root, 'whole'), dir, { recursive: true })
  return dir
}

function publish(dir: string, state: 'a' | 'b', fatal: number): { signal: string | null; stdout: string } {
  const { signal, stdout, stderr, status } = spawnSync(
    process.execPath,
    [victim, dir, state, String(fatal)],
    { encoding: 'utf8' },
  )
  assert.ok(signal === 'SIGKILL' || status === 0, stderr)
  return { signal, stdout }
}

/** Publishes the same state again, which must repair everything after the kill. */
async function heal(dir: string): Promise<void> {
  const edge = openEdge(config(), dir, silent)
  try {
    const fetch = fetchInProcess(edge.handler, { waitUntil: () => undefined })
    await publishThrough(fetch, 'http://edge.invalid', 'dev', key, objectsOf('b'))
  } finally {
    edge.close()
  }
}

function config(): EdgeConfig {
  const cluster = { id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }
  return parseConfig(JSON.stringify({ public: true, clusters: [cluster] }))
}

/** Asks a new edge over the directory for every name: they must all be of one state. */
async function stateOf(dir: string): Promise<'a' | 'b'> {
  const edge = openEdge(config(), dir, silent)
  try {
    const states = new Set<string>()
    for (const [name, { a, b }] of Object.entries(names)) {
      const said = await addressesOf(edge.handler, name)
      states.add(said === a ? 'a' : said === b ? 'b' : `${name} ${said}`)
    }
    const [state, ...others] = states
    assert.deepEqual(others, [], `${state} and others`)
    assert.ok(state === 'a' || state === 'b', String(state))
    return state
  } finally {
    edge.close()
  }
}

async function addressesOf(handler: ReturnType<typeof openEdge>['handler'], name: string): Promise<string> {
  const body = query(name, 1)
  const response = await handler(
    {
      method: 'POST',
      path: '/dns-query',
      query: '',
      header: (header) => (header === 'content-type' ? 'application/dns-message' : undefined),
      body: () => Promise.resolve(body),
    },
    { waitUntil: () => undefined },
  )
  assert.ok(response.body instanceof Uint8Array)
  const { answers = [], rcode } = packet.decode(Buffer.from(response.body)) as packet.DecodedPacket & {
    readonly rcode?: string
  }
  if (answers.length === 0) return String(rcode)
  return answers
    .map((answer) => ('data' in answer && typeof answer.data === 'string' ? answer.data : answer.type))
    .toSorted()
    .join()
}
