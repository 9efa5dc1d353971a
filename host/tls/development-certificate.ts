import { X509Certificate } from 'node:crypto'
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { errorText, HostError, systemCode } from '../errors.ts'
import { type Certificate, readCertificate } from './read-certificate.ts'

export { type Certificate, readCertificate }

/** Names of this machine, which are in every certificate. */
const localHosts = ['localhost', '127.0.0.1', '::1']

/** Addresses for listening only: no client connects to them. */
const wildcards = ['0.0.0.0', '::']

/** A certificate is replaced when it expires within this time. */
const renewBeforeMs = 30 * 24 * 60 * 60 * 1000

/** The certificate of a development server, and the CA file that its clients must trust. */
export type DevelopmentCertificate = Certificate & { readonly caFile: string }

/**
 * Issues a certificate for localhost, 127.0.0.1, ::1 and `hosts` (DNS names, IP addresses), signed by a CA that is
 * used in this directory only. Both are stored in `dir` (created with mode 0700; private keys 0600) and reused. The
 * server's certificate is renewed when it expires within 30 days or the hosts have changed; the CA is valid for 10
 * years, so clients can keep trusting `caFile`. Anyone who can read ca-key.pem can impersonate any host to those
 * clients.
 *
 * Throws HostError CERTIFICATE_UNREADABLE, CERTIFICATE_INVALID or CERTIFICATE_MISMATCH, naming the file.
 */
export async function developmentCertificate(
  dir: string,
  hosts: readonly string[],
  nowMs: number = Date.now(),
): Promise<DevelopmentCertificate> {
  await writing(dir, () => mkdir(dir, { recursive: true, mode: 0o700 }))
  const caFiles = { certFile: join(dir, 'ca.pem'), keyFile: join(dir, 'ca-key.pem') }
  const serverFiles = { certFile: join(dir, 'server.pem'), keyFile: join(dir, 'server-key.pem') }
  const wanted = certificateHosts(hosts)

  let authority = await stored(caFiles)
  if (!authority || endsMs(authority) - nowMs < renewBeforeMs) {
    authority = await (await issuing()).issueAuthority(nowMs)
    await store(caFiles, authority)
  }
  let server = await stored(serverFiles)
  if (!server || !isUsable(server, authority, wanted, nowMs)) {
    server = await (await issuing()).issueServer(authority, wanted, nowMs)
    await store(serverFiles, server)
  }
  return { certPem: server.certPem + authority.certPem, keyPem: server.keyPem, caFile: caFiles.certFile }
}

/**
 * Issues a certificate for the same hosts, by a CA that nobody keeps: it is for servers that may write no file. Clients
 * cannot verify it, unless they take the CA from the connection.
 */
export async function unstoredCertificate(
  hosts: readonly string[],
  nowMs: number = Date.now(),
): Promise<Certificate> {
  const { issueAuthority, issueServer } = await issuing()
  const authority = await issueAuthority(nowMs)
  const server = await issueServer(authority, certificateHosts(hosts), nowMs)
  return { certPem: server.certPem + authority.certPem, keyPem: server.keyPem }
}

/** The hosts of a certificate, each once. */
function certificateHosts(hosts: readonly string[]): string[] {
  const all = new Set([...localHosts, ...hosts.map(hostText)])
  return [...all].filter((host) => !wildcards.includes(host))
}

/** Loaded only to issue: these are 20 packages, and most starts find the certificates of an earlier start. */
async function issuing(): Promise<typeof import('./issue-certificate.ts')> {
  // @peculiar/x509 is built with tsyringe, which refuses to load where Reflect has no metadata functions.
  await import('reflect-metadata')
  return import('./issue-certificate.ts')
}

type Files = { readonly certFile: string; readonly keyFile: string }

async function stored({ certFile, keyFile }: Files): Promise<Certificate | undefined> {
  try {
    return await readCertificate(certFile, keyFile)
  } catch (error) {
    const missing = error instanceof HostError && systemCode(error.cause) === 'ENOENT'
    if (missing) return undefined
    throw error
  }
}

/** Writes the key first: if this is interrupted, there is no certificate without its key. */
async function store({ certFile, keyFile }: Files, { certPem, keyPem }: Certificate): Promise<void> {
  await writing(keyFile, () => replaceFile(keyFile, keyPem, 0o600))
  await writing(certFile, () => replaceFile(certFile, certPem, 0o644))
}

async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const next = `${file}.new`
  await writeFile(next, text, { mode })
  // The umask restricts the mode above, and writeFile does not change the mode of an existing file.
  await chmod(next, mode)
  await rename(next, file)
}

async function writing(file: string, action: () => Promise<unknown>): Promise<void> {
  try {
    await action()
  } catch (error) {
    throw new HostError('CERTIFICATE_UNREADABLE', `cannot write ${file} (${errorText(error)})`, {
      cause: error,
    })
  }
}

function endsMs(certificate: Certificate): number {
  return new X509Certificate(certificate.certPem).validToDate.getTime()
}

function isUsable(
  server: Certificate,
  authority: Certificate,
  hosts: readonly string[],
  nowMs: number,
): boolean {
  const own = new X509Certificate(server.certPem)
  const isSigned = own.verify(new X509Certificate(authority.certPem).publicKey)
  const named = new Set(own.subjectAltName?.split(', ').map((name) => hostText(name.replace(/^[^:]*:/, ''))))
  const isNamed = named.size === hosts.length && hosts.every((host) => named.has(host))
  return isSigned && isNamed && endsMs(server) - nowMs >= renewBeforeMs
}

/** The canonical text of a host: lower case, IPv6 addresses as in the URL standard. */
function hostText(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) === 6) return new URL(`http://[${bare}]`).hostname.slice(1, -1)
  return bare.toLowerCase()
}
