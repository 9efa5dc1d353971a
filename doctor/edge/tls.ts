import { untrustedCodes } from '../../client/connect-error.ts'
import { defineCheck } from '../define-check.ts'
import { bareHost, portOf } from '../place.ts'
import { isFailed } from '../ports.ts'

const dayMs = 24 * 60 * 60 * 1000
/** Certificates of public authorities are renewed earlier than this before they end. */
const soonDays = 7

/** Whether the edge has a certificate that clients accept. */
export const tlsCheck = defineCheck({
  id: 'tls',
  title: 'certificate of the edge',
  needs: ['tcp'],
  findings: {
    ok: { state: 'ok', text: '{version} with a trusted certificate, valid until {until}.' },
    plain: {
      state: 'note',
      text: 'The URL begins with http:, so names and tokens are sent without encryption.',
      remedy: 'Use it on this machine or behind a proxy only.',
    },
    soon: {
      state: 'note',
      text: 'The certificate is trusted and ends soon, at {until}.',
      remedy: 'Renew it at the edge.',
    },
    expired: {
      state: 'problem',
      text: 'The certificate of {host} expired at {until}.',
      remedy: 'Renew it at the edge; a self-hosted edge reads it again at SIGHUP.',
    },
    early: {
      state: 'problem',
      text: 'The certificate of {host} is valid from {from} on, and the clock of this machine says {now}.',
      remedy: 'Set the clock of this machine.',
    },
    otherName: {
      state: 'problem',
      text: 'The certificate of {host} is for other names: {names}.',
      remedy:
        'Use one of these names in the URL, or add the host to the certificate (`--tls-host` for the development certificate).',
    },
    untrusted: {
      state: 'problem',
      text: 'The certificate of {host} is signed by an authority that this machine does not trust: {issuer}.',
      remedy:
        'Give the certificate of that authority with --ca FILE. A development edge has it in tls/ca.pem of its --data directory. If the edge has a public certificate, a captive portal or proxy is in between.',
    },
    invalid: {
      state: 'problem',
      text: 'The certificate of {host} is not valid: {fault}.',
      remedy: 'Replace it at the edge.',
    },
    noTls: {
      state: 'problem',
      text: '{host} does not speak TLS on port {port}: {reason}.',
      remedy:
        'Correct the port, or write http: for an edge that was started with --plain. A captive portal can have the same effect.',
    },
  },
  async run({ url, edgeAddresses = [] }, ports, found) {
    if (url.protocol === 'http:') return found('plain', {}, { hasHttp2: false })
    const host = bareHost(url)
    const port = portOf(url)
    const shake = await ports.handshake(edgeAddresses[0] ?? host, port, host)
    if (isFailed(shake)) return found('noTls', { host, port, reason: shake.reason })
    const { fault, names, issuer, version, notBeforeMs, notAfterMs } = shake
    const nowMs = ports.nowMs()
    const until = timeText(notAfterMs)
    // The dates come first: a chain with an expired certificate can fail with another code.
    if (nowMs > notAfterMs) return found('expired', { host, until })
    if (nowMs < notBeforeMs)
      return found('early', { host, from: timeText(notBeforeMs), now: timeText(nowMs) })
    if (fault === 'ERR_TLS_CERT_ALTNAME_INVALID') return found('otherName', { host, names })
    if (fault !== undefined && untrustedCodes.has(fault)) return found('untrusted', { host, issuer })
    if (fault !== undefined) return found('invalid', { host, fault })
    const learned = { hasHttp2: shake.protocol === 'h2' }
    if (notAfterMs - nowMs < soonDays * dayMs) return found('soon', { until }, learned)
    return found('ok', { version, until }, learned)
  },
})

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/:\d\d\.\d+Z$/, 'Z')
}
