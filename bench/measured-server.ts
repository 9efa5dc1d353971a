/** A server that is measured, in its own process. */
export type MeasuredServer = {
  readonly name: string
  readonly url: string
  readonly pid: number
  /** True for plain HTTP/1.1, false for HTTP/2 over TLS. */
  readonly http1: boolean
  stop(): Promise<void>
}

/** A server that cannot be measured on this machine, and the reason. */
export type Absent = { readonly name: string; readonly absent: string }

/** The figures of one server: medians over all rounds. */
export type Score = {
  readonly name: string
  readonly requestsPerSecond: number
  readonly cpuMicrosPerQuery: number
  readonly p50Micros: number
  readonly p99Micros: number
  readonly residentMegabytes: number
}
