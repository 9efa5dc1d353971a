/** A server in a process of its own that is measured. */
export type MeasuredServer = {
  readonly name: string
  readonly url: string
  readonly pid: number
  /** HTTP/1.1 in plain text, or HTTP/2 over TLS. */
  readonly http1: boolean
  stop(): Promise<void>
}

/** One that cannot be measured on this machine, and why. */
export type Absent = { readonly name: string; readonly absent: string }

/** What one server did over all rounds; medians. */
export type Score = {
  readonly name: string
  readonly requestsPerSecond: number
  readonly cpuMicrosPerQuery: number
  readonly p50Micros: number
  readonly p99Micros: number
  readonly residentMegabytes: number
}
