import type { EdgeConfig } from '../../worker/config.ts'
import type { UseNonce } from '../../worker/embedded.ts'
import type { Register, RegisterOutcome } from '../../worker/register/register.ts'
import type { CookieSecrets } from '../dns/cookie/cookie.ts'
import type { DnsListen } from '../dns/dns-listeners.ts'
import type { HostErrorCode } from '../errors.ts'
import type { Limits } from '../http/limits.ts'
import type { ListenAddress } from '../http/listen.ts'
import type { WorkerReport } from '../observe/worker-reports.ts'
import type { SigningPems } from '../signing/signer.ts'
import type { Certificate } from '../tls/read-certificate.ts'
import type { Admitted } from './shared-limiter.ts'

/** The start message of a worker process. All of it can be cloned (structured clone). */
export type WorkerStart = {
  readonly config: EdgeConfig
  readonly dataDir: string
  readonly listen: ListenAddress
  readonly tls: Certificate | undefined
  readonly dnsListen: DnsListen
  readonly limits: Partial<Limits>
  /** Signs profiles for Apple devices. */
  readonly signing: SigningPems | undefined
  /** Whether the worker counts what it does, and reports it. */
  readonly isObserved: boolean
}

/** A method of Register, and its arguments. */
export type RegisterMethod = keyof Register
export type RegisterArguments = Parameters<Register[RegisterMethod]>

/** From the supervisor to a worker. */
export type ToWorker =
  | ({ readonly kind: 'start' } & WorkerStart)
  | { readonly kind: 'renew'; readonly tls: Certificate }
  | { readonly kind: 'secrets'; readonly secrets: CookieSecrets }
  | { readonly kind: 'signing'; readonly signing: SigningPems }
  | { readonly kind: 'wake'; readonly cluster: string }
  | { readonly kind: 'admitted'; readonly admitted: Admitted }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: RegisterOutcome }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string }
  | { readonly kind: 'nonce'; readonly id: number; readonly isNew: boolean }
  | { readonly kind: 'close'; readonly graceMs: number }

/** From a worker to the supervisor. */
export type FromWorker =
  | { readonly kind: 'listening'; readonly url: string; readonly dnsLines: readonly string[] }
  | { readonly kind: 'admitted'; readonly admitted: Admitted }
  | { readonly kind: 'report'; readonly report: WorkerReport }
  | { readonly kind: 'nonce'; readonly id: number; readonly args: Parameters<UseNonce> }
  | { readonly kind: 'unable'; readonly code: HostErrorCode | undefined; readonly message: string }
  | {
      readonly kind: 'call'
      readonly id: number
      readonly method: RegisterMethod
      readonly args: RegisterArguments
    }
  | {
      readonly kind: 'log'
      readonly level: 'info' | 'warn'
      readonly message: string
      readonly fields: Readonly<Record<string, unknown>> | undefined
    }
