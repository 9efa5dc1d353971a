import { readFileSync } from 'node:fs'
import type { ExecConfig, Target } from './target.ts'

/** The text of KUBERNETES_EXEC_INFO: the ExecCredential that a plugin is asked with, as client-go writes it. */
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
