import { createHash, type KeyObject, sign } from 'node:crypto'
import {
  Attribute,
  CertificateChoices,
  CertificateSet,
  ContentInfo,
  DigestAlgorithmIdentifiers,
  EncapsulatedContent,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  id_data,
  id_signedData,
  SignedData,
  SignerIdentifier,
  SignerInfo,
  SignerInfos,
} from '@peculiar/asn1-cms'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import { AlgorithmIdentifier, Certificate, Time } from '@peculiar/asn1-x509'
import type { Signer } from './signer.ts'

/** Object identifiers: RFC 5652 §11, RFC 5754 §2.2 and §3, RFC 8017 appendix A. */
const oid = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  sha256: '2.16.840.1.101.3.4.2.1',
  rsaWithSha256: '1.2.840.113549.1.1.11',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
} as const

/** The tags of SET OF, under which signed attributes are signed, and of the field [0] that has them (RFC 5652 §5.4). */
const setTag = 0x31

/** A key that the format cannot be signed with. The message is one line. */
export class SignError extends Error {
  override readonly name = 'SignError'
  readonly code = 'OPTION_SIGN_KEY'
}

/**
 * Signs bytes as CMS SignedData (RFC 5652) in DER, with the content inside and SHA-256, as
 * `openssl smime -sign -binary -nodetach -outform der` does. Throws SignError for a key that is neither RSA nor of a NIST curve,
 * which are all that Apple's systems verify.
 */
export function signCms(content: Uint8Array, { key, certificates }: Signer, now: Date): Uint8Array {
  const [own] = certificates
  if (!own) throw new SignError('there is no certificate')
  const sha256 = new AlgorithmIdentifier({ algorithm: oid.sha256 })
  const attributes = signedAttributes(content, now)
  const signedBytes = setOf(attributes)
  const { tbsCertificate } = AsnConvert.parse(own.raw, Certificate)
  const signer = new SignerInfo({
    version: 1,
    sid: new SignerIdentifier({
      issuerAndSerialNumber: new IssuerAndSerialNumber({
        issuer: tbsCertificate.issuer,
        serialNumber: tbsCertificate.serialNumber,
      }),
    }),
    digestAlgorithm: sha256,
    signedAttrs: attributes.map((bytes) => AsnConvert.parse(bytes, Attribute)),
    signatureAlgorithm: signatureAlgorithm(key),
    signature: new OctetString(sign('sha256', signedBytes, key)),
  })
  const signedData = new SignedData({
    version: 1,
    digestAlgorithms: new DigestAlgorithmIdentifiers([sha256]),
    encapContentInfo: new EncapsulatedContentInfo({
      eContentType: id_data,
      eContent: new EncapsulatedContent({ single: new OctetString(content) }),
    }),
    certificates: new CertificateSet(
      certificates.map(
        ({ raw }) => new CertificateChoices({ certificate: AsnConvert.parse(raw, Certificate) }),
      ),
    ),
    signerInfos: new SignerInfos([signer]),
  })
  const info = new ContentInfo({ contentType: id_signedData, content: AsnConvert.serialize(signedData) })
  return new Uint8Array(AsnConvert.serialize(info))
}

/** The attributes in DER, in the order of a SET OF: that of their bytes (X.690 §11.6). */
function signedAttributes(content: Uint8Array, now: Date): Uint8Array[] {
  const digest = createHash('sha256').update(content).digest()
  const values: readonly (readonly [string, ArrayBuffer])[] = [
    [oid.contentType, objectIdentifier(id_data)],
    [oid.signingTime, AsnConvert.serialize(new Time(now))],
    [oid.messageDigest, AsnConvert.serialize(new OctetString(digest))],
  ]
  return values
    .map(([attrType, value]) =>
      Buffer.from(AsnConvert.serialize(new Attribute({ attrType, attrValues: [value] }))),
    )
    .toSorted(Buffer.compare)
}

/** An object identifier in DER: the algorithm of an AlgorithmIdentifier without parameters, without the sequence around it. */
function objectIdentifier(id: string): ArrayBuffer {
  return AsnConvert.serialize(new AlgorithmIdentifier({ algorithm: id })).slice(2)
}

/** The attributes as the SET OF that is signed (RFC 5652 §5.4). They have more than 127 bytes and fewer than 65,536. */
function setOf(attributes: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(attributes)
  const length = body.length < 128 ? [body.length] : lengthBytes(body.length)
  return Buffer.concat([Uint8Array.of(setTag, ...length), body])
}

function lengthBytes(length: number): number[] {
  return length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

function signatureAlgorithm(key: KeyObject): AlgorithmIdentifier {
  if (key.asymmetricKeyType === 'rsa')
    return new AlgorithmIdentifier({ algorithm: oid.rsaWithSha256, parameters: null })
  if (key.asymmetricKeyType === 'ec') return new AlgorithmIdentifier({ algorithm: oid.ecdsaWithSha256 })
  throw new SignError(`the key is of type ${key.asymmetricKeyType}; Apple's systems verify RSA and EC keys`)
}
