import type { CookieSecrets } from '../../host/dns/cookie/cookie.ts'
import { errorText } from '../../host/errors.ts'
import { onFileChange } from '../../host/file-changes.ts'
import type { SigningPems } from '../../host/signing/signer.ts'
import type { Certificate } from '../../host/tls/read-certificate.ts'
import { reloadCertificate } from '../../host/tls/reload.ts'
import type { Log } from '../../worker/ports.ts'
import type { PlainDnsWishes } from '../options/serve/plain-dns-options.ts'
import type { Identity } from '../options/serve/serve-options.ts'
import type { Signing } from '../options/signing-files.ts'
import type { World } from '../options/verb.ts'

/** Files that are read again while an edge runs: at each SIGHUP, and after each change. */
export type Renewals = {
  certificate(use: (certificate: Certificate) => void): void
  /** The secrets of cookies. Secrets that cannot be read are logged, and the former ones stay. */
  secrets(use: (secrets: CookieSecrets) => void): void
  /** The key that signs profiles, likewise. */
  signing(use: (pems: SigningPems) => void): void
}

/** The parts of a run with files. */
export type RenewedFiles = {
  readonly identity: Identity
  /** Reads the files of `identity` again: a certificate may have been replaced. */
  readonly readIdentity: () => Promise<Identity>
  readonly plainDns: PlainDnsWishes
  /** Signs profiles for Apple devices; undefined: they are served unsigned. */
  readonly signing: Signing | undefined
  readonly onHangup: World['onHangup']
  readonly log: Log
}

/** Runs `use` with the renewals of a run; files are followed until it ends. Throws the errors of `use`. */
export async function withRenewals(
  { identity, readIdentity, plainDns, signing, onHangup, log }: RenewedFiles,
  use: (renewals: Renewals) => Promise<void>,
): Promise<void> {
  const ending = new AbortController()
  const onRenewal = (files: readonly string[], action: () => void): void => {
    onHangup(action)
    onFileChange(files, action, ending.signal)
  }
  const read = async (): Promise<Certificate | undefined> => {
    const { tls, dot } = await readIdentity()
    return tls ?? dot
  }
  try {
    await use({
      certificate: (replace) => onRenewal(identity.files, reloadCertificate({ read, log }, replace)),
      secrets: (replace) => {
        const { secretsFile, readSecrets } = plainDns
        if (secretsFile !== undefined && readSecrets)
          onRenewal([secretsFile], () => renew('cookie secrets', readSecrets, replace, log))
      },
      signing: (replace) => {
        if (signing) onRenewal(signing.files, () => renew('signing key', signing.read, replace, log))
      },
    })
  } finally {
    ending.abort()
  }
}

function renew<T>(what: string, read: () => Promise<T>, use: (value: T) => void, log: Log): void {
  void read().then(
    (value) => {
      use(value)
      log.info(`${what} renewed`)
    },
    (error: unknown) => log.warn(`${what} not renewed`, { reason: errorText(error) }),
  )
}
