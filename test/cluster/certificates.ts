import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing, run } from './command.ts'
import { ClusterError } from './errors.ts'

/** Paths of a certificate and its private key, both PEM. */
export type KeyPair = { readonly certFile: string; readonly keyFile: string }

/** The identities of a control plane. All but `serviceAccount` are signed by the authority in `caFile`. */
export type Certificates = {
  readonly caFile: string
  /** The server certificate of kube-apiserver and CoreDNS: 127.0.0.1, localhost, the API's names inside a cluster. */
  readonly server: KeyPair
  readonly admin: KeyPair
  readonly controllerManager: KeyPair
  readonly scheduler: KeyPair
  /** Signs and verifies the tokens of service accounts. */
  readonly serviceAccount: { readonly publicFile: string; readonly privateFile: string }
}

const days = '7'
const serverNames =
  'IP:127.0.0.1,IP:10.96.0.1,DNS:localhost,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local'
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/**
 * Creates an authority for one control plane in `dir`, and its certificates, valid for a week.
 * Throws ClusterError OPENSSL_MISSING if there is no openssl command, COMMAND_FAILED if it fails.
 */
export async function issueCertificates(dir: string): Promise<Certificates> {
  const ca = pairIn(dir, 'ca')
  const self = ['-x509', '-days', days, '-subj', '/CN=kubedoh-test-ca']
  await openssl('req', ...self, ...newKey, '-keyout', ca.keyFile, '-out', ca.certFile)
  const server = `subjectAltName=${serverNames}\nextendedKeyUsage=serverAuth\n`
  const client = 'extendedKeyUsage=clientAuth\n'
  return {
    caFile: ca.certFile,
    server: await issue(dir, ca, 'server', '/CN=kube-apiserver', server),
    // Kubernetes binds this group to cluster-admin at start.
    admin: await issue(dir, ca, 'admin', '/O=system:masters/CN=admin', client),
    controllerManager: await issue(dir, ca, 'manager', '/CN=system:kube-controller-manager', client),
    scheduler: await issue(dir, ca, 'scheduler', '/CN=system:kube-scheduler', client),
    serviceAccount: await issueTokenKey(dir),
  }
}

async function issue(
  dir: string,
  ca: KeyPair,
  name: string,
  subject: string,
  extensions: string,
): Promise<KeyPair> {
  const pair = pairIn(dir, name)
  const request = join(dir, `${name}.csr`)
  const extensionFile = join(dir, `${name}.ext`)
  await writeFile(extensionFile, extensions)
  await openssl('req', '-new', ...newKey, '-subj', subject, '-keyout', pair.keyFile, '-out', request)
  const signer = ['-CA', ca.certFile, '-CAkey', ca.keyFile, '-CAcreateserial', '-days', days]
  await openssl('x509', '-req', '-in', request, ...signer, '-extfile', extensionFile, '-out', pair.certFile)
  return pair
}

async function issueTokenKey(dir: string): Promise<Certificates['serviceAccount']> {
  const privateFile = join(dir, 'service-account.key')
  const publicFile = join(dir, 'service-account.pub')
  await openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', privateFile)
  await openssl('ec', '-in', privateFile, '-pubout', '-out', publicFile)
  return { publicFile, privateFile }
}

function pairIn(dir: string, name: string): KeyPair {
  return { certFile: join(dir, `${name}.crt`), keyFile: join(dir, `${name}.key`) }
}

async function openssl(...args: string[]): Promise<void> {
  try {
    await run('openssl', args)
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new ClusterError('OPENSSL_MISSING', 'no `openssl` in PATH', { cause: error })
  }
}
