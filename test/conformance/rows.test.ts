import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Answer, parseLine } from './answer.ts'
import { compare, type Verdict } from './compare.ts'
import type { Context } from './context.ts'
import { rows, uncompared } from './rows.ts'

/** 'NOERROR aa | answer; answer | authority | additional' → an answer; SOA means the SOA of the zone named after it. */
function answer(text: string): Answer {
  const [head = '', ...sections] = text.split('|').map((part) => part.trim())
  const [rcode = '', aa] = head.split(' ')
  const lines = (section = ''): Answer['answer'] =>
    section
      .split(';')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((line) => parseLine(line.replace(/^SOA (\S+)$/, soa)))
  return {
    rcode,
    authoritative: aa === 'aa',
    answer: lines(sections[0]),
    authority: lines(sections[1]),
    additional: lines(sections[2]),
  }
}

function soa(_: string, zone: string): string {
  return `${zone} 5 IN SOA ns.dns.${zone} hostmaster.${zone} 1 7200 1800 86400 5`
}

const nodata = 'NOERROR aa || SOA z.'
const nxdomain = 'NXDOMAIN aa || SOA z.'
const rNodata = 'NOERROR aa || SOA in-addr.arpa.'
const rNxdomain = 'NXDOMAIN aa || SOA in-addr.arpa.'
const v6Nxdomain = 'NXDOMAIN aa || SOA ip6.arpa.'

const forward = ['n.svc', 'w.n.svc', '_http._tcp.w.n.svc', 'alias.n.svc', 'out.n.svc']
const mapped = 'd.4.0.0.0.6.a.0.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.'
const long = `x.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.4.2.0.0.1.0.0.0.0.d.f.ip6.arpa.`

const said: Readonly<Record<string, string>> = {
  'w.n.svc.z. A': 'NOERROR aa | w.n.svc.z. 5 IN A 10.0.0.1',
  'w.n.svc.z. AAAA': nodata,
  'other.svc.z. A': nxdomain,
  'gone.n.svc.z. A': nxdomain,
  'alias.n.svc.z. CNAME': 'NOERROR aa | alias.n.svc.z. 5 IN CNAME w.n.svc.z.',
  'n.svc.z. A': nodata,
  'x.gone.n.svc.z. A': nxdomain,
  'x.w.n.svc.z. A': 'NOERROR aa | x.w.n.svc.z. 5 IN A 10.0.0.3',
  '_free._tcp.w.n.svc.z. SRV': nodata,
  '_part._tcp.w.n.svc.z. SRV': 'NOERROR aa | _part._tcp.w.n.svc.z. 5 IN SRV 0 50 80 w.n.svc.z.',
  '_http._tcp.w.n.svc.z. SRV':
    'NOERROR aa | _http._tcp.w.n.svc.z. 5 IN SRV 0 100 80 w.n.svc.z. || w.n.svc.z. 5 IN A 10.0.0.1',
  ...Object.fromEntries(
    Array.from({ length: 9 }, (_, at) => [
      `c${at}.n.svc.z. CNAME`,
      `NOERROR aa | c${at}.n.svc.z. 5 IN CNAME c${at + 1}.n.svc.z.`,
    ]),
  ),
  'out.n.svc.z. CNAME': 'NOERROR aa | out.n.svc.z. 5 IN CNAME www.example.com.',
  'loop.n.svc.z. CNAME': 'NOERROR aa | loop.n.svc.z. 5 IN CNAME loop.n.svc.z.',
  '1.0.0.10.in-addr.arpa. PTR': 'NOERROR aa | 1.0.0.10.in-addr.arpa. 5 IN PTR w.n.svc.z.',
  '2.0.0.10.in-addr.arpa. PTR': rNxdomain,
}

const context: Context = {
  theirs: (name, type) => {
    const text = said[`${name} ${type}`]
    return text === undefined ? undefined : answer(text)
  },
  zones: ['z.', 'in-addr.arpa.', 'ip6.arpa.'],
  ttlSeconds: 5,
  nameservers: ['192.0.2.53'],
  objects: {
    forward: new Set(forward),
    reverse: new Set(['1.0.0.10.in-addr.arpa.']),
    claims: new Set(['8.8.8.8.in-addr.arpa. x.w.n.svc']),
    aliases: new Map([
      ['alias.n.svc', 'w.n.svc.z.'],
      ['out.n.svc', 'www.example.com.'],
      ['loop.n.svc', 'loop.n.svc.z.'],
      ...Array.from({ length: 9 }, (_, at) => [`c${at}.n.svc`, `c${at + 1}.n.svc.z.`] as const),
    ]),
    foreign: new Set(['fq.n.svc']),
    dotted: new Map([['10-0-0-9.w.n.svc', ['10.0.0.9']]]),
    bare: new Set(['_part._tcp.w.n.svc', '_free._tcp.w.n.svc']),
  },
}

function verdict(question: string, theirs: string, ours: string, given: Context = context): Verdict {
  const [name = '', type = ''] = question.split(' ')
  return compare({ name, type }, answer(theirs), answer(ours), given)
}

type Example = readonly [question: string, theirs: string, ours: string, context?: Context]

const hinfo = (name: string): string => `NOERROR aa | ${name} 5 IN HINFO "RFC8482" ""`
const cname = 'alias.n.svc.z. 5 IN CNAME w.n.svc.z.'
const absent: Context = { ...context, upstream: () => answer('NXDOMAIN') }
const unreachable: Context = { ...context, upstream: () => 'unreachable' }

/** For every row, an example of the deviation, and similar differences that are not covered by it. */
const examples: Readonly<
  Record<string, { readonly is: readonly Example[]; readonly isNot: readonly Example[] }>
> = {
  'type-independent': {
    is: [
      ['w.n.svc.z. TXT', nxdomain, nodata],
      ['gone.n.svc.z. SOA', nodata, nxdomain],
      ['dns-version.z. A', nxdomain, nodata],
    ],
    isNot: [
      ['gone.n.svc.z. TXT', nxdomain, nodata],
      ['w.n.svc.z. SOA', nodata, nxdomain],
      ['w.n.svc.z. TXT', nxdomain, 'NOERROR || SOA z.'],
      ['w.n.svc.z. MX', nxdomain, nodata],
      ['w.n.svc.z. TXT', nxdomain, 'NOERROR aa'],
    ],
  },
  'empty-non-terminal': {
    is: [
      ['_tcp.w.n.svc.z. A', nxdomain, nodata],
      ['dns.z. A', nxdomain, nodata],
    ],
    isNot: [
      ['_udp.w.n.svc.z. A', nxdomain, nodata],
      ['_tcp.gone.n.svc.z. A', nxdomain, nodata],
      ['x.z. A', nxdomain, nodata],
    ],
  },
  'partial-reverse': {
    is: [
      ['0.10.in-addr.arpa. PTR', rNxdomain, rNodata],
      ['9.10.in-addr.arpa. PTR', rNxdomain, rNodata],
      ['9.10.in-addr.arpa. TXT', rNxdomain, rNodata],
      ['F.2.ip6.arpa. PTR', v6Nxdomain, 'NOERROR aa || SOA ip6.arpa.'],
    ],
    isNot: [
      ['9.0.0.10.in-addr.arpa. PTR', rNxdomain, rNodata],
      ['256.10.in-addr.arpa. PTR', rNxdomain, rNodata],
      ['01.10.in-addr.arpa. PTR', rNxdomain, rNodata],
      ['x.0.10.in-addr.arpa. PTR', rNxdomain, rNodata],
      ['10.2.ip6.arpa. PTR', v6Nxdomain, 'NOERROR aa || SOA ip6.arpa.'],
    ],
  },
  'reverse-types': {
    is: [['1.0.0.10.in-addr.arpa. A', rNxdomain, rNodata]],
    isNot: [
      ['2.0.0.10.in-addr.arpa. A', rNxdomain, rNodata],
      ['2.0.0.10.in-addr.arpa. PTR', rNxdomain, rNodata],
    ],
  },
  'alias-for-all-types': {
    is: [
      ['alias.n.svc.z. MX', nodata, `NOERROR aa | ${cname} | SOA z.`],
      ['out.n.svc.z. MX', nodata, 'NOERROR aa | out.n.svc.z. 5 IN CNAME www.example.com.'],
    ],
    isNot: [
      ['alias.n.svc.z. MX', nodata, 'NOERROR aa | alias.n.svc.z. 5 IN CNAME x.n.svc.z. | SOA z.'],
      ['w.n.svc.z. MX', nodata, 'NOERROR aa | w.n.svc.z. 5 IN CNAME w.n.svc.z. | SOA z.'],
      ['alias.n.svc.z. MX', nodata, `NXDOMAIN aa | ${cname} | SOA z.`],
    ],
  },
  'alias-kept': {
    is: [['alias.n.svc.z. AAAA', nodata, `NOERROR aa | ${cname} | SOA z.`]],
    isNot: [
      ['alias.n.svc.z. AAAA', nodata, `NXDOMAIN aa | ${cname} | SOA z.`],
      ['alias.n.svc.z. AAAA', nodata, `NOERROR aa | ${cname}`],
    ],
  },
  'alias-limit': {
    is: [['c0.n.svc.z. A', 'NOERROR aa | c0.n.svc.z. 5 IN CNAME c1.n.svc.z.', 'SERVFAIL aa']],
    isNot: [['c1.n.svc.z. A', 'NOERROR aa | c1.n.svc.z. 5 IN CNAME c2.n.svc.z.', 'SERVFAIL aa']],
  },
  'alias-loop': {
    is: [['loop.n.svc.z. A', nodata, 'SERVFAIL aa']],
    isNot: [['alias.n.svc.z. A', nodata, 'SERVFAIL aa']],
  },
  'apex-ns': {
    is: [
      [
        'z. NS',
        'NOERROR aa | z. 5 IN NS k.n.svc.z. || k.n.svc.z. 5 IN A 10.0.0.9',
        'NOERROR aa | z. 5 IN NS ns.dns.z. || ns.dns.z. 5 IN A 192.0.2.53',
      ],
    ],
    isNot: [
      ['z. NS', 'NOERROR aa | z. 5 IN NS k.z.', 'NOERROR aa | z. 5 IN NS ns.dns.z.'],
      ['w.n.svc.z. NS', nodata, 'NOERROR aa | w.n.svc.z. 5 IN NS ns.dns.z. || ns.dns.z. 5 IN A 192.0.2.53'],
    ],
  },
  case: {
    is: [
      ['Z. NS', 'NOERROR aa || SOA Z.', 'NOERROR aa | Z. 5 IN NS ns.dns.Z. || ns.dns.Z. 5 IN A 192.0.2.53'],
      ['W.n.svc.Z. A', 'NXDOMAIN aa || SOA Z.', 'NOERROR aa | W.n.svc.Z. 5 IN A 10.0.0.1'],
    ],
    isNot: [
      ['W.n.svc.z. A', nxdomain, 'NOERROR aa | W.n.svc.z. 5 IN A 10.0.0.1'],
      ['W.n.svc.Z. A', 'NXDOMAIN aa || SOA Z.', 'NOERROR aa | W.n.svc.Z. 5 IN A 10.0.0.2'],
    ],
  },
  any: {
    is: [
      ['w.n.svc.z. ANY', nodata, hinfo('w.n.svc.z.')],
      ['alias.n.svc.z. ANY', nodata, `NOERROR aa | ${cname}`],
    ],
    isNot: [
      ['gone.n.svc.z. ANY', nxdomain, hinfo('gone.n.svc.z.')],
      ['w.n.svc.z. HINFO', nodata, hinfo('w.n.svc.z.')],
      ['w.n.svc.z. ANY', nodata, 'NOERROR aa | w.n.svc.z. 5 IN A 10.0.0.1'],
    ],
  },
  'fqdn-slices': {
    is: [
      ['fq.n.svc.z. A', 'NOERROR aa | fq.n.svc.z. 5 IN CNAME www.example.com.', nxdomain],
      [
        'http.tcp.w.n.svc.z. A',
        'NOERROR aa | http.tcp.w.n.svc.z. 5 IN CNAME www.example.com.; http.tcp.w.n.svc.z. 5 IN A 10.0.0.1',
        'NOERROR aa | http.tcp.w.n.svc.z. 5 IN A 10.0.0.1',
      ],
      ['_._tcp.w.n.svc.z. A', 'NOERROR aa | _._tcp.w.n.svc.z. 5 IN CNAME www.example.com.', nodata],
    ],
    isNot: [
      ['w.n.svc.z. A', 'NOERROR aa | w.n.svc.z. 5 IN CNAME www.example.com.', nxdomain],
      ['http.udp.w.n.svc.z. A', 'NOERROR aa | http.udp.w.n.svc.z. 5 IN CNAME www.example.com.', nodata],
    ],
  },
  'mapped-reverse': {
    is: [[`${mapped} PTR`, `NOERROR aa | ${mapped} 5 IN PTR w.n.svc.z.`, v6Nxdomain]],
    isNot: [['1.0.0.10.in-addr.arpa. PTR', said['1.0.0.10.in-addr.arpa. PTR'] ?? '', rNxdomain]],
  },
  'long-reverse': {
    is: [[`${long} PTR`, `NOERROR aa | ${long} 5 IN PTR w.n.svc.z.`, v6Nxdomain]],
    isNot: [[`${long.slice(2)} PTR`, `NOERROR aa | ${long.slice(2)} 5 IN PTR w.n.svc.z.`, v6Nxdomain]],
  },
  'unlabelled-slices': {
    is: [
      ['3.0.0.10.in-addr.arpa. PTR', 'NOERROR aa | 3.0.0.10.in-addr.arpa. 5 IN PTR x..n.svc.z.', rNxdomain],
    ],
    isNot: [
      ['3.0.0.10.in-addr.arpa. PTR', 'NOERROR aa | 3.0.0.10.in-addr.arpa. 5 IN PTR x.w.n.svc.z.', rNxdomain],
    ],
  },
  'namespace-labels': {
    is: [
      [
        '4.0.0.10.in-addr.arpa. PTR',
        'NOERROR aa | 4.0.0.10.in-addr.arpa. 5 IN PTR o.other.svc.z.',
        rNxdomain,
      ],
    ],
    isNot: [
      ['4.0.0.10.in-addr.arpa. PTR', 'NOERROR aa | 4.0.0.10.in-addr.arpa. 5 IN PTR w.n.svc.z.', rNxdomain],
    ],
  },
  'dangling-pointers': {
    is: [
      [
        '5.0.0.10.in-addr.arpa. PTR',
        'NOERROR aa | 5.0.0.10.in-addr.arpa. 5 IN PTR x.gone.n.svc.z.',
        rNxdomain,
      ],
    ],
    isNot: [
      ['5.0.0.10.in-addr.arpa. PTR', 'NOERROR aa | 5.0.0.10.in-addr.arpa. 5 IN PTR x.w.n.svc.z.', rNxdomain],
    ],
  },
  'public-pointers': {
    is: [
      ['8.8.8.8.in-addr.arpa. PTR', 'NOERROR aa | 8.8.8.8.in-addr.arpa. 5 IN PTR x.w.n.svc.z.', rNxdomain],
      [
        '8.8.8.8.in-addr.arpa. PTR',
        'NOERROR aa | 8.8.8.8.in-addr.arpa. 5 IN PTR x.w.n.svc.z.; 8.8.8.8.in-addr.arpa. 5 IN PTR w.n.svc.z.',
        'NOERROR aa | 8.8.8.8.in-addr.arpa. 5 IN PTR w.n.svc.z.',
      ],
    ],
    isNot: [
      ['8.8.8.8.in-addr.arpa. PTR', 'NOERROR aa | 8.8.8.8.in-addr.arpa. 5 IN PTR w.n.svc.z.', rNxdomain],
      ['8.8.8.8.in-addr.arpa. PTR', 'NOERROR aa | 8.8.8.8.in-addr.arpa. 5 IN PTR x.w.n.svc.z.', rNodata],
      ['9.8.8.8.in-addr.arpa. PTR', 'NOERROR aa | 9.8.8.8.in-addr.arpa. 5 IN PTR x.w.n.svc.z.', rNxdomain],
    ],
  },
  'fqdn-ports': {
    is: [
      ['_free._tcp.w.n.svc.z. A', 'NOERROR aa | _free._tcp.w.n.svc.z. 5 IN CNAME f.example.com.', nxdomain],
      ['_free._tcp.w.n.svc.z. SRV', nodata, nxdomain],
      [
        '_part._tcp.w.n.svc.z. SRV',
        'NOERROR aa | _part._tcp.w.n.svc.z. 5 IN SRV 0 50 80 w.n.svc.z.',
        'NOERROR aa | _part._tcp.w.n.svc.z. 5 IN SRV 0 100 80 w.n.svc.z.',
      ],
    ],
    isNot: [
      ['_http._tcp.w.n.svc.z. A', 'NOERROR aa | _http._tcp.w.n.svc.z. 5 IN A 10.0.0.1', nxdomain],
      ['_http._tcp.w.n.svc.z. SRV', nodata, nxdomain],
      [
        '_http._tcp.w.n.svc.z. SRV',
        'NOERROR aa | _http._tcp.w.n.svc.z. 5 IN SRV 0 50 80 w.n.svc.z.',
        'NOERROR aa | _http._tcp.w.n.svc.z. 5 IN SRV 0 100 80 w.n.svc.z.',
      ],
      [
        '_part._tcp.w.n.svc.z. SRV',
        'NOERROR aa | _part._tcp.w.n.svc.z. 5 IN SRV 0 50 80 w.n.svc.z.',
        'NOERROR aa | _part._tcp.w.n.svc.z. 5 IN SRV 0 100 81 w.n.svc.z.',
      ],
    ],
  },
  'pod-prefix': {
    is: [['x.10-0-0-1.n.pod.z. A', 'NOERROR aa | x.10-0-0-1.n.pod.z. 5 IN A 10.0.0.1', nxdomain]],
    isNot: [['10-0-0-1.n.pod.z. A', 'NOERROR aa | 10-0-0-1.n.pod.z. 5 IN A 10.0.0.1', nxdomain]],
  },
  'pod-srv': {
    is: [
      [
        '10-0-0-1.n.pod.z. SRV',
        'NOERROR aa | 10-0-0-1.n.pod.z. 5 IN SRV 0 100 0 10-0-0-1.n.pod.z. || 10-0-0-1.n.pod.z. 5 IN A 10.0.0.1',
        nodata,
      ],
    ],
    isNot: [['w.n.svc.z. SRV', 'NOERROR aa | w.n.svc.z. 5 IN SRV 0 100 80 w.n.svc.z.', nodata]],
  },
  'dotted-pod-names': {
    is: [
      ['10-0-0-9.w.n.svc.z. A', nxdomain, 'NOERROR aa | 10-0-0-9.w.n.svc.z. 5 IN A 10.0.0.9'],
      ['10-0-0-9.w.n.svc.z. AAAA', nxdomain, nodata],
    ],
    isNot: [
      ['10-0-0-8.w.n.svc.z. A', nxdomain, 'NOERROR aa | 10-0-0-8.w.n.svc.z. 5 IN A 10.0.0.8'],
      ['10-0-0-9.w.n.svc.z. A', nxdomain, 'NOERROR aa | 10-0-0-9.w.n.svc.z. 5 IN A 10.0.0.8'],
    ],
  },
  'reverse-content': {
    is: [['svc.in-addr.arpa. A', rNodata, rNxdomain]],
    isNot: [['svc.z. A', nodata, nxdomain]],
  },
  'reverse-zone': {
    is: [['2.0.0.10.in-addr.arpa. PTR', rNxdomain, 'NXDOMAIN aa || SOA 10.in-addr.arpa.']],
    isNot: [
      ['2.0.0.10.in-addr.arpa. PTR', rNxdomain, 'NOERROR aa || SOA 10.in-addr.arpa.'],
      ['gone.n.svc.z. A', nxdomain, 'NXDOMAIN aa || SOA n.svc.z.'],
    ],
  },
  'alias-abroad': {
    is: [
      [
        'out.n.svc.z. A',
        'NOERROR aa | out.n.svc.z. 5 IN CNAME www.example.com.',
        'NXDOMAIN aa | out.n.svc.z. 5 IN CNAME www.example.com.',
        absent,
      ],
    ],
    isNot: [
      ['out.n.svc.z. A', 'NOERROR aa | out.n.svc.z. 5 IN CNAME www.example.com.', 'NXDOMAIN aa', absent],
      [
        'out.n.svc.z. A',
        'NOERROR aa | out.n.svc.z. 5 IN CNAME www.example.com.',
        'NXDOMAIN aa | out.n.svc.z. 5 IN CNAME www.example.com.',
      ],
    ],
  },
  'alias-failure': {
    is: [
      ['out.n.svc.z. A', 'NOERROR aa | out.n.svc.z. 5 IN CNAME www.example.com.', 'SERVFAIL aa', unreachable],
    ],
    isNot: [
      ['out.n.svc.z. A', 'NOERROR aa | out.n.svc.z. 5 IN CNAME www.example.com.', 'SERVFAIL aa'],
      ['w.n.svc.z. A', said['w.n.svc.z. A'] ?? '', 'SERVFAIL aa', unreachable],
    ],
  },
  stale: {
    is: [['gone.n.svc.z. A', 'SERVFAIL aa || SOA z.', 'SERVFAIL']],
    isNot: [['gone.n.svc.z. A', nxdomain, 'SERVFAIL']],
  },
  outside: {
    is: [['www.example.com. A', 'NOERROR | fellthrough. 1 IN TXT "next plugin"', 'REFUSED']],
    isNot: [
      ['w.n.svc.z. A', 'NOERROR | fellthrough. 1 IN TXT "next plugin"', 'REFUSED'],
      ['www.example.com. A', 'NOERROR | www.example.com. 1 IN A 192.0.2.1', 'REFUSED'],
    ],
  },
}

test('every row of docs/dns.md is compared, or exempt with a reason', () => {
  const page = readFileSync(new URL('../../docs/dns.md', import.meta.url), 'utf8')
  const table = page.slice(page.indexOf('## Differences from CoreDNS'), page.indexOf('## Sizes and limits'))
  const documented = [...table.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, name = '']) => name)
  const ours = [...rows.map(({ name }) => name), ...Object.keys(uncompared)]
  assert.deepEqual(ours.toSorted(), documented.toSorted())
})

test('every row has examples', () => {
  const wanted = [...rows.map(({ name }) => name), 'reverse-zone']
  assert.deepEqual(Object.keys(examples).toSorted(), wanted.toSorted())
})

for (const [name, { is, isNot }] of Object.entries(examples)) {
  test(`${name}: covers its deviation and nothing else`, () => {
    assert.ok(is.length > 0 && isNot.length > 0)
    for (const [question, theirs, ours, given] of is)
      assert.deepEqual(
        verdict(question, theirs, ours, given),
        { kind: 'row', row: name },
        `${question} ${ours}`,
      )
    for (const [question, theirs, ours, given] of isNot)
      assert.equal(verdict(question, theirs, ours, given).kind, 'mismatch', `${question} ${ours}`)
  })
}

test('order and the SOA serial are ignored; TTL, AA, case of the owner and all sections are compared', () => {
  const theirs = 'NOERROR aa | w.n.svc.z. 5 IN A 10.0.0.1; w.n.svc.z. 5 IN A 10.0.0.2'
  assert.equal(
    verdict('w.n.svc.z. A', theirs, 'NOERROR aa | w.n.svc.z. 5 IN A 10.0.0.2; w.n.svc.z. 5 IN A 10.0.0.1')
      .kind,
    'same',
  )
  assert.equal(
    verdict('x.z. A', nxdomain, 'NXDOMAIN aa || z. 5 IN SOA ns.dns.z. hostmaster.z. 77 7200 1800 86400 5')
      .kind,
    'same',
  )
  for (const ours of [
    'NOERROR aa | w.n.svc.z. 6 IN A 10.0.0.1; w.n.svc.z. 5 IN A 10.0.0.2',
    'NOERROR | w.n.svc.z. 5 IN A 10.0.0.1; w.n.svc.z. 5 IN A 10.0.0.2',
    'NOERROR aa | W.n.svc.z. 5 IN A 10.0.0.1; w.n.svc.z. 5 IN A 10.0.0.2',
    'NOERROR aa | w.n.svc.z. 5 IN A 10.0.0.1',
    `${theirs} || x.z. 5 IN A 10.0.0.3`,
    `${theirs} | SOA z.`,
  ])
    assert.equal(verdict('w.n.svc.z. A', theirs, ours).kind, 'mismatch', ours)
})

test('an alias must precede the records of its target', () => {
  const chain = `${cname}; w.n.svc.z. 5 IN A 10.0.0.1`
  const reversed = `w.n.svc.z. 5 IN A 10.0.0.1; ${cname}`
  assert.equal(verdict('alias.n.svc.z. A', `NOERROR aa | ${chain}`, `NOERROR aa | ${chain}`).kind, 'same')
  assert.equal(
    verdict('alias.n.svc.z. A', `NOERROR aa | ${chain}`, `NOERROR aa | ${reversed}`).kind,
    'mismatch',
  )
})
