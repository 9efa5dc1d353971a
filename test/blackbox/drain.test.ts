import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startTestApi } from '../../sync/kube/api.case.ts'
import { freePorts } from '../free-ports.ts'
import { waitFor } from '../wait-for.ts'
import { type Running, start } from './command.ts'

/* The end of `up` and `serve` by SIGTERM: not ready at once, answers for the drain time, then exit code 0. */

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const drainSeconds = 2

type Up = { readonly running: Running; readonly health: string }

async function startUp(t: TestContext): Promise<Up> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-drain-'))
  const api = await startTestApi()
  api.pages[0] = { metadata: { resourceVersion: '1' }, items: [] }
  await writeFile(join(dir, 'kubeconfig'), api.kubeconfig)
  const [port = 0] = await freePorts(1)
  const running = await start([
    ...['up', '--kubeconfig', join(dir, 'kubeconfig'), '--data', 'none', '--plain'],
    ...['--listen', '127.0.0.1:0', '--health-listen', `127.0.0.1:${port}`],
    ...['--drain-seconds', String(drainSeconds)],
  ])
  t.after(async () => {
    running.process.kill('SIGKILL')
    await api.close()
    await rm(dir, { recursive: true })
  })
  return { running, health: `http://127.0.0.1:${port}` }
}

async function isAnswered({ url }: Running): Promise<boolean> {
  const response = await fetch(`${url}?name=cluster.local&type=SOA`)
  return ((await response.json()) as { Status: number }).Status === 0
}

test('after SIGTERM up is not ready, but alive, and answers until the drain time is over', async (t) => {
  const { running, health } = await startUp(t)
  assert.equal((await fetch(`${health}/readyz`)).status, 200)
  const ready = await (await fetch(`${health}/readyz?verbose`)).text()
  assert.match(ready, /^\[\+\]answers ok\n\[\+\]shutdown ok$/m)
  const exit = once(running.process, 'exit')
  running.process.kill('SIGTERM')
  const beganMs = performance.now()
  await waitFor('it is not ready', async () => (await fetch(`${health}/readyz`)).status === 503)
  assert.match(await (await fetch(`${health}/readyz`)).text(), /^\[-\]shutdown failed: shutting down$/m)
  assert.equal((await fetch(`${health}/livez`)).status, 200)
  let lastMs = 0
  while (running.process.exitCode === null) {
    const answered = await isAnswered(running).catch(() => false)
    if (!answered) break
    lastMs = performance.now() - beganMs
    await sleep(20)
  }
  assert.ok(lastMs > (drainSeconds - 0.5) * 1000, `the last answer came after ${lastMs} ms`)
  assert.deepEqual(await exit, [0, null])
  // The grace period of running requests is another 5 s.
  assert.ok(performance.now() - beganMs < (drainSeconds + 6) * 1000)
})

test('a second SIGTERM ends the drain time at once', async (t) => {
  const { running, health } = await startUp(t)
  const exit = once(running.process, 'exit')
  running.process.kill('SIGTERM')
  await waitFor('it is not ready', async () => (await fetch(`${health}/readyz`)).status === 503)
  // Two signals within half a second count as one.
  await sleep(600)
  const beganMs = performance.now()
  running.process.kill('SIGTERM')
  assert.deepEqual(await exit, [130, null])
  assert.ok(performance.now() - beganMs < 1_000)
})

test('up that waits for an API server without answers ends at once, with exit code 0', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-drain-'))
  const api = await startTestApi()
  await writeFile(join(dir, 'kubeconfig'), api.kubeconfig.replace(/http:[^"\s]+/, await silentServer(t)))
  t.after(async () => {
    await api.close()
    await rm(dir, { recursive: true })
  })
  const [port = 0] = await freePorts(1)
  const child = spawn(
    process.execPath,
    [
      ...[main, 'up', '--kubeconfig', join(dir, 'kubeconfig'), '--data', 'none', '--plain'],
      ...['--listen', '127.0.0.1:0', '--health-listen', `127.0.0.1:${port}`, '--drain-seconds', '30'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.after(() => child.kill('SIGKILL'))
  const health = `http://127.0.0.1:${port}`
  const text = await waitFor('the endpoint answers', async () => (await fetch(`${health}/readyz`)).text())
  assert.match(text, /^\[-\]answers failed: /m)
  const exit = once(child, 'exit')
  const beganMs = performance.now()
  child.kill('SIGTERM')
  assert.deepEqual(await exit, [0, null])
  assert.ok(performance.now() - beganMs < 6_000)
})

/** A server that accepts connections and says nothing. */
async function silentServer(t: TestContext): Promise<string> {
  const open = new Set<Socket>()
  const server = createServer((socket) => open.add(socket.on('error', () => {})))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('serve answers during the drain time, with one process and with workers', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-drain-'))
  t.after(() => rm(dir, { recursive: true }))
  const config = join(dir, 'config.json')
  await writeFile(config, JSON.stringify({ clusters: [] }))
  for (const workers of ['1', '2']) {
    const running = await start([
      ...['serve', '--config', config, '--plain', '--listen', '127.0.0.1:0', '--workers', workers],
      ...['--data', join(dir, workers), '--drain-seconds', '1'],
    ])
    const exit = once(running.process, 'exit')
    running.process.kill('SIGTERM')
    await waitFor('the drain time begins', () =>
      running.stderr.some((line) => line.includes('still answering')),
    )
    const status = new URL('/status', running.url)
    assert.equal((await fetch(status)).status, 200)
    assert.deepEqual(await exit, [0, null])
    await assert.rejects(fetch(status))
  }
})
