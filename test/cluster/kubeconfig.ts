import { readFile, writeFile } from 'node:fs/promises'
import type { KeyPair } from './certificates.ts'

/** The only context of every kubeconfig written here. */
export const contextName = 'kubedoh-test'

/**
 * Writes a kubeconfig with embedded certificates, so that the file can be copied. It is JSON, which is valid YAML.
 * Throws the file system's error.
 */
export async function writeKubeconfig(
  file: string,
  apiUrl: string,
  caFile: string,
  client: KeyPair,
): Promise<string> {
  const name = contextName
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: apiUrl, 'certificate-authority-data': await base64(caFile) } }],
    users: [
      {
        name,
        user: {
          'client-certificate-data': await base64(client.certFile),
          'client-key-data': await base64(client.keyFile),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  }
  await writeFile(file, JSON.stringify(config, undefined, 2), { mode: 0o600 })
  return file
}

function base64(path: string): Promise<string> {
  return readFile(path, 'base64')
}
