import { testCases, testNowMs } from '../ports.case.ts'
import type { Handshake } from '../ports.ts'
import { tlsCheck } from './tls.ts'

const dayMs = 86_400_000
const good: Handshake = {
  fault: undefined,
  notBeforeMs: testNowMs - dayMs,
  notAfterMs: testNowMs + 60 * dayMs,
  names: 'dns.example.com',
  issuer: 'R11',
  version: 'TLSv1.3',
  protocol: 'h2',
}

testCases(tlsCheck, [
  ['a good certificate', { handshake: good }, 'ok'],
  ['plain HTTP', {}, 'plain', { url: new URL('http://127.0.0.1:8080/dns-query') }],
  ['three days left', { handshake: { ...good, notAfterMs: testNowMs + 3 * dayMs } }, 'soon'],
  [
    'an expired certificate',
    { handshake: { ...good, notAfterMs: testNowMs - 1, fault: 'CERT_HAS_EXPIRED' } },
    'expired',
  ],
  [
    'an expired certificate of a private authority',
    { handshake: { ...good, notAfterMs: testNowMs - 1, fault: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' } },
    'expired',
  ],
  [
    'a clock that is behind',
    { handshake: { ...good, notBeforeMs: testNowMs + dayMs, fault: 'CERT_NOT_YET_VALID' } },
    'early',
  ],
  [
    'a certificate for another name',
    { handshake: { ...good, fault: 'ERR_TLS_CERT_ALTNAME_INVALID' } },
    'otherName',
  ],
  ['a private authority', { handshake: { ...good, fault: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' } }, 'untrusted'],
  ['another fault', { handshake: { ...good, fault: 'CERT_REVOKED' } }, 'invalid'],
  [
    'no TLS',
    { handshake: { failed: 'ERR_SSL_WRONG_VERSION_NUMBER', reason: 'wrong version number' } },
    'noTls',
  ],
])
