import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { needsRoot } from '../clients/behind-stub.ts'
import { noNamespace } from '../clients/matrix.ts'
import { repositoryRoot } from '../house/source.ts'
import { ownCgroup } from './own-cgroup.ts'

/** How a program of a machine ended. */
export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** A machine with systemd, in namespaces. Programs run in it as root. */
export type Machine = {
  /** Runs a program to its end; `input` is its stdin. */
  run(argv: readonly string[], input?: string): Promise<Finished>
  /** Runs a shell script to its end and returns its stdout. Throws with its output if it fails. */
  shell(script: string): Promise<string>
  stop(): Promise<void>
}

/** Where the machine has the repository. */
export const repositoryPlace = '/opt/kubedoh'
/** The Node of this process, as the machine sees it. */
export const nodePlace = process.execPath.replace(repositoryRoot, repositoryPlace)
const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const bootMs = 60_000

/** The reason why no machine can be booted here, or false. With CI=true that is an error. */
export async function noMachine(packages: string): Promise<string | false> {
  const reason = (await needsRoot()) || (await noNamespace())
  if (reason) return reason
  if (existsSync('/lib/systemd/systemd') && existsSync(join(packages, 'lib/systemd/systemd-resolved')))
    return false
  if (process.env.CI === 'true')
    throw new Error('CI must have systemd, and the packages of `npm run clients`')
  return 'systemd, or the packages of `npm run clients`, are missing'
}

/** Boots a machine, with Debian packages that were extracted into a directory. Nothing of it is left after `stop`. */
export async function bootMachine(packages: string): Promise<Machine> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-machine-'))
  const namespaces = [
    '--net',
    '--mount',
    '--pid',
    '--fork',
    '--uts',
    '--ipc',
    '--cgroup',
    '--mount-proc',
    '--kill-child',
  ]
  const boot = ['/bin/sh', join(import.meta.dirname, 'boot.sh'), packages, repositoryRoot, dir]
  const cgroup = await ownCgroup()
  const [first = '', ...words] = [...cgroup.enter, 'unshare', ...namespaces, ...boot]
  const child = spawn(first, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await cgroup.remove()
    await rm(dir, { recursive: true, force: true })
  }
  try {
    const pid = await systemdOf(child, () => said)
    const enter = ['-t', String(pid), '--all', '--root', '--wd=/', 'env', '-i', path]
    const run: Machine['run'] = (argv, input = '') => finish(spawn('nsenter', [...enter, ...argv]), input)
    return {
      run,
      async shell(script) {
        const { code, stdout, stderr } = await run(['sh', '-ec', script])
        if (code !== 0) throw new Error(`${script}\nended with ${code}: ${stdout}${stderr}`)
        return stdout
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Waits until systemd has started its target, and returns its process id. */
async function systemdOf(child: ChildProcess, said: () => string): Promise<number> {
  for (const end = performance.now() + bootMs; performance.now() < end; await pause(100)) {
    if (child.exitCode !== null) break
    const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').catch(() => '')
    const pid = Number(children.trim())
    if (!pid || (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')) !== 'systemd\n') continue
    const enter = ['-t', String(pid), '--all', '--root', '--wd=/']
    const { code } = await finish(
      spawn('nsenter', [...enter, 'systemctl', 'is-active', '--quiet', 'test.target']),
      '',
    )
    if (code === 0) return pid
  }
  throw new Error(`the machine did not boot: ${said()}`)
}

function finish(child: ChildProcess, input: string): Promise<Finished> {
  const [out, err]: [string[], string[]] = [[], []]
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk.toString()))
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout: out.join(''), stderr: err.join('') }))
  })
}
