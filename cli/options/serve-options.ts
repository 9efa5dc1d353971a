import { join } from 'node:path'
import {
  type Certificate,
  developmentCertificate,
  readCertificate,
} from '../../host/tls/development-certificate.ts'
import { callerOptions } from './caller-options.ts'
import { limitOptions } from './limit-options.ts'
import { UsageError } from './option-table.ts'
import { refuseExposedKey } from './private-file.ts'

/** The format of log lines: text for people, or one JSON object for each line. */
export type LogFormat = 'text' | 'json'

export const serveDefaults = { listen: '127.0.0.1:8443', data: '.kubedoh' }

/** Options of every verb that serves. */
export const serveOptions = {
  listen: {
    kind: 'text',
    value: 'HOST:PORT',
    byDefault: serveDefaults.listen,
    help: 'address to listen on; port 0 uses a free port',
  },
  data: {
    kind: 'text',
    value: 'DIR',
    byDefault: serveDefaults.data,
    help: 'directory for database, keys and certificates; one process at a time can use it',
  },
  'tls-cert': {
    kind: 'text',
    value: 'FILE',
    help: 'certificate chain (PEM), read again at SIGHUP; by default a development certificate is issued',
  },
  'tls-key': {
    kind: 'text',
    value: 'FILE',
    help: 'private key (PEM) of --tls-cert, which other users cannot read',
  },
  'tls-host': {
    kind: 'list',
    value: 'NAME',
    help: 'add this name to the development certificate, which has localhost and 127.0.0.1',
  },
  plain: { kind: 'flag', help: 'serve HTTP without TLS, for use behind a proxy that terminates TLS' },
  ...limitOptions,
  ...callerOptions,
  'log-format': {
    kind: 'text',
    value: 'FORMAT',
    byDefault: 'text',
    choices: ['text', 'json'],
    help: 'format of log lines on stderr: text or json',
  },
} as const

/** The server's certificate; `caFile` only for a development certificate. */
export type Identity = { readonly tls: Certificate | undefined; readonly caFile: string | undefined }

/**
 * Chooses the certificate by the options: none with --plain, --tls-cert, or a development certificate in the data
 * directory. Throws UsageError, HostError CERTIFICATE_*.
 */
export async function identityOf(
  values: {
    readonly plain: boolean
    readonly 'tls-cert': string | undefined
    readonly 'tls-key': string | undefined
    readonly 'tls-host': readonly string[]
  },
  dataDir: string,
  listenHost: string,
): Promise<Identity> {
  const { 'tls-cert': certFile, 'tls-key': keyFile } = values
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new UsageError('--tls-cert and --tls-key must be given together')
  if (values.plain && certFile !== undefined)
    throw new UsageError('--plain and --tls-cert cannot be used together')
  if (values.plain) return { tls: undefined, caFile: undefined }
  if (certFile !== undefined && keyFile !== undefined) {
    const tls = await readCertificate(certFile, keyFile)
    await refuseExposedKey(keyFile)
    return { tls, caFile: undefined }
  }
  const { caFile, ...tls } = await developmentCertificate(join(dataDir, 'tls'), [
    ...values['tls-host'],
    listenHost,
  ])
  return { tls, caFile }
}

/** A --log-format. Throws UsageError. */
export function logFormat(text: string | undefined): LogFormat {
  if (text === undefined || text === 'text') return 'text'
  if (text === 'json') return 'json'
  throw new UsageError(`--log-format is "${text}", it must be text or json`)
}
