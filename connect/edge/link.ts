import { errorText } from '../../client/errors.ts'
import type { Connection, EdgeRequest, EdgeResponse } from './connection.ts'
import { createJobQueue, type Job } from './job-queue.ts'
import { LinkError } from './link-error.ts'
import { defaultLinkLimits, type LinkLimits } from './link-limits.ts'

/** Requests to the edge, over one connection that is kept. */
export type EdgeLink = {
  /**
   * Sends a request, and once more on a new connection if its connection ends before the response. Rejects with LinkError
   * EDGE_UNREACHABLE, EDGE_SILENT or EDGE_BUSY.
   */
  request(request: EdgeRequest): Promise<EdgeResponse>
  /** Whether the last attempt to connect failed. */
  isAway(): boolean
  /** The connection, if there is one. */
  connection(): Connection | undefined
  /** Why the last attempt to connect failed; undefined while there is a connection. */
  outage(): { readonly sinceMs: number; readonly reason: string } | undefined
  /** The network has changed: the connection is checked, and a failed one is tried again at the next request. */
  check(): void
  /** Ends the connection and all requests. */
  close(): void
}

export type LinkParts = {
  /** Opens a connection. Rejects with an error whose message says what to do. */
  readonly dial: () => Promise<Connection>
  /** Unix ms: this clock runs on while the machine sleeps. */
  readonly now: () => number
  readonly onConnect: (connection: Connection) => void
  /** Called at the first failed attempt to connect after a connection. */
  readonly onAway: (reason: string) => void
  readonly limits?: Partial<LinkLimits> | undefined
}

/** A connection and the number of its requests without a response. */
type Line = { readonly connection: Connection; inFlight: number }

/** A time without a connection: since when, the last error, when to try again and how long to wait after that. */
type Outage = { readonly sinceMs: number; reason: string; retryAtMs: number; waitMs: number }

/**
 * Creates a link to the edge, which connects at the first request. Requests wait while the edge takes no more. At the start of
 * an outage they also wait for the next attempts to connect, for `graceMs`, since an edge that restarts is back soon; then
 * they fail at once, and each one starts at most an attempt.
 */
export function createEdgeLink({ dial, now, onConnect, onAway, limits: given }: LinkParts): EdgeLink {
  const limits: LinkLimits = { ...defaultLinkLimits, ...given }
  const jobs = createJobQueue(now)
  let line: Line | undefined
  let outage: Outage | undefined
  let isDialing = false
  let isClosed = false
  let sweep: NodeJS.Timeout | undefined
  let retry: NodeJS.Timeout | undefined

  function pump(): void {
    if (isClosed) return
    while (jobs.waiting() > 0) {
      if (line?.connection.isDead()) line = undefined
      if (!line) return connect()
      if (line.inFlight >= Math.min(limits.maxStreams, line.connection.maxInFlight())) return
      const job = jobs.next()
      if (job) start(job, line)
    }
  }

  function start(job: Job, on: Line): void {
    const { connection } = on
    if (now() - connection.lastHeardMs() > limits.idleMs) connection.probe()
    on.inFlight++
    job.attempts++
    const ended = (): void => {
      on.inFlight--
      jobs.done(job)
    }
    connection.send(job.request).then(
      (response) => {
        ended()
        job.resolve(response)
        pump()
      },
      (error: unknown) => {
        ended()
        retire(on)
        if (job.attempts === 1 && !job.isOver) jobs.again(job)
        else
          job.reject(
            new LinkError('EDGE_UNREACHABLE', `the connection to the edge ended: ${errorText(error)}`),
          )
        pump()
      },
    )
  }

  /** A connection that lost a request is not used again. */
  function retire(on: Line): void {
    on.connection.close()
    if (line === on) line = undefined
  }

  function connect(): void {
    if (isDialing) return
    if (outage && now() < outage.retryAtMs)
      return isFailing() ? rejectWaiting(outage.reason) : retryLater(outage)
    isDialing = true
    dial().then(opened, failed).finally(pump)
  }

  function opened(connection: Connection): void {
    isDialing = false
    if (isClosed) return connection.destroy()
    outage = undefined
    line = { connection, inFlight: 0 }
    onConnect(connection)
    void connection.ended.then(pump)
  }

  function failed(error: unknown): void {
    isDialing = false
    const reason = errorText(error)
    const nowMs = now()
    const waitMs = outage?.waitMs ?? limits.firstRetryMs
    const isFirst = outage === undefined
    outage = {
      sinceMs: outage?.sinceMs ?? nowMs,
      reason,
      retryAtMs: nowMs + waitMs,
      waitMs: Math.min(2 * waitMs, limits.lastRetryMs),
    }
    if (isFirst) onAway(reason)
  }

  function isFailing(): boolean {
    return outage !== undefined && now() - outage.sinceMs > limits.graceMs
  }

  function rejectWaiting(reason: string): void {
    for (let job = jobs.next(); job; job = jobs.next()) {
      jobs.done(job)
      job.reject(new LinkError('EDGE_UNREACHABLE', reason))
    }
  }

  function retryLater({ retryAtMs }: Outage): void {
    clearTimeout(retry)
    retry = setTimeout(pump, Math.max(1, retryAtMs - now()))
  }

  /** Rejects requests that took too long, and checks a connection that has been silent while requests wait for it. */
  function look(): void {
    const nowMs = now()
    for (const job of jobs.takeOverdue(nowMs))
      job.reject(
        outage
          ? new LinkError('EDGE_UNREACHABLE', outage.reason)
          : new LinkError('EDGE_SILENT', 'the edge did not answer in time'),
      )
    const isSilent = line && line.inFlight > 0 && nowMs - line.connection.lastHeardMs() > limits.silentMs
    if (isSilent) line?.connection.probe()
    if (jobs.size() === 0 && (line?.inFlight ?? 0) === 0) {
      clearInterval(sweep)
      sweep = undefined
    }
  }

  return {
    request(request) {
      if (isClosed) return Promise.reject(new LinkError('EDGE_UNREACHABLE', 'the connection was closed'))
      if (jobs.waiting() >= limits.maxWaiting)
        return Promise.reject(new LinkError('EDGE_BUSY', 'too many queries wait for the edge'))
      sweep ??= setInterval(look, limits.sweepMs)
      const answer = jobs.add(request, isFailing() ? limits.failingMs : limits.answerMs)
      pump()
      return answer
    },
    isAway: () => outage !== undefined,
    connection: () => (line?.connection.isDead() ? undefined : line?.connection),
    outage: () => outage && { sinceMs: outage.sinceMs, reason: outage.reason },
    check() {
      if (outage) outage.retryAtMs = 0
      line?.connection.probe()
    },
    close() {
      isClosed = true
      clearInterval(sweep)
      clearTimeout(retry)
      rejectWaiting('the connection was closed')
      line?.connection.destroy()
    },
  }
}
