import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startTestApi } from '../../sync/kube/api.case.ts'
import { freePorts } from '../free-ports.ts'
import { waitFor } from '../wait-for.ts'
import { query } from './ask.ts'
import { type Running, run, start } from './command.ts'

/*
 * Names, tokens and paths of requests are in no log line, no metric and no page: `kubedoh up` gets every kind of request
 * with marked names and tokens, valid and broken ones, and its whole output is searched for the marks.
 */

/** In every queried name. No Service has it, so that only a query can bring it into the output. */
const mark = 'zq7marked'
const names = [
  `${mark}.default.svc.cluster.local`,
  `redis.${mark}.svc.cluster.local`,
  `${mark}.example.com`,
  `${mark}.local`,
  mark,
]

/** Sends bytes as they are, such as broken HTTP, and waits until the server has closed the connection. */
async function sendRaw(port: number, text: string): Promise<void> {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.resume()
  socket.end(text, 'latin1')
  await once(socket, 'close')
}

async function sendAll(url: string, token: string): Promise<void> {
  const wrong = `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`
  const type = { 'content-type': 'application/dns-message' }
  for (const path of [url, `${url}/${token}`, `${url}/${wrong}`, `${url}/${mark}.${mark}.${mark}`]) {
    for (const name of names) {
      const bytes = query(name, 1) as Uint8Array<ArrayBuffer>
      const text = Buffer.from(bytes).toString('base64url')
      for (const request of [
        fetch(`${path}?dns=${text}`),
        fetch(`${path}?name=${encodeURIComponent(name)}&type=A`),
        fetch(path, { method: 'POST', headers: type, body: bytes }),
      ])
        await (await request).arrayBuffer()
    }
    for (const request of [
      fetch(`${path}?dns=${mark}!`),
      fetch(`${path}?name=${mark}${'a'.repeat(70)}`),
      fetch(`${path}/${mark}`),
      fetch(path, { method: 'DELETE' }),
      fetch(path, { method: 'POST', headers: type, body: mark.repeat(1_000) }),
      fetch(path, { headers: { authorization: `Bearer ${wrong}` } }),
      fetch(path, { headers: { authorization: `Basic ${mark}` } }),
    ])
      await (await request).arrayBuffer()
  }
  for (const rest of [`/${token}`, `/${wrong}`, `/${mark}`, `/${token},${wrong}`])
    for (const method of ['GET', 'DELETE'])
      await (await fetch(`${new URL(url).origin}/zones${rest}`, { method })).arrayBuffer()
  for (const rest of [
    `/${token}`,
    `/${wrong}`,
    `/${mark}`,
    '',
    `/${token}/${mark}`,
    `/${token}/names`,
    '/-/names',
  ])
    for (const asked of [
      '',
      `?name=${mark}`,
      `?name=${mark}.default.svc.cluster.local&type=${mark}`,
      `?prefix=${mark}`,
    ])
      await (await fetch(`${new URL(url).origin}/setup${rest}${asked}`)).arrayBuffer()
  for (const path of [`/${mark}`, `/ingest/${mark}/state`, `/ingest/local/${mark}`, `//${mark}/${token}`])
    await (await fetch(new URL(url).origin + path)).arrayBuffer()
}

async function sendBroken(url: string, token: string): Promise<void> {
  const port = Number(new URL(url).port)
  const path = `/dns-query/${token}?name=${mark}`
  for (const text of [
    `GET ${path}\x00 HTTP/1.1\r\nhost: x\r\n\r\n`,
    `GET ${path} HTTP/9.9\r\n\r\n`,
    `${mark} ${path} HTTP/1.1\r\nhost: x\r\n\r\n`,
    `GET ${path} HTTP/1.1\r\nhost: x\r\n${mark}\r\n\r\n`,
    `GET ${path}${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/dns-message\r\ncontent-length: 50\r\n\r\n${mark}`,
    `POST ${path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n${mark}\r\n`,
    `CONNECT ${mark}:443 HTTP/1.1\r\nhost: x\r\n\r\n`,
    `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${mark}${token}`,
  ])
    await sendRaw(port, text)
}

test('no name, token or path of a request is in the log, the metrics or a page', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-privacy-'))
  const policy = join(dir, 'policy.yaml')
  const options = ['--policy', policy, '--cluster', 'local', '--all', '--forward']
  const token = (await run(['token', 'create', `name-of-${mark}`, ...options])).stdout.trim()
  assert.match(token, /^local-[a-z2-7]{26}$/)
  const [nobody = 0, health = 0] = await freePorts(2)
  const api = await startTestApi()
  const object = { metadata: { namespace: 'prod', name: 'web', uid: 'u1', resourceVersion: '1' }, spec: {} }
  api.pages[0] = { metadata: { resourceVersion: '1' }, items: [object] }
  await writeFile(join(dir, 'kubeconfig'), api.kubeconfig)
  const running = await start([
    ...['up', '--kubeconfig', join(dir, 'kubeconfig'), '--cluster', 'local'],
    ...['--plain', '--listen', '127.0.0.1:0', '--data', dir, '--policy', policy],
    // Nothing listens there: names outside the zones take the way of errors.
    ...['--upstream', `http://127.0.0.1:${nobody}/dns-query`, '--health-listen', `127.0.0.1:${health}`],
  ])
  t.after(async () => {
    await running.stop()
    await api.close()
    await rm(dir, { recursive: true })
  })
  const known = await fetch(`${running.url}/${token}?name=cluster.local&type=SOA`)
  assert.equal(((await known.json()) as { Status: number }).Status, 0)

  await sendAll(running.url, token)
  await sendBroken(running.url, token)

  const pages = await Promise.all(
    [
      ...['/', '/healthz', '/status'].map((path) => new URL(running.url).origin + path),
      ...['/metrics', '/readyz?verbose', '/livez'].map((path) => `http://127.0.0.1:${health}${path}`),
    ].map(async (page) => (await fetch(page)).text()),
  )
  assert.equal(await running.stop(), 0)
  const everything = [...pages, await outputOf(running)].join('\n')
  assert.match(everything, /kubedoh_policy_valid 1/)
  assert.match(everything, / info published /)
  assertNone(everything, token)
})

test('the audit log has the names of tokens, and neither tokens nor names that were asked', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-privacy-'))
  const [policy, key, config] = ['policy.yaml', 'key.json', 'config.json'].map((file) => join(dir, file)) as [
    string,
    string,
    string,
  ]
  const options = ['--policy', policy, '--cluster', 'local', '--all']
  const token = (await run(['token', 'create', 'alice-laptop', ...options])).stdout.trim()
  const keys = [(await run(['key', 'new', '--out', key])).stdout.trim()]
  const clusters = [{ id: 'local', keys, zones: ['cluster.local'] }]
  await writeFile(config, JSON.stringify({ audit: { sample: 1 }, clusters }))
  const places = ['--config', config, '--data', join(dir, 'data'), '--listen', '127.0.0.1:0']
  const running = await start(['serve', '--plain', '--workers', '2', ...places])
  t.after(async () => {
    await running.stop()
    await rm(dir, { recursive: true })
  })
  const place = ['--edge', new URL(running.url).origin, '--cluster', 'local', '--key', key]
  const from = ['--from', fileURLToPath(new URL('../../examples/objects.yaml', import.meta.url))]
  assert.equal((await run(['sync', ...place, ...from, '--policy', policy])).code, 0)

  await sendAll(running.url, token)
  await sendBroken(running.url, token)

  assert.equal(await running.stop(), 0)
  const everything = await outputOf(running)
  assert.match(
    everything,
    / info audit  tokens=\["alice-laptop"\] cluster=local zone=cluster\.local\. type=A rcode=NXDOMAIN /,
  )
  assertNone(everything, token)
})

/** All that an ended program has printed. */
async function outputOf(running: Running): Promise<string> {
  await waitFor('the end of the output', async () => running.process.stderr?.readableEnded ?? true)
  return [...running.stdout, ...running.stderr].join('\n')
}

function assertNone(output: string, token: string): void {
  for (const secret of [mark, token, token.slice('local-'.length), '/dns-query/local-'])
    assert.ok(!output.includes(secret), `the output contains ${secret}`)
}
