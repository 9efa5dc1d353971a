import cluster, { type Worker } from 'node:cluster'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createFollowerNonces, createSqlRegister, type UseNonce } from '../../worker/embedded.ts'
import type { Log } from '../../worker/ports.ts'
import type { Register } from '../../worker/register/register.ts'
import type { CookieSecrets } from '../dns/cookie/cookie.ts'
import { withFixedPorts } from '../dns/fixed-ports.ts'
import { HostError } from '../errors.ts'
import type { Follower } from '../follow/follower.ts'
import type { WorkerReports } from '../observe/worker-reports.ts'
import type { SigningPems } from '../signing/signer.ts'
import { openDatabase } from '../store/database.ts'
import { openKv } from '../store/kv.ts'
import type { Certificate } from '../tls/read-certificate.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import { answerNonce } from './remote-nonces.ts'
import { answerCall } from './remote-register.ts'

export type WorkersOptions = Omit<WorkerStart, 'isObserved'> & {
  /** The number of worker processes; this process only supervises them. */
  readonly count: number
  /** Takes the reports of the workers; without it they count nothing. */
  readonly reports?: WorkerReports | undefined
  /** Follows another edge, in this process, until the workers are closed. */
  readonly follower?: Follower | undefined
  readonly log: Log
}

/** Worker processes that answer on one address. */
export type RunningWorkers = {
  /** The URL for this machine, such as 'https://127.0.0.1:8443'. */
  readonly url: string
  /** One line for each address of another transport than HTTP. */
  readonly dnsLines: readonly string[]
  /** Makes every worker, later ones included, use other secrets for cookies. */
  useSecrets(secrets: CookieSecrets): void
  /** Makes every worker, later ones included, sign profiles with another key. */
  useSigning(signing: SigningPems): void
  /** Makes every worker, later ones included, use another certificate for new connections. */
  renew(certificate: Certificate): void
  /** Ends every worker as RunningFront.close does. Settles when all have ended; never rejects. */
  close(graceMs: number): Promise<void>
}

/** The program of a worker, which has the same extension as this file: .ts, or .mjs in a bundle. */
const script = fileURLToPath(new URL(`process${extname(import.meta.url)}`, import.meta.url))

/** A worker that ends is replaced after `firstMs`; the delay doubles up to `lastMs`, until a worker lives for `calmMs`. */
const restart = { firstMs: 100, lastMs: 30_000, calmMs: 60_000 }

/** A worker that is alive this long after its grace period is killed (ms). */
const killAfterMs = 2_000

/**
 * Starts worker processes that share one listening address and one database; resolves when all of them listen.
 *
 *     connection ─▶ supervisor ─▶ workers in turn ─▶ edge ─▶ SQLite, read only
 *     ingest: worker ─▶ the register, here ─▶ SQLite ─▶ every other worker reads its root again
 *     metrics: worker ─▶ its counts ─▶ the sum, here
 *     limits: worker ─▶ the requests that it admitted ─▶ every other worker counts them
 *
 * The register runs in this process, because it orders roots. Each worker reads a root from the shared file and verifies
 * it once, which takes a tenth of a millisecond. A worker that dies is logged and replaced.
 *
 * Throws HostError LISTEN_*, DATABASE_* or CERTIFICATE_INVALID after it has ended all workers.
 */
export async function startWorkers(options: WorkersOptions): Promise<RunningWorkers> {
  const { count, log, reports, follower, ...given } = options
  const dnsListen =
    process.versions.bun !== undefined ? await withFixedPorts(given.dnsListen, log) : given.dnsListen
  const start = { ...given, dnsListen, isObserved: reports !== undefined }
  const sql = openDatabase(join(start.dataDir, 'edge.sqlite'))
  try {
    const register = createSqlRegister(sql, openKv(sql), log)
    cluster.setupPrimary({ exec: script, args: [], serialization: 'advanced' })
    const crew = createCrew(start, { register, useNonce: createFollowerNonces(sql), reports, log })
    const listening = await Promise.all(Array.from({ length: count }, () => crew.hire())).catch(
      async (error: unknown) => {
        await crew.close(0)
        throw error
      },
    )
    const { url = '', dnsLines = [] } = listening[0] ?? {}
    const following = follower?.start({ register, onRoot: crew.wake })
    const close = async (graceMs: number): Promise<void> => {
      following?.stop()
      await crew.close(graceMs).finally(() => sql.close())
    }
    return {
      url,
      dnsLines,
      useSecrets: crew.useSecrets,
      useSigning: crew.useSigning,
      renew: crew.renew,
      close,
    }
  } catch (error) {
    sql.close()
    throw error
  }
}

/** The addresses of a worker. */
type Listening = Pick<RunningWorkers, 'url' | 'dnsLines'>

type Crew = {
  /** Starts a worker and replaces it when it ends. Resolves once it listens, rejects when it cannot. */
  hire(): Promise<Listening>
  /** Makes every worker read a cluster's root again. */
  wake(cluster: string): void
  readonly useSecrets: RunningWorkers['useSecrets']
  readonly useSigning: RunningWorkers['useSigning']
  readonly renew: RunningWorkers['renew']
  readonly close: RunningWorkers['close']
}

function createCrew(
  start: WorkerStart,
  {
    register,
    useNonce,
    reports,
    log,
  }: Pick<WorkersOptions, 'reports' | 'log'> & { readonly register: Register; readonly useNonce: UseNonce },
): Crew {
  const workers = new Set<Worker>()
  const ended = new Set<Promise<void>>()
  const resting = new Set<NodeJS.Timeout>()
  let { tls, dnsListen, signing } = start
  let closing = false

  function tell(worker: Worker, message: ToWorker): void {
    // A worker that is ending does not need further messages.
    if (worker.isConnected()) worker.send(message, () => undefined)
  }

  async function call(worker: Worker, message: Extract<FromWorker, { kind: 'call' }>): Promise<void> {
    const answer = await answerCall(register, message)
    tell(worker, answer)
    if (message.method !== 'putRoot' || answer.kind !== 'answer' || answer.answer.refused) return
    const { cluster: id } = message.args[0]
    pass(worker, { kind: 'wake', cluster: id })
  }

  function pass(from: Worker, message: ToWorker): void {
    for (const other of workers) if (other !== from) tell(other, message)
  }

  function keep(failures: number, hired: PromiseWithResolvers<Listening>): void {
    const worker = cluster.fork()
    const beganMs = performance.now()
    workers.add(worker)
    tell(worker, { kind: 'start', ...start, tls, dnsListen, signing })
    worker.on('error', () => undefined)
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'call') void call(worker, message)
      else if (message.kind === 'nonce')
        void answerNonce(useNonce, message).then((answer) => tell(worker, answer))
      else if (message.kind === 'admitted') pass(worker, message)
      else if (message.kind === 'log')
        log[message.level](message.message, { ...message.fields, worker: worker.process.pid })
      else if (message.kind === 'report') reports?.take(worker.id, message.report)
      else if (message.kind === 'listening') hired.resolve(message)
      else hired.reject(failureOf(message))
    })
    const end = Promise.withResolvers<void>()
    ended.add(end.promise)
    worker.once('exit', (code, signal) => {
      workers.delete(worker)
      ended.delete(end.promise)
      end.resolve()
      reports?.end(worker.id)
      hired.reject(new Error(`a worker ended with ${code ?? signal} before it listened`))
      if (closing) return
      const next = performance.now() - beganMs > restart.calmMs ? 1 : failures + 1
      // Without the jitter of the agent's waits: workers that restart together disturb only this process.
      const waitMs = Math.min(restart.lastMs, restart.firstMs * 2 ** (next - 1))
      log.warn('worker ended', { worker: worker.process.pid, code, signal, nextInMs: waitMs })
      const timer = setTimeout(() => {
        resting.delete(timer)
        keep(next, hired)
      }, waitMs)
      resting.add(timer)
    })
  }

  return {
    hire() {
      const hired = Promise.withResolvers<Listening>()
      keep(0, hired)
      return hired.promise
    },
    wake(id) {
      for (const worker of workers) tell(worker, { kind: 'wake', cluster: id })
    },
    useSecrets(secrets) {
      dnsListen = { ...dnsListen, secrets }
      for (const worker of workers) tell(worker, { kind: 'secrets', secrets })
    },
    useSigning(next) {
      signing = next
      for (const worker of workers) tell(worker, { kind: 'signing', signing })
    },
    renew(certificate) {
      if (tls) tls = certificate
      if (dnsListen.certificate) dnsListen = { ...dnsListen, certificate }
      for (const worker of workers) tell(worker, { kind: 'renew', tls: certificate })
    },
    async close(graceMs) {
      closing = true
      resting.forEach(clearTimeout)
      for (const worker of workers) tell(worker, { kind: 'close', graceMs })
      const kill = setTimeout(() => {
        for (const worker of workers) worker.process.kill('SIGKILL')
      }, graceMs + killAfterMs)
      await Promise.all(ended)
      clearTimeout(kill)
    },
  }
}

function failureOf({ code, message }: Extract<FromWorker, { kind: 'unable' }>): Error {
  return code === undefined ? new Error(message) : new HostError(code, message)
}
