import {
  came,
  everyMessage,
  first,
  hasRcode,
  hasStatus,
  inMessage,
  isTurnedAway,
  mediaType,
  messageOf,
} from './expect.ts'
import { byGet, byPost, dnsMessage, probeBytes } from './query.ts'
import type { Row } from './row.ts'

const accept = { accept: dnsMessage }

/** Methods, media types, statuses and versions (RFC 8484 §4, RFC 9110). */
export const httpRows: readonly Row[] = [
  {
    id: 'get',
    title: 'GET with the dns parameter is answered',
    rfc: 'RFC 8484 §4.1',
    level: 'MUST',
    ask: ({ name }) => [byGet({ name })],
    judge: ([got]) => inMessage(got, () => undefined),
  },
  {
    id: 'post',
    title: 'POST with the message as its body is answered',
    rfc: 'RFC 8484 §4.1',
    level: 'MUST',
    ask: ({ name }) => [byPost({ name })],
    judge: ([got]) => inMessage(got, () => undefined),
  },
  {
    id: 'get-post-same',
    title: 'GET and POST return the same rcode and number of answers',
    rfc: 'RFC 8484 §4.1',
    level: 'SHOULD',
    ask: ({ name }) => [byGet({ name }), byPost({ name })],
    judge(gots) {
      const [one, other] = gots.map(messageOf)
      if (one === undefined || typeof one === 'string') return one
      if (other === undefined || typeof other === 'string') return other
      const [left, right] = [one, other].map((m) => `rcode ${m.flags & 0xf} with ${m.answers.length} answers`)
      return left === right ? undefined : `GET has ${left}, POST has ${right}`
    },
  },
  {
    id: 'status-200',
    title: 'the status of a DNS answer is 200, not another 2xx or a redirect',
    rfc: 'RFC 8484 §4.2.1',
    level: 'advice',
    ask: ({ name }) => [byGet({ name }), byPost({ name })],
    judge: (gots) => first(gots.map((got) => () => hasStatus(got, 200))),
  },
  {
    id: 'error-in-200',
    title: 'the status of a DNS answer is 2xx also when its rcode is an error',
    rfc: 'RFC 8484 §4.2.1',
    level: 'MUST',
    ask: () => [byPost({ opts: [{ version: 1 }] })],
    judge: ([got]) => inMessage(got, (message) => hasRcode(message, 16, 1, 4, 5, 2)),
  },
  {
    id: 'content-type',
    title: 'the content type of an answer is application/dns-message',
    rfc: 'RFC 8484 §6',
    level: 'MUST',
    ask: ({ name }) => [byGet({ name }), byPost({ name })],
    judge: (gots) =>
      first(
        gots.map((got) => () => {
          const response = came(got)
          if (typeof response === 'string') return response
          const type = mediaType(response.headers['content-type'])
          return type === dnsMessage ? undefined : `content-type is "${type}"`
        }),
      ),
  },
  {
    id: 'content-length',
    title: 'the response has content-length (dig 9.18 to 9.21 drops a response without it)',
    rfc: 'RFC 9110 §8.6',
    level: 'advice',
    ask: ({ name }) => [byGet({ name }), byPost({ name })],
    judge: (gots) =>
      first(
        gots.map((got) => () => {
          const response = came(got)
          if (typeof response === 'string') return response
          const length = response.headers['content-length']
          if (length === undefined) return 'the response has no content-length'
          return Number(length) === response.bytes.length ? undefined : `content-length is ${length}`
        }),
      ),
  },
  {
    id: 'no-length-prefix',
    title: 'the body begins with the ID, without a length prefix',
    rfc: 'RFC 8484 §6',
    level: 'MUST',
    ask: ({ name }) => [byPost({ name, id: 0xbeef })],
    judge([got]) {
      const response = came(got)
      if (typeof response === 'string') return response
      const [high, low] = response.bytes
      return high === 0xbe && low === 0xef ? undefined : `the body begins with ${high}, ${low}`
    },
  },
  {
    id: 'base64url-alphabet',
    title: 'the characters - and _ of base64url are accepted',
    rfc: 'RFC 8484 §6, RFC 4648 §5',
    level: 'MUST',
    ask: ({ name }) => [byGet({ name, id: 0xfbff }), byGet({ name, id: 0xffef })],
    judge: (gots) => everyMessage(gots, () => undefined),
  },
  {
    id: 'base64url-padding',
    title: 'padding with = is accepted, or 4xx',
    rfc: 'RFC 8484 §6',
    level: 'SHOULD',
    ask: ({ name }) => [byGet({ name }, { query: `${byGet({ name }).query ?? ''}==` })],
    judge: ([got]) => (typeof messageOf(got) === 'string' ? hasStatus(got, '4xx') : undefined),
  },
  ...(
    [
      ['no-dns', 'GET without the dns parameter', ''],
      ['empty-dns', 'GET with an empty dns parameter', 'dns='],
      ['base64-alphabet', 'a dns parameter that is not base64url', 'dns=AAAB*AABAAAAAAAAAAABAAE'],
      ['base64-length', 'a dns parameter of an impossible length', 'dns=AAABA'],
    ] as const
  ).map(
    ([id, title, query]): Row => ({
      id,
      title: `${title} is 4xx`,
      rfc: 'RFC 9110 §15.5.1',
      level: 'SHOULD',
      ask: () => [{ query, headers: accept }],
      judge: ([got]) => hasStatus(got, '4xx'),
    }),
  ),
  {
    id: 'other-parameters',
    title: 'other parameters of the URL are ignored',
    rfc: 'RFC 8484 §4.1',
    level: 'advice',
    ask: ({ name }) => [byGet({ name }, { query: `${byGet({ name }).query ?? ''}&x=1` })],
    judge: ([got]) => inMessage(got, () => undefined),
  },
  {
    id: 'post-type',
    title: 'POST with another content type is 415',
    rfc: 'RFC 9110 §15.5.16',
    level: 'SHOULD',
    ask: ({ name }) => [byPost({ name }, { headers: { ...accept, 'content-type': 'text/plain' } })],
    judge: ([got]) => hasStatus(got, 415),
  },
  {
    id: 'post-type-case',
    title: 'the content type is compared without regard to case',
    rfc: 'RFC 9110 §8.3.1',
    level: 'MUST',
    ask: ({ name }) => [
      byPost({ name }, { headers: { ...accept, 'content-type': 'Application/DNS-Message' } }),
    ],
    judge: ([got]) => inMessage(got, () => undefined),
  },
  {
    id: 'accept-any',
    title: 'Accept: */* (curl) and a request without Accept are answered',
    rfc: 'RFC 9110 §12.5.1',
    level: 'MUST',
    ask: ({ name }) => [byGet({ name }, { headers: { accept: '*/*' } }), byGet({ name }, { headers: {} })],
    judge: (gots) => everyMessage(gots, () => undefined),
  },
  {
    id: 'accept-other',
    title: 'Accept: text/html is 406, or answered regardless',
    rfc: 'RFC 9110 §15.5.7',
    level: 'SHOULD',
    ask: ({ name }) => [byGet({ name }, { headers: { accept: 'text/html' } })],
    judge: ([got]) => (typeof messageOf(got) === 'string' ? hasStatus(got, '4xx') : undefined),
  },
  {
    id: 'head',
    title: 'HEAD returns the status of GET and no body',
    rfc: 'RFC 9110 §9.1, §9.3.2',
    level: 'SHOULD',
    ask: ({ name }) => [byGet({ name }, { method: 'HEAD' })],
    judge([got]) {
      const response = came(got)
      if (typeof response === 'string') return response
      return hasStatus(got, 200) ?? (response.bytes.length === 0 ? undefined : 'there is a body')
    },
  },
  {
    id: 'method-unknown',
    title: 'PUT is 405 or 501',
    rfc: 'RFC 9110 §9.1',
    level: 'SHOULD',
    ask: () => [{ method: 'PUT', headers: { 'content-type': dnsMessage }, body: probeBytes({}) }],
    judge: ([got]) => hasStatus(got, 405, 501),
  },
  {
    id: 'method-allow',
    title: 'a 405 response lists the allowed methods in Allow',
    rfc: 'RFC 9110 §15.5.6',
    level: 'MUST',
    ask: () => [{ method: 'DELETE' }],
    judge([got]) {
      const response = came(got)
      if (typeof response === 'string') return response
      if (response.status !== 405) return { skip: `DELETE is answered with ${response.status}` }
      return response.headers.allow === undefined ? 'the response has no Allow' : undefined
    },
  },
  {
    id: 'path-unknown',
    title: 'another path is 4xx',
    rfc: 'RFC 9110 §15.5.5',
    level: 'SHOULD',
    ask: ({ name }) => [byGet({ name }, { below: '/kubedoh-check/nothing-here' })],
    judge: ([got]) => hasStatus(got, '4xx'),
  },
  {
    id: 'body-too-large',
    title: 'a body above 65,535 bytes is 4xx',
    rfc: 'RFC 8484 §6, RFC 9110 §15.5.14',
    level: 'SHOULD',
    ask: () => [byPost(new Uint8Array(65_536))],
    judge: ([got]) => hasStatus(got, '4xx'),
  },
  {
    id: 'no-cookie',
    title: 'no cookie is set',
    rfc: 'RFC 8484 §8.2',
    level: 'advice',
    ask: ({ name }) => [byGet({ name })],
    judge([got]) {
      const response = came(got)
      if (typeof response === 'string') return response
      return response.headers['set-cookie'] === undefined ? undefined : 'the response has set-cookie'
    },
  },
  {
    id: 'query-short',
    title: 'a message shorter than a header is 4xx',
    rfc: 'RFC 1035 §4.1.1, RFC 9110 §15.5.1',
    level: 'SHOULD',
    ask: () => [byPost(new Uint8Array(0)), byPost(new Uint8Array(11))],
    judge: (gots) => first(gots.map((got) => () => isTurnedAway(got, 1))),
  },
  {
    id: 'http2',
    title: 'HTTP/2 is supported',
    rfc: 'RFC 8484 §5.2',
    level: 'SHOULD',
    needs: 'tls',
    ask: ({ name }) => [byGet({ name }, { protocol: 'h2' })],
    judge([got]) {
      const response = came(got)
      if (typeof response === 'string') return response
      return response.httpVersion === '2' ? undefined : `the server used HTTP/${response.httpVersion}`
    },
  },
  {
    id: 'http1',
    title: 'HTTP/1.1 is supported for clients without HTTP/2',
    rfc: 'RFC 8484 §5.2',
    level: 'advice',
    ask: ({ name }) => [byPost({ name }, { protocol: 'http/1.1' })],
    judge: ([got]) => inMessage(got, () => undefined),
  },
  {
    id: 'tls12',
    title: 'TLS 1.2 is supported',
    rfc: 'RFC 9325 §3.1.1',
    level: 'advice',
    needs: 'tls',
    ask: ({ name }) => [byPost({ name }, { tlsVersion: 'TLSv1.2' })],
    judge: ([got]) => inMessage(got, () => undefined),
  },
  {
    id: 'tls13',
    title: 'TLS 1.3 is supported',
    rfc: 'RFC 9325 §3.1.1',
    level: 'SHOULD',
    needs: 'tls',
    ask: ({ name }) => [byPost({ name }, { tlsVersion: 'TLSv1.3' })],
    judge: ([got]) => inMessage(got, () => undefined),
  },
  {
    id: 'tls11',
    title: 'TLS 1.1 is refused',
    rfc: 'RFC 8996 §5',
    level: 'MUST',
    needs: 'tls',
    ask: ({ name }) => [byPost({ name }), byPost({ name }, { tlsVersion: 'TLSv1.1' })],
    judge: ([good, old]) =>
      inMessage(good, () => (old && 'failed' in old ? undefined : 'the server accepted TLS 1.1')),
  },
]
