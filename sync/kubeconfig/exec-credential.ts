import { readFileSync } from 'node:fs'
import { isObject } from './parse.ts'
import type { ExecConfig, Target } from './target.ts'

/** The text of KUBERNETES_EXEC_INFO: the ExecCredential that requests a credential from a plugin, as client-go writes it. */
export function execInfo(exec: ExecConfig, target: Target): string {
  return JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: exec.apiVersion,
    spec: {
      interactive: exec.isInteractive,
      ...(exec.provideClusterInfo && { cluster: clusterInfo(target) }),
    },
  })
}

function clusterInfo(target: Target): object {
  const { server, tlsServerName, skipTlsVerify, caFile, caData, proxyUrl, disableCompression } = target
  const authority = caData ?? (caFile === undefined ? undefined : readFileSync(caFile, 'base64'))
  return {
    server,
    ...(tlsServerName !== undefined && { 'tls-server-name': tlsServerName }),
    ...(skipTlsVerify && { 'insecure-skip-tls-verify': true }),
    ...(authority !== undefined && { 'certificate-authority-data': authority }),
    ...(proxyUrl !== undefined && { 'proxy-url': proxyUrl }),
    ...(disableCompression && { 'disable-compression': true }),
    ...(target.execExtension !== undefined && { config: target.execExtension }),
  }
}

/** The credential from a plugin: a token, a client certificate with its key (PEM), or both. */
export type ExecCredential = {
  readonly token?: string
  readonly cert?: string
  readonly key?: string
  /** When the plugin has to be run again (Unix ms); Infinity when it gave no expiry. */
  readonly expiresMs: number
}

/**
 * The output of a credential plugin → the credential, or the end of a sentence that names the fault. Never
 * repeats the output: it holds secrets.
 */
export function parseExecCredential(
  output: string,
  apiVersion: string,
): { readonly credential: ExecCredential } | { readonly problem: string } {
  const parsed = parseJson(output)
  if (!isObject(parsed) || parsed.kind !== 'ExecCredential')
    return { problem: 'wrote no ExecCredential as JSON to its standard output' }
  if (parsed.apiVersion !== apiVersion)
    return {
      problem: `answered with apiVersion ${String(parsed.apiVersion)}, and the kubeconfig asks for ${apiVersion}`,
    }
  const status = isObject(parsed.status) ? parsed.status : {}
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = status
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
  if (isText(cert) !== isText(key)) return { problem: 'gave a client certificate or a key without the other' }
  if (!isText(token) && !isText(cert)) return { problem: 'gave neither a token nor a client certificate' }
  const expiresMs = isText(expirationTimestamp) ? Date.parse(expirationTimestamp) : Number.POSITIVE_INFINITY
  if (Number.isNaN(expiresMs)) return { problem: 'gave an expirationTimestamp that is no time (RFC 3339)' }
  return {
    credential: {
      ...(isText(token) && { token }),
      ...(isText(cert) && isText(key) && { cert, key }),
      expiresMs,
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
