import { came, first, hasRcode, hasStatus, inMessage, maxAgeOf } from './expect.ts'
import { byGet, byPost, dnsMessage } from './query.ts'
import type { Got, Row } from './row.ts'

const own = 'kubedoh'

/** Every response must have a header that matches. */
function hasHeader(gots: readonly Got[], name: string, pattern: RegExp): string | undefined {
  for (const got of gots) {
    const response = came(got)
    if (typeof response === 'string') return response
    if (!pattern.test(response.headers[name] ?? '')) return `${name} is "${response.headers[name] ?? ''}"`
  }
  return undefined
}

const refusals: readonly (readonly [
  id: string,
  title: string,
  status: number,
  ask: ReturnType<Row['ask']>,
])[] = [
  ['dns-twice', 'two dns parameters', 400, [{ query: `${byGet({}).query ?? ''}&${byGet({}).query ?? ''}` }]],
  ['dns-padded', 'base64url with padding', 400, [{ query: `${byGet({}).query ?? ''}=` }]],
  ['dns-loose-bits', 'base64url with bits left over', 400, [{ query: 'dns=AB' }]],
  ['dns-long', 'a dns parameter of more than 4,096 bytes', 414, [{ query: `dns=${'A'.repeat(5_464)}` }]],
  ['body-long', 'a body of more than 4,096 bytes', 413, [byPost(new Uint8Array(4_097))]],
  ['type-missing', 'POST without a content type', 415, [byPost({}, { headers: {} })]],
  ['accept-html', 'accept text/html', 406, [byGet({}, { headers: { accept: 'text/html' } })]],
  ['json-name', 'an empty name', 400, [{ query: 'name=' }]],
  ['method', 'PATCH', 405, [{ method: 'PATCH' }]],
  ['query-reply', 'a message with QR=1', 400, [byPost({ flags: 0x8100 })]],
]

/** Promises of kubedoh beyond the RFCs; only its own tests run these rows. */
export const kubedohRows: readonly Row[] = [
  ...refusals.map(
    ([id, title, status, asks]): Row => ({
      id: `${own}-${id}`,
      title: `${title}: the response is ${status}, text, not cacheable, readable by scripts`,
      rfc: 'RFC 9110 §15.5',
      level: 'MUST',
      ask: () => asks,
      judge: (gots) =>
        first([
          () => hasStatus(gots[0], status),
          () => hasHeader(gots, 'cache-control', /^no-store$/),
          () => hasHeader(gots, 'access-control-allow-origin', /^\*$/),
          () => hasHeader(gots, 'content-type', /^(text\/plain|application\/json)/),
        ]),
    }),
  ),
  {
    id: 'kubedoh-token',
    title: 'an unknown token: the response is 404, not cacheable, not readable by scripts',
    rfc: 'RFC 9110 §15.5.5',
    level: 'MUST',
    ask: () => [byGet({}, { below: '/token' })],
    judge: (gots) =>
      first([
        () => hasStatus(gots[0], 404),
        () => hasHeader(gots, 'cache-control', /^no-store$/),
        () => hasHeader(gots, 'access-control-allow-origin', /^$/),
      ]),
  },
  {
    id: 'kubedoh-max-age',
    title: 'max-age is the smallest TTL, and the answer may be cached',
    rfc: 'RFC 8484 §5.1',
    level: 'MUST',
    needs: 'name',
    ask: ({ name }) => [byGet({ name })],
    judge: ([got]) =>
      inMessage(got, ({ answers }) => {
        const ttl = Math.min(...answers.map((record) => record.ttl))
        return maxAgeOf(got) === ttl ? undefined : `max-age is ${maxAgeOf(got)}, the smallest TTL is ${ttl}`
      }),
  },
  {
    id: 'kubedoh-refused',
    title: 'a name outside the zones is REFUSED and not cached',
    rfc: 'RFC 8484 §5.1',
    level: 'MUST',
    ask: () => [byGet({ name: 'outside.example' })],
    judge: (gots) =>
      inMessage(gots[0], (message) => hasRcode(message, 5)) ?? hasHeader(gots, 'cache-control', /^no-store$/),
  },
  {
    id: 'kubedoh-preflight',
    title: 'a browser’s preflight is answered',
    rfc: 'Fetch standard §3.2',
    level: 'MUST',
    ask: () => [
      {
        method: 'OPTIONS',
        headers: {
          origin: 'https://page.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        },
      },
    ],
    judge: (gots) =>
      first([
        () => hasStatus(gots[0], 204),
        () => hasHeader(gots, 'allow', /^GET, HEAD, POST, OPTIONS$/),
        () => hasHeader(gots, 'access-control-allow-origin', /^\*$/),
        () => hasHeader(gots, 'access-control-allow-methods', /POST/),
        () => hasHeader(gots, 'access-control-allow-headers', /content-type/),
        () => hasHeader(gots, 'access-control-max-age', /^\d+$/),
      ]),
  },
  {
    id: 'kubedoh-cors',
    title: 'answers are readable by scripts of any origin',
    rfc: 'Fetch standard §3.2',
    level: 'MUST',
    ask: ({ name }) => [byGet({ name }), byPost({ name })],
    judge: (gots) => hasHeader(gots, 'access-control-allow-origin', /^\*$/),
  },
  {
    id: 'kubedoh-accept',
    title: 'Accept may have lists, weights and wildcards',
    rfc: 'RFC 9110 §12.5.1',
    level: 'MUST',
    ask: ({ name }) =>
      [`text/html, ${dnsMessage};q=0.5`, 'application/*', '*/*;q=0.1'].map((accept) =>
        byGet({ name }, { headers: { accept } }),
      ),
    judge: (gots) => first(gots.map((got) => () => hasStatus(got, 200))),
  },
]
