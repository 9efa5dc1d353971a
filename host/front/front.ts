import type { Log, Meter } from '../../worker/ports.ts'
import type { Handler } from '../http/answer.ts'
import type { Limits } from '../http/limits.ts'
import type { ListenAddress } from '../http/listen.ts'
import type { Certificate } from '../tls/read-certificate.ts'

export type FrontOptions = {
  readonly listen: ListenAddress
  /** Without it the front speaks plain HTTP, for use behind a proxy that terminates TLS. */
  readonly tls?: Certificate | undefined
  readonly handler: Handler
  /** The limits that differ from `defaultLimits`. */
  readonly limits?: Partial<Limits> | undefined
  /** Counts connections, drops and responses, if there is one. */
  readonly meter?: Meter | undefined
  readonly log: Log
}

/** A front that answers. */
export type RunningFront = ListenAddress & {
  /** The URL for this machine, such as 'https://127.0.0.1:8443'. */
  readonly url: string
  /** Uses another certificate for new connections. Throws HostError CERTIFICATE_INVALID. */
  renew(certificate: Certificate): void
  /**
   * Stops listening, lets running requests end, then waits for their tasks. Closes the remaining connections after
   * `graceMs`. Settles when every connection is closed. Never rejects; a second call waits for the first.
   */
  close(graceMs: number): Promise<void>
}

/** The HTTP server of a runtime: HTTP/2 and HTTP/1.1 on one port, every request through one handler. */
export type Front = {
  /** Throws HostError LISTEN_* or CERTIFICATE_INVALID. */
  start(options: FrontOptions): Promise<RunningFront>
  /**
   * The address at which several processes can call `startShared`; a port 0 may become a free port. Throws HostError
   * LISTEN_*.
   */
  share(address: ListenAddress): Promise<ListenAddress>
  /** `start` at an address that several processes use. */
  startShared(options: FrontOptions): Promise<RunningFront>
}
