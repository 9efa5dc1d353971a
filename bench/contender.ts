import type { ChildProcess } from 'node:child_process'

/** A server in a process of its own that is measured. */
export type Contender = {
  readonly name: string
  readonly url: string
  readonly process: ChildProcess
  /** HTTP/1.1 in plain text, or HTTP/2 over TLS. */
  readonly http1: boolean
  stop(): Promise<void>
}

/** What one contender did over all rounds; medians. */
export type Score = {
  readonly name: string
  readonly requestsPerSecond: number
  readonly cpuMicrosPerQuery: number
  readonly residentMegabytes: number
}
