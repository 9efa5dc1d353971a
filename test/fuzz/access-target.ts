import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { queryBytes } from '../../dns/arbitrary.case.ts'
import { nameFromText } from '../../dns/name.ts'
import { importPrivateKey } from '../../snapshot/key.ts'
import { mintToken } from '../../snapshot/policy/minted-token.ts'
import { hashToken } from '../../snapshot/policy/token.ts'
import { get, startMs } from '../../worker/edge.case.ts'
import type { DohResponse } from '../../worker/http/request.ts'
import { sampleObjects } from '../../worker/sample.case.ts'
import { startProduct } from '../access/leak-world.ts'
import { drawToken } from '../access/make-policy.ts'
import { createRandom, type Random } from '../seeded-random.ts'
import { mutateBytes } from './mutate.ts'
import type { Target } from './target.ts'

/** An Ed25519 key that is the same in every process: the header of PKCS #8 (RFC 8410 §7), and 32 bytes. */
const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)])
const minter = await importPrivateKey(
  createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' }),
)

const random = createRandom(11)
const draw = (cluster = 'one'): string => drawToken(cluster, random)
const [prod, everything, bearerOnly, pathOnly] = [draw(), draw(), draw(), draw()]
const [expired, early, dot, denied] = [draw(), draw(), draw(), draw()]
const iat = startMs / 1000
const mint = (change: object): Promise<string> =>
  mintToken({ aud: 'one', iat, exp: iat + 600, namespaces: ['prod', 'other'], ...change }, minter)
const minted = await mint({})

type Allowed = { readonly doors: readonly ('path' | 'bearer')[]; readonly seesAll: boolean }
const both = ['path', 'bearer'] as const

/** The tokens that open something: where, and whether they see more than the namespace prod. */
const valid: ReadonlyMap<string, Allowed> = new Map([
  [prod, { doors: both, seesAll: false }],
  [everything, { doors: both, seesAll: true }],
  [bearerOnly, { doors: ['bearer'], seesAll: false }],
  [pathOnly, { doors: ['path'], seesAll: true }],
  [minted, { doors: both, seesAll: false }],
])

const texts = [
  ...[...valid.keys(), ...valid.keys()],
  ...[expired, early, dot, denied, draw(), draw('two'), draw('nope')],
  ...[await mint({ exp: iat + 5_000 }), await mint({ aud: 'two' })],
  ...['', 'x', '__proto__', 'one-', `one-${'a'.repeat(26)}`, 'a.b.c', '..'],
]

function drawInput(source: Random): Record<string, string> {
  const broken = (text: string): string => (source.chance(0.2) ? mutateBytes(text, source, texts) : text)
  const count = source.pick([0, 0, 1, 1, 1, 2, 2, 3, 4, 5])
  const list = Array.from({ length: count }, () => broken(source.pick(texts)))
  const input: Record<string, string> = { segment: broken(list.join(source.pick([',', ',', '%2c', '%2C']))) }
  if (source.chance(0.5)) {
    const scheme = source.pick([
      'Bearer ',
      'Bearer ',
      'Bearer ',
      'bearer ',
      'BEARER   ',
      'Basic ',
      'Bearer',
      ' ',
    ])
    input.authorization = broken(scheme + broken(source.pick(texts)))
  }
  // A whole header in the path, as no client sends it.
  if (source.chance(0.1)) input.segment += ` Bearer ${source.pick(texts)}`
  return input
}

type Expected = '401' | '404' | 'prod' | 'all'

/** What a request has to get, by a reading of the documentation that shares no code with the edge. */
function expectedFor(segment: string, authorization: string | undefined): Expected {
  if (segment === '' && authorization === undefined) return '401'
  const inPath = segment === '' ? [] : segment.split(/,|%2c/i)
  const granted = inPath.map((text) => allowed(text, 'path'))
  if (authorization !== undefined) {
    const [scheme = '', token = '', ...rest] = authorization.split(/ +/)
    const isBearer = scheme.toLowerCase() === 'bearer' && rest.length === 0
    granted.push(isBearer ? allowed(token, 'bearer') : undefined)
  }
  if (granted.length > 4 || granted.includes(undefined)) return '404'
  return granted.some((token) => token?.seesAll) ? 'all' : 'prod'
}

function allowed(text: string, door: 'path' | 'bearer'): Allowed | undefined {
  const token = valid.get(text)
  return token?.doors.includes(door) ? token : undefined
}

function outcomeOf({ status, body }: DohResponse, hidden: DohResponse): string {
  if (status !== 200) return String(status)
  assert.ok(body instanceof Uint8Array && hidden.body instanceof Uint8Array)
  assert.equal((body[3] ?? 0) & 0xf, 0, 'a name in prod')
  return ((hidden.body[3] ?? 0) & 0xf) === 0 ? 'all' : 'prod'
}

const parameter = (name: string): string =>
  `dns=${Buffer.from(queryBytes(nameFromText(`${name}.svc.cluster.local`))).toString('base64url')}`
const [visibleName, hiddenName] = [parameter('web.prod'), parameter('empty')]

/** Tokens in paths and headers: nobody is admitted who should not be, and nobody sees more than the tokens allow. */
export const accessTarget: Target = {
  name: 'access',
  what: 'tokens in paths and Authorization headers: several, altered, in other places',
  async open() {
    const product = await startProduct({
      clusters: [
        {
          id: 'one',
          objects: sampleObjects,
          root: { generation: startMs + 1 },
          policy: {
            tokens: [
              { text: prod, scope: ['prod'] },
              { text: everything, scope: 'all' },
              { text: bearerOnly, scope: ['prod'], doors: ['bearer'] },
              { text: pathOnly, scope: 'all', doors: ['path'] },
              { text: expired, scope: 'all', expiresMs: startMs },
              { text: early, scope: 'all', notBeforeMs: startMs + 1_000 },
              { text: dot, scope: 'all', doors: ['dot'] },
              { text: denied, scope: 'all' },
            ],
            anonymous: null,
            minting: [{ key: minter, scope: ['prod'], maxSeconds: 900 }],
            bits: 1,
          },
        },
        { id: 'two', objects: sampleObjects, policy: { tokens: [], anonymous: null } },
      ],
      config: { public: false, deny: new Set([await hashToken(denied)]) },
    })
    return {
      draw: drawInput,
      async check({ segment = '', authorization }) {
        // Runtimes refuse header values with line breaks, and trim them.
        const header = authorization?.replace(/[\0\r\n]/g, '').trim()
        const headers = header === undefined ? {} : { authorization: header }
        const path = `/dns-query${segment === '' ? '' : `/${segment.replaceAll(/[?#]/g, '')}`}`
        const answer = await product.send(get(`${path}?${visibleName}`, headers))
        const hidden = await product.send(get(`${path}?${hiddenName}`, headers))
        const expected = expectedFor(path.slice('/dns-query/'.length), header)
        assert.equal(hidden.status, answer.status)
        assert.equal(outcomeOf(answer, hidden), expected)
        if (expected === '404') assert.deepEqual(answer, await product.send(get('/nowhere')))
      },
    }
  },
}
