import type { EdgeRequest, EdgeResponse } from './connection.ts'

/** A request on its way to its response. */
export type Job = {
  readonly request: EdgeRequest
  readonly deadlineMs: number
  readonly resolve: (response: EdgeResponse) => void
  readonly reject: (error: Error) => void
  /** How often it was sent. */
  attempts: number
  /** Whether its caller has been told that it took too long. */
  isOver: boolean
}

/** Requests that wait to be sent, in order, and those that wait for their responses. */
export type JobQueue = {
  /** Adds a request, which has this time. */
  add(request: EdgeRequest, limitMs: number): Promise<EdgeResponse>
  /** The next request to send; it then waits for its response. */
  next(): Job | undefined
  /** Sends a request again, before all others. */
  again(job: Job): void
  /** The request has ended. */
  done(job: Job): void
  /** Requests whose time is over. Each is returned once. */
  takeOverdue(nowMs: number): readonly Job[]
  /** The number of requests that wait to be sent, and of all. */
  waiting(): number
  size(): number
}

/** Creates an empty queue. `now` is Unix ms. */
export function createJobQueue(now: () => number): JobQueue {
  // Sets keep their order, and each end can be changed in constant time.
  const first = new Set<Job>()
  const waiting = new Set<Job>()
  const sent = new Set<Job>()
  const all = [first, waiting, sent]

  return {
    add(request, limitMs) {
      return new Promise((resolve, reject) => {
        waiting.add({ request, deadlineMs: now() + limitMs, resolve, reject, attempts: 0, isOver: false })
      })
    },
    next() {
      const from = first.size > 0 ? first : waiting
      for (const job of from) {
        from.delete(job)
        sent.add(job)
        return job
      }
      return undefined
    },
    again(job) {
      sent.delete(job)
      first.add(job)
    },
    done: (job) => void sent.delete(job),
    takeOverdue(nowMs) {
      const overdue: Job[] = []
      for (const jobs of all)
        for (const job of jobs) {
          if (nowMs < job.deadlineMs) continue
          job.isOver = true
          jobs.delete(job)
          overdue.push(job)
        }
      return overdue
    },
    waiting: () => first.size + waiting.size,
    size: () => first.size + waiting.size + sent.size,
  }
}
