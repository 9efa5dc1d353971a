import { join } from 'node:path'
import {
  type Certificate,
  developmentCertificate,
  readCertificate,
} from '../../host/tls/development-certificate.ts'
import type { LogFormat } from '../terminal/log.ts'
import { limitOptions } from './limit-options.ts'
import { UsageError } from './option-table.ts'

export const serveDefaults = { listen: '127.0.0.1:8443', data: '.kubedoh' }

/** Options of every verb that serves. */
export const serveOptions = {
  listen: {
    kind: 'text',
    value: 'HOST:PORT',
    byDefault: serveDefaults.listen,
    help: 'where to answer; port 0 takes a free one',
  },
  data: {
    kind: 'text',
    value: 'DIR',
    byDefault: serveDefaults.data,
    help: 'database, keys and certificates live here',
  },
  'tls-cert': {
    kind: 'text',
    value: 'FILE',
    help: 'PEM certificate chain, read again at SIGHUP; without one a development certificate is made',
  },
  'tls-key': { kind: 'text', value: 'FILE', help: 'PEM key of --tls-cert' },
  'tls-host': {
    kind: 'list',
    value: 'NAME',
    help: 'further names for the development certificate, beside localhost and 127.0.0.1',
  },
  plain: { kind: 'flag', help: 'speak HTTP without TLS, as behind a proxy that ends it' },
  ...limitOptions,
  'log-format': {
    kind: 'text',
    value: 'FORMAT',
    byDefault: 'text',
    help: 'log lines on stderr: text or json',
  },
} as const

/** How the server identifies itself; `caFile` only where the certificate is a development one. */
export type Identity = { readonly tls: Certificate | undefined; readonly caFile: string | undefined }

/**
 * The certificate that the options ask for: none, the given one, or a development certificate in the data
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
    throw new UsageError('--tls-cert and --tls-key go together')
  if (values.plain && certFile !== undefined)
    throw new UsageError('--plain and --tls-cert exclude each other')
  if (values.plain) return { tls: undefined, caFile: undefined }
  if (certFile !== undefined && keyFile !== undefined) {
    return { tls: await readCertificate(certFile, keyFile), caFile: undefined }
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
  throw new UsageError(`--log-format is "${text}", it has to be text or json`)
}
