import type { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { Certificate } from './read-certificate.ts'

const dayMs = 24 * 60 * 60 * 1000
const authorityDays = 3_650
/** Apple's systems reject server certificates that are valid for more than 825 days. */
const serverDays = 800
/** Certificates are valid from an hour before they are issued, for clients whose clock is behind. */
const skewMs = 60 * 60 * 1000

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }

/** Issues a self-signed CA certificate, which may sign servers but no other CA. */
export async function issueAuthority(nowMs: number): Promise<Certificate> {
  const keys = await newKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    // A unique name: a client may still trust an earlier CA, and would confuse the two.
    name: `CN=kubedoh development ${newSerial().slice(0, 8)}`,
    ...validity(nowMs, authorityDays),
    keys,
    signingAlgorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return pems(certificate, keys.privateKey)
}

/**
 * Issues a certificate for a server with these DNS names and IP addresses, signed by the CA
 * (RFC 5280 §4.2.1; clients compare the subject alternative names only, RFC 9525 §6).
 */
export async function issueServer(
  authority: Certificate,
  hosts: readonly string[],
  nowMs: number,
): Promise<Certificate> {
  const issuer = new X509Certificate(authority.certPem)
  const keys = await newKeys()
  const certificate = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: 'CN=kubedoh',
    issuer: issuer.subject,
    ...validity(nowMs, serverDays),
    publicKey: keys.publicKey,
    signingKey: await readKey(authority.keyPem),
    signingAlgorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        hosts.map((host) => ({ type: isIP(host) ? 'ip' : 'dns', value: host })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  })
  return pems(certificate, keys.privateKey)
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])
}

function readKey(pem: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), keyAlgorithm, false, ['sign'])
}

/** 127 random bits in hex: RFC 5280 §4.1.2.2 requires a positive number. */
function newSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return Buffer.from(bytes).toString('hex')
}

function validity(nowMs: number, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - skewMs), notAfter: new Date(nowMs - skewMs + days * dayMs) }
}

async function pems(certificate: X509Certificate, key: CryptoKey): Promise<Certificate> {
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', key)
  return {
    certPem: `${certificate.toString('pem')}\n`,
    keyPem: `${PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`,
  }
}
