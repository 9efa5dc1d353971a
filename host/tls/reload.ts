import type { Log } from '../../worker/ports.ts'
import { errorText, HostError } from '../errors.ts'
import type { Certificate } from './read-certificate.ts'

/** How a server's certificate is replaced while the server runs. */
export type Reloading = {
  /** Reads the certificate again; undefined when TLS is off. Throws HostError CERTIFICATE_*. */
  read(): Promise<Certificate | undefined>
  readonly log: Log
}

/**
 * Returns a function that reads the certificate again and passes it to `use`. A certificate that cannot be read or used
 * is logged, and the server keeps the certificate that it has.
 */
export function reloadCertificate(
  { read, log }: Reloading,
  use: (certificate: Certificate) => void,
): () => void {
  return () => {
    void reload().catch((error: unknown) => {
      const code = error instanceof HostError ? error.code : undefined
      log.warn('certificate not renewed', { code, reason: errorText(error) })
    })
  }

  async function reload(): Promise<void> {
    const certificate = await read()
    if (!certificate) return log.info('no certificate to renew: TLS is off')
    use(certificate)
    log.info('certificate renewed')
  }
}
