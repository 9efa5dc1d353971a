import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { generateKey } from '../../snapshot/key.ts'
import { faultText } from './faults.ts'
import { policyLimits } from './form.ts'
import { parsePolicy } from './parse.ts'
import { closedPolicy } from './policy.ts'

const hex = (digit: string): string => digit.repeat(64)
const key = (await generateKey()).x

async function faultsOf(text: string): Promise<string[]> {
  const outcome = await parsePolicy(text)
  return 'faults' in outcome ? outcome.faults.map(faultText) : []
}

test('a policy with every field', async () => {
  const outcome = await parsePolicy(`
version: 1
tokens:
  - name: alice-laptop
    sha256: ${hex('a')}
    namespaces: [dev, no]
    notBefore: 2026-12-01T00:00:00Z
    expires: 2027-03-01T00:00:00Z
    doors: [bearer]
    forward: true
  - { name: alice-laptop, sha256: ${hex('b')}, namespaceLabels: "team=a" }
minting:
  - name: ci
    key: ${key}
    namespaces: [ci]
    maxLifetime: 1h
networks:
  - cidr: 10.0.0.0/8
    all: true
    forward: true
anonymous:
  namespaces: [public]
`)
  assert.ok('policy' in outcome)
  const { tokens, minting, networks, anonymous } = outcome.policy
  assert.deepEqual(tokens[0], {
    name: 'alice-laptop',
    hash: Buffer.from(hex('a'), 'hex').toString('base64url'),
    scope: { kind: 'namespaces', names: ['dev', 'no'] },
    notBeforeMs: Date.UTC(2026, 11, 1),
    expiresMs: Date.UTC(2027, 2, 1),
    doors: ['bearer'],
    forward: true,
  })
  const selector = [{ kind: 'in', key: 'team', values: ['a'] }]
  assert.deepEqual(tokens[1]?.scope, { kind: 'namespaceLabels', selector, text: 'team=a' })
  assert.deepEqual([tokens[1]?.notBeforeMs, tokens[1]?.expiresMs], [0, null])
  assert.deepEqual(tokens[1]?.doors, ['path', 'bearer'])
  assert.equal(tokens[1]?.forward, false)
  assert.deepEqual([minting[0]?.key, minting[0]?.maxSeconds, minting[0]?.forward], [key, 3600, false])
  assert.match(minting[0]?.kid ?? '', /^[\w-]{43}$/)
  assert.deepEqual(networks, [{ cidr: '10.0.0.0/8', scope: { kind: 'all' }, forward: true }])
  assert.deepEqual(anonymous, { kind: 'namespaces', names: ['public'] })
})

test('lists without entries, and anonymous without fields, admit nobody', async () => {
  for (const text of [
    'version: 1',
    'version: 1\ntokens:\nminting: []\nnetworks: ~\nanonymous:\n  # all: true\n',
    '{"version": 1}',
  ])
    assert.deepEqual(await parsePolicy(text), { policy: closedPolicy })
})

const token = (fields: string): string =>
  `version: 1\ntokens:\n  - name: a\n    sha256: ${hex('a')}\n${fields}`
const faulty: readonly (readonly [string, string])[] = [
  ['', 'line 1: the file has no content; a policy begins with "version: 1"'],
  ['# none\n', 'line 1: the file has no content; a policy begins with "version: 1"'],
  ['tokens: []', 'line 1: the field version is missing'],
  [
    'apiVersion: v1\nkind: ConfigMap\ndata:\n  policy.yaml: |\n    version: 1\n',
    'line 1: the file is a Kubernetes object; write the policy into a separate file, and make the ConfigMap or Secret from it with `kubectl create`',
  ],
  ['version: 2', 'line 1, version: 2 is not valid here; it must be 1'],
  ['version: "1"', 'line 1, version: "1" is not valid here; it must be 1'],
  [
    'version: 1\ntoken: []',
    'line 2, token: unknown field; the fields here are version, tokens, minting, networks, anonymous',
  ],
  ['version: 1\nversion: 1', 'line 2: the field version occurs twice; keep one of them'],
  ['version: 1\n---\nversion: 1', 'line 3: the file has several YAML documents; a policy is one'],
  [
    'version: 1\ntokens: &a []\nminting: *a',
    'line 3: aliases are not allowed in a policy; write the value out',
  ],
  ['version: 1\ntokens:\n\t- a', 'line 3: not YAML: tab characters must not be used in indentation'],
  ['version: 1\ntokens: !!set {a}', 'line 2: not YAML: unknown mapping tag !<tag:yaml.org,2002:set>'],
  ['version: 1\ntokens: a', 'line 2, tokens: "a" is not valid here; it must be a list, such as []'],
  [
    'version: 1\ntokens:\n  - a',
    'line 3, tokens[0]: "a" is not valid here; it must be a group of the fields name, sha256, namespaces, namespaceLabels, all, notBefore, expires, doors, forward',
  ],
  [
    token(''),
    'line 3, tokens[0]: it has none of the fields namespaces, namespaceLabels, all; give exactly one of them',
  ],
  [
    token('    all: true\n    namespaces: [a]'),
    'line 3, tokens[0]: it has several of the fields namespaces, namespaceLabels, all; give exactly one of them',
  ],
  [token('    all: yes'), 'line 5, tokens[0].all: "yes" is not valid here; it must be true'],
  [
    token('    namespaces: dev'),
    'line 5, tokens[0].namespaces: "dev" is not valid here; it must be a list, such as [a, b]',
  ],
  [token('    namespaces: []'), 'line 5, tokens[0].namespaces: the list has 0 items; it must have 1 to 1000'],
  [
    token('    namespaces:\n      - dev\n      - 123'),
    'line 7, tokens[0].namespaces[1]: 123 is a number, not a string; put it in quotes',
  ],
  [
    token('    namespaces: [Dev]'),
    'line 5, tokens[0].namespaces[0]: "Dev" is not valid here; it must be a namespace\'s name (a to z, 0 to 9 and "-", at most 63 characters)',
  ],
  [
    token('    namespaces: [a,\n      a]'),
    'line 6, tokens[0].namespaces[1]: "a" occurs twice; keep one of them',
  ],
  [
    token('    namespaceLabels: team in a'),
    'line 5, tokens[0].namespaceLabels: not a label selector: expected "(", found "a"',
  ],
  [
    token('    namespaceLabels: " "'),
    'line 5, tokens[0].namespaceLabels: the selector is empty; to give access to all namespaces, write all: true',
  ],
  [
    token('    all: true\n    expires: 2027-03-01'),
    'line 6, tokens[0].expires: "2027-03-01" is not valid here; it must be a time with zone, such as 2027-03-01T00:00:00Z',
  ],
  [
    token('    all: true\n    expires: 2026-01-01T00:00:00Z\n    notBefore: 2026-01-01T00:00:00Z'),
    'line 6, tokens[0].expires: the token expires before it is valid; change expires or notBefore',
  ],
  [
    token('    all: true\n    expires:'),
    'line 6, tokens[0].expires: the field is empty; it must be a time with zone, such as 2027-03-01T00:00:00Z',
  ],
  [
    token('    all: true\n    doors: [dot, bearer]'),
    'line 6, tokens[0].doors: dot must be the only one: a DoT server name is readable on the network, so its token opens nothing else',
  ],
  [
    token('    all: true\n    forward: "true"'),
    'line 6, tokens[0].forward: "true" is not valid here; it must be true or false, without quotes',
  ],
  [
    `version: 1\ntokens:\n  - {name: a, sha256: ${hex('A')}, all: true}`,
    `line 3, tokens[0].sha256: "${hex('A')}" is not valid here; it must be the SHA-256 of the token as 64 lower-case hexadecimal digits, as sha256sum prints it`,
  ],
  [
    `${token('    all: true')}\n  - {name: b, sha256: ${hex('a')}, all: true}`,
    'line 6, tokens[1].sha256: the hash occurs twice; take out one of the entries',
  ],
  [
    `version: 1\nminting:\n- {name: a, key: ${key}, all: true, maxLifetime: 8d}`,
    'line 3, minting[0].maxLifetime: "8d" is not valid here; it must be a time span of at most 7d, such as 15m or 1h',
  ],
  [
    `version: 1\nminting:\n- {name: a, key: ${key}, all: true, maxLifetime: 1h}\n- {name: b, key: ${key}, all: true, maxLifetime: 1h}`,
    'line 4, minting[1].key: the key occurs twice; take out one of the entries',
  ],
  [
    'version: 1\nnetworks:\n- {cidr: 10.1.0.0/8, all: true}',
    'line 3, networks[0].cidr: write it as 10.0.0.0/8',
  ],
  [
    'version: 1\nnetworks:\n- {cidr: 10.0.0/8, all: true}',
    'line 3, networks[0].cidr: "10.0.0/8" is not an address range such as 10.0.0.0/8',
  ],
  [
    'version: 1\nnetworks:\n- {cidr: 10.0.0.0/8, all: true}\n- {cidr: 10.0.0.0/8, all: true}',
    'line 4, networks[1].cidr: the address range occurs twice; take out one of the entries',
  ],
  [
    'version: 1\nanonymous: {all: true, forward: true}',
    'line 2, anonymous.forward: unknown field; the fields here are namespaces, namespaceLabels, all',
  ],
]
for (const [text, fault] of faulty)
  test(`a fault: ${fault.slice(0, 90)}`, async () => {
    assert.deepEqual(await faultsOf(text), [fault])
  })

test('every fault is reported, in the order of the lines', async () => {
  const faults = await faultsOf('tokens:\n  - name: ""\n    sha256: 1\n    all: no\nversion: 3\n')
  assert.deepEqual(
    faults.map((fault) => fault.split(':')[0]),
    ['line 2, tokens[0].name', 'line 3, tokens[0].sha256', 'line 4, tokens[0].all', 'line 5, version'],
  )
})

test('a third token of one name is a fault', async () => {
  const entry = (digit: string): string => `  - {name: a, sha256: ${hex(digit)}, all: true}\n`
  assert.deepEqual(await faultsOf(`version: 1\ntokens:\n${entry('a')}${entry('b')}`), [])
  assert.match(
    (await faultsOf(`version: 1\ntokens:\n${entry('a')}${entry('b')}${entry('c')}`)).join(),
    /^line 5, tokens\[2\]\.name: more than two/,
  )
})

test('10,000 tokens are read, and one more is a fault', async () => {
  const entry = (number: number): string =>
    `  - name: t${number}\n    sha256: "${number.toString(16).padStart(64, '0')}"\n    namespaces: [dev-${number % 50}]\n`
  const text = (count: number): string =>
    `version: 1\ntokens:\n${Array.from({ length: count }, (_, index) => entry(index)).join('')}`
  const outcome = await parsePolicy(text(policyLimits.tokens))
  assert.ok('policy' in outcome && outcome.policy.tokens.length === policyLimits.tokens)
  assert.match(
    (await faultsOf(text(policyLimits.tokens + 1))).join(),
    /the list has 10001 items; it must have 0 to 10000/,
  )
})

test('a text above the limit is refused before it is read', async () => {
  assert.match(
    (await faultsOf('#'.repeat(policyLimits.textLength + 1))).join(),
    /more than 8388608 characters/,
  )
})

test('no text throws, and no text that is not a policy is taken for one', async () => {
  const piece = fc.constantFrom(
    ...[
      'version: 1',
      'tokens:',
      '- ',
      '\n',
      '  ',
      'name: a',
      `sha256: ${hex('a')}`,
      'all: true',
      '{',
      '}',
      '[',
      ']',
      ',',
    ],
    ...[
      '&a ',
      '*a',
      '!!',
      '? ',
      ': ',
      '|',
      '>',
      '"',
      "'",
      '#',
      '---',
      '...',
      '\t',
      '\r\n',
      '<<: ',
      '__proto__: ',
      '\u2028',
      '%YAML 1.1\n',
    ],
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')),
  )
  await fc.assert(
    fc.asyncProperty(text, async (each) => {
      const outcome = await parsePolicy(each)
      if ('policy' in outcome) assert.match(each, /version/)
      else for (const { line, problem } of outcome.faults) assert.ok(line >= 1 && problem !== '')
    }),
    { numRuns: 2000 },
  )
})
