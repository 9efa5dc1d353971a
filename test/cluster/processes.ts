import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '../wait-for.ts'
import { ClusterError } from './errors.ts'
import { startKillOnExit } from './kill-on-exit.ts'

/** A long-running program, and how to see that it is ready. */
export type ProcessSpec = {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  /** Called until it returns true; it may throw while the program starts. Default: ready at once. */
  readonly ready?: () => Promise<boolean>
}

export type Processes = {
  /** Starts a program, after ending a running one of that name, and waits until it is ready. Throws ClusterError PROGRAM_EXITED or WaitError. */
  start(job: ProcessSpec): Promise<void>
  /** Sends SIGKILL. Resolves when the process has ended; at once if none runs. Throws on unknown names. */
  kill(name: string): Promise<void>
  /** Kills the process if it runs, starts it again with the same arguments, waits until it is ready. */
  restart(name: string): Promise<void>
  /** The pid of each running process, by name. */
  pids(): ReadonlyMap<string, number>
  /** Throws ClusterError PROGRAM_EXITED if a process has ended without being killed by this object. */
  check(): void
  /** Kills every process and removes the directory. May be called twice. */
  stopAll(): Promise<void>
}

/** kube-apiserver takes 2 s on an idle machine. */
const readyWithinMs = 180_000

/**
 * A set of processes that end with this one. `dir` gets a log per program, NAME.log, and is removed by stopAll or when
 * this process ends, unless `keepDir` is set.
 */
export function createProcesses(dir: string, keepDir = false): Processes {
  const killer = startKillOnExit(keepDir ? undefined : dir)
  const jobs = new Map<string, ProcessSpec>()
  const children = new Map<string, ChildProcess>()
  const logOf = (name: string) => join(dir, `${name}.log`)

  const processes: Processes = {
    async start(job) {
      if (jobs.has(job.name)) await processes.kill(job.name)
      jobs.set(job.name, job)
      const child = launch(job, logOf(job.name))
      children.set(job.name, child)
      if (child.pid !== undefined) killer.begun(child.pid)
      child.on('exit', () => child.pid !== undefined && killer.ended(child.pid))
      await readiness(job, child, logOf(job.name))
    },
    async kill(name) {
      if (!jobs.has(name)) throw unknown(name)
      const child = children.get(name)
      if (child && runs(child)) await end(child)
    },
    async restart(name) {
      const job = jobs.get(name)
      if (!job) throw unknown(name)
      await processes.start(job)
    },
    pids() {
      const running = [...children].filter(([, child]) => runs(child))
      return new Map(running.flatMap(([name, { pid }]) => (pid === undefined ? [] : [[name, pid]])))
    },
    check() {
      for (const [name, child] of children) if (!child.killed) assertRuns(name, child, logOf(name))
    },
    async stopAll() {
      await Promise.all([...jobs.keys()].map((name) => processes.kill(name)))
      await killer.finish()
    },
  }
  return processes
}

/** Output goes to a file, not to a pipe, so that a program never waits for a reader. */
function launch(job: ProcessSpec, log: string): ChildProcess {
  const output = openSync(log, 'a')
  const child = spawn(job.program, job.args, { stdio: ['ignore', output, output] })
  closeSync(output)
  child.on('error', () => {})
  child.unref()
  return child
}

async function readiness({ name, ready }: ProcessSpec, child: ChildProcess, log: string): Promise<void> {
  const look = async () => {
    assertRuns(name, child, log)
    return ready ? ready() : true
  }
  await waitFor(`${name} is ready`, look, { timeoutMs: readyWithinMs, intervalMs: 50 })
}

function assertRuns(name: string, child: ChildProcess, log: string): void {
  if (runs(child)) return
  throw new ClusterError('PROGRAM_EXITED', `${name} ${ending(child)}:\n${lastLines(log)}`)
}

function runs(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

function ending({ pid, exitCode, signalCode }: ChildProcess): string {
  return pid === undefined ? 'could not be started' : `ended by itself with ${signalCode ?? exitCode}`
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.ref()
  child.kill('SIGKILL')
  await gone
}

function unknown(name: string): Error {
  return new Error(`no such process: ${name}`)
}

/** The end of a log; empty if stopAll has removed it. */
function lastLines(file: string): string {
  if (!existsSync(file)) return ''
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
}
