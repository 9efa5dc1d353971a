import { defineCheck } from '../define-check.ts'

/** Whether the edge offers HTTP/2, which dig, kdig and some stubs need. */
export const http2Check = defineCheck({
  id: 'http2',
  title: 'HTTP/2 by ALPN',
  needs: ['tls'],
  findings: {
    ok: { state: 'ok', text: 'The server chooses HTTP/2.' },
    plain: { state: 'skipped', text: 'Without TLS there is no ALPN; the client uses HTTP/1.1.' },
    http1: {
      state: 'note',
      text: 'The server does not offer HTTP/2. kubedoh, curl and browsers work over HTTP/1.1; dig and kdig do not.',
      remedy: 'Turn on HTTP/2 in the proxy before the edge.',
    },
  },
  run({ url, hasHttp2 = false }, _ports, found) {
    if (url.protocol === 'http:') return found('plain', {})
    return found(hasHttp2 ? 'ok' : 'http1', {})
  },
})
