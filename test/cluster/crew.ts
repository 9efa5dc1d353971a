import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClusterError } from './errors.ts'
import { startReaper } from './reaper.ts'
import { waitFor } from './wait.ts'

/** A long-running program and how to tell that it does its work. */
export type Job = {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  /** Asked until it gives true; it may throw while the program starts. Default: ready at once. */
  readonly ready?: () => Promise<boolean>
}

export type Crew = {
  /** Starts a job and waits until it is ready. Throws ClusterError PROGRAM_EXITED or TIMEOUT. */
  start(job: Job): Promise<void>
  /** SIGKILL, by pid. Resolves when the process is gone; at once when none runs. Throws on unknown names. */
  kill(name: string): Promise<void>
  /** Kills the job's process if it runs, starts it again with the same arguments, waits until ready. */
  restart(name: string): Promise<void>
  /** The pid of each running process, by job name. */
  pids(): ReadonlyMap<string, number>
  /** Kills every process and removes the crew's directory. May be called twice. */
  disband(): Promise<void>
}

const readyWithinMs = 60_000

/**
 * A set of processes that end with this one. `dir` gets a log per job, NAME.log, and is removed
 * when the crew is disbanded or this process ends, unless `keepDir`.
 */
export function assembleCrew(dir: string, keepDir = false): Crew {
  const reaper = startReaper(keepDir ? undefined : dir)
  const jobs = new Map<string, Job>()
  const children = new Map<string, ChildProcess>()

  const crew: Crew = {
    async start(job) {
      jobs.set(job.name, job)
      const log = join(dir, `${job.name}.log`)
      const child = launch(job, log)
      children.set(job.name, child)
      if (child.pid !== undefined) reaper.begun(child.pid)
      child.on('exit', () => child.pid !== undefined && reaper.ended(child.pid))
      await readiness(job, child, log)
    },
    async kill(name) {
      if (!jobs.has(name)) throw new Error(`no such process: ${name}`)
      const child = children.get(name)
      if (child && runs(child)) await end(child)
    },
    async restart(name) {
      await crew.kill(name)
      const job = jobs.get(name)
      if (job) await crew.start(job)
    },
    pids() {
      const running = [...children].filter(([, child]) => runs(child))
      return new Map(running.flatMap(([name, { pid }]) => (pid === undefined ? [] : [[name, pid]])))
    },
    async disband() {
      await Promise.all([...jobs.keys()].map((name) => crew.kill(name)))
      await reaper.finish()
    },
  }
  return crew
}

/** What is written goes to a file, not to a pipe, so that a program never waits for a reader. */
function launch(job: Job, log: string): ChildProcess {
  const output = openSync(log, 'a')
  const child = spawn(job.program, job.args, { stdio: ['ignore', output, output] })
  closeSync(output)
  child.on('error', () => {})
  child.unref()
  return child
}

async function readiness({ name, ready }: Job, child: ChildProcess, log: string): Promise<void> {
  const look = async () => {
    if (!runs(child)) throw new ClusterError('PROGRAM_EXITED', `${name} ended by itself:\n${lastLines(log)}`)
    return ready ? ready() : true
  }
  await waitFor(`${name} is ready`, look, { timeoutMs: readyWithinMs, intervalMs: 50 })
}

function runs(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.ref()
  child.kill('SIGKILL')
  await gone
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
}
