import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { waitFor } from '../wait-for.ts'
import { createProcesses } from './processes.ts'

const sleeper = { name: 'sleeper', program: 'sleep', args: ['600'] }
const dirPrefix = join(tmpdir(), 'kubedoh-processes-')

test('a process is started, killed, restarted and stopped by its pid', async () => {
  const dir = await mkdtemp(dirPrefix)
  const processes = createProcesses(dir)
  await processes.start(sleeper)
  const first = processes.pids().get('sleeper') ?? 0
  assert.ok(runs(first))
  await processes.kill('sleeper')
  assert.ok(!runs(first))
  await processes.restart('sleeper')
  const second = processes.pids().get('sleeper') ?? 0
  assert.ok(runs(second))
  await processes.stopAll()
  await processes.stopAll()
  assert.ok(!runs(second))
  assert.ok(!existsSync(dir))
})

test('a process that ends by itself is reported with the end of its log', async () => {
  const processes = createProcesses(await mkdtemp(dirPrefix))
  const job = { name: 'broken', program: 'sh', args: ['-c', 'echo no such flag >&2; exit 2'] }
  const ready = async () => false
  await assert.rejects(processes.start({ ...job, ready }), {
    code: 'PROGRAM_EXITED',
    message: /no such flag/,
  })
  await processes.stopAll()
})

test('SIGKILL of the test process also ends its processes and removes the directory', async () => {
  const dir = await mkdtemp(dirPrefix)
  const text = `
    import { createProcesses } from ${JSON.stringify(join(import.meta.dirname, 'processes.ts'))}
    const processes = createProcesses(${JSON.stringify(dir)})
    await processes.start(${JSON.stringify(sleeper)})
    console.log(processes.pids().get('sleeper'))
    setInterval(() => {}, 1000)
  `
  const parent = spawn(process.execPath, ['--input-type=module', '-e', text], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [printed] = (await once(parent.stdout, 'data')) as [Buffer]
  const pid = Number(printed.toString())
  assert.ok(runs(pid))
  parent.kill('SIGKILL')
  await waitFor('the sleeper is gone', () => !runs(pid))
  await waitFor('the directory is gone', () => !existsSync(dir))
})

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
