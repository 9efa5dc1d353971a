import type { Identity } from '../../cli/options/serve-options.ts'
import type { Log } from '../../worker/ports.ts'
import { HostError } from '../errors.ts'
import type { Certificate } from './read-certificate.ts'

/** How a server's certificate is renewed while it runs. */
export type Renewal = {
  /** Calls `action` at each SIGHUP. */
  onHangup(action: () => void): void
  /** Reads the files again. Throws as identityOf. */
  read(): Promise<Identity>
  readonly log: Log
}

/** At each SIGHUP: reads the certificate again and shows it. One that cannot be used is logged, and the one before stays. */
export function renewOnHangup(
  { onHangup, read, log }: Renewal,
  show: (certificate: Certificate) => void,
): void {
  onHangup(() => {
    void renew().catch((error: unknown) => {
      const code = error instanceof HostError ? error.code : undefined
      const reason = error instanceof Error ? error.message : String(error)
      log.warn('certificate not renewed', { code, reason })
    })
  })

  async function renew(): Promise<void> {
    const { tls } = await read()
    if (!tls) return log.info('no certificate to renew: TLS is off')
    show(tls)
    log.info('certificate renewed')
  }
}
