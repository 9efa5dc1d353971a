import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { editPolicy, emptyPolicyText, type PolicyChange, parsePolicyFile } from './edit.ts'
import { type EntryFields, entryLines } from './entry-text.ts'
import { PolicyError } from './faults.ts'

const sha256 = (digit: string): string => digit.repeat(64)
const edit = (text: string, ...changes: readonly PolicyChange[]): Promise<string> =>
  editPolicy('policy.yaml', text, () => changes)
const carol: EntryFields = { name: 'carol', sha256: sha256('f'), namespaces: ['dev'] }
const addCarol: PolicyChange = { kind: 'add', list: 'tokens', fields: carol }
const remove = (...indexes: readonly number[]): PolicyChange => ({ kind: 'remove', list: 'tokens', indexes })
const expires = '2027-03-01T00:00:00Z'
const expire = (index: number): PolicyChange => ({
  ...{ kind: 'set', list: 'tokens', index, field: 'expires', value: expires },
})

const sample = `# The policy of prod.
version: 1   # the only one

# --- people ---
tokens:
  # Alice's laptop, see ticket 7
  - name: alice   # on holiday
    sha256: ${sha256('a')}
    namespaces:
      - dev
      # for the demo
      - staging
    # expires: soon

  # --- machines ---
  -   name:   "bob"
      sha256: '${sha256('b')}'
      expires: '2026-12-01T00:00:00Z'
      all: true
# --- the rest ---
anonymous: { namespaces: [public] }
# the end
`

test('an entry is added behind the last one, in the style of the list', async () => {
  assert.equal(
    await edit(sample, addCarol),
    sample.replace(
      '# --- the rest',
      `  - name: carol\n    sha256: ${sha256('f')}\n    namespaces: [dev]\n# --- the rest`,
    ),
  )
})

test('an entry is removed with the comments in it, and those around it stay', async () => {
  const cut = (from: string, to: string): string =>
    sample.slice(0, sample.indexOf(from)) + sample.slice(sample.indexOf(to))
  assert.equal(await edit(sample, remove(0)), cut('  - name: alice', '    # expires: soon'))
  assert.equal(await edit(sample, remove(1)), cut('  -   name:', '# --- the rest'))
  const both = await edit(sample, remove(0, 1))
  assert.deepEqual((await parsePolicyFile('', both)).tokens, [])
  for (const comment of ['# Alice', '# --- machines', '# --- the rest', '# the end', '# expires: soon'])
    assert.ok(both.includes(comment), comment)
  assert.deepEqual((await parsePolicyFile('', await edit(both, addCarol))).tokens[0]?.name, 'carol')
})

test('a field is replaced where it is, or added as the last one', async () => {
  assert.equal(await edit(sample, expire(1)), sample.replace('2026-12-01T00:00:00Z', expires))
  assert.equal(
    await edit(sample, expire(0)),
    sample.replace('      - staging\n', `      - staging\n    expires: ${expires}\n`),
  )
})

const starts: readonly (readonly [string, string, string])[] = [
  ['no list', 'version: 1', `version: 1\ntokens:\n  - name: carol\n`],
  ['no list, with a comment', 'version: 1\n# end\n', `version: 1\n# end\ntokens:\n  - name: carol\n`],
  ['an end marker', 'version: 1\n...\n', `version: 1\ntokens:\n  - name: carol\n`],
  ['an empty list', 'tokens: [] # none\nversion: 1\n', `tokens: # none\n  - name: carol\n`],
  ['an empty list over lines', 'tokens: [\n  ]\nversion: 1\n', `tokens:\n  - name: carol\n`],
  ['no value', 'tokens: # none\n  # yet\nversion: 1\n', `tokens: # none\n  - name: carol\n`],
  ['null', 'tokens: ~\nversion: 1\n', `tokens:\n  - name: carol\n`],
  ['an indented policy', '  version: 1\n  tokens:\n', `  tokens:\n    - name: carol\n`],
  [
    'dashes in the first column',
    `tokens:\n- name: a\n  sha256: ${sha256('a')}\n  all: true\nversion: 1`,
    `\n- name: carol\n`,
  ],
  [
    'a dash alone',
    `tokens:\n -\n   name: a\n   sha256: ${sha256('a')}\n   all: true\nversion: 1`,
    `\n - name: carol\n`,
  ],
  ['Windows line breaks', 'version: 1\r\ntokens:\r\n', `version: 1\r\ntokens:\r\n  - name: carol\r\n`],
  ['a document marker', '---\nversion: 1\n', `---\nversion: 1\ntokens:\n  - name: carol\n`],
  ['a new file', emptyPolicyText, `version: 1\ntokens:\n  - name: carol\n`],
]
for (const [what, text, expected] of starts)
  test(`an entry is added, and removed again: ${what}`, async () => {
    const added = await edit(text, addCarol)
    assert.ok(added.includes(expected), added)
    const { tokens } = await parsePolicyFile('', added)
    assert.equal(tokens.at(-1)?.name, 'carol')
    const removed = await edit(added, remove(tokens.length - 1))
    assert.equal((await parsePolicyFile('', removed)).tokens.length, tokens.length - 1)
    const expiring = await edit(added, expire(tokens.length - 1))
    assert.equal((await parsePolicyFile('', expiring)).tokens.at(-1)?.expiresMs, Date.parse(expires))
  })

test('an entry in braces gets a field, and is removed', async () => {
  const text = `version: 1\ntokens:\n  - {name: a, sha256: ${sha256('a')}, all: true}\n  - {\n      name: b, sha256: ${sha256('b')},\n      all: true }\n`
  assert.ok((await edit(text, expire(0))).includes(`- {expires: ${expires}, name: a,`))
  assert.ok((await edit(text, expire(1))).includes(`- {expires: ${expires}, \n      name: b,`))
  assert.equal(await edit(text, remove(1)), text.slice(0, text.indexOf('  - {\n')))
})

test('a text that is not written in lines is refused, and so is a faulty one', async () => {
  const flow = `{version: 1, tokens: [{name: a, sha256: ${sha256('a')}, all: true}]}`
  for (const text of [flow, flow.replace('{version: 1, ', 'version: 1\n').slice(0, -1)])
    for (const change of [addCarol, remove(0), expire(0)])
      await assert.rejects(edit(text, change), { code: 'POLICY_STYLE', message: /edit it by hand/ })
  await assert.rejects(edit('version: 1\ntoken: []\n', addCarol), {
    ...{ code: 'POLICY_INVALID', message: /^policy\.yaml: line 2, token: unknown field/ },
  })
})

test('a change that would make the policy faulty is refused', async () => {
  const twice = edit(sample, { ...addCarol, fields: { ...carol, sha256: sha256('a') } })
  await assert.rejects(twice, {
    code: 'POLICY_INVALID',
    message: /after the change: .*the hash occurs twice/,
  })
})

test('names that YAML could take for something else are read as they were written', async () => {
  for (const name of ['no', 'true', '1', '1e3', '0x1', 'null', '7.5', 'a@b.c', 'x_y', '2027-03-01', 'n'])
    assert.equal(
      (await parsePolicyFile('', await edit(emptyPolicyText, { ...addCarol, fields: { ...carol, name } })))
        .tokens[0]?.name,
      name,
    )
})

/** A policy's text in a random style, with comments that are numbered. */
const styled = fc
  .record({
    indent: fc.constantFrom('', '  ', '    '),
    gap: fc.constantFrom(' ', '   ', '\n      '),
    end: fc.constantFrom('\n', '\r\n', '\r'),
    comments: fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
    others: fc.constantFrom('', 'anonymous:\n  all: true\n', 'networks: []\n'),
    count: fc.integer({ min: 1, max: 4 }),
    isLastLineOpen: fc.boolean(),
  })
  .map(({ indent, gap, end, comments, others, count, isLastLineOpen }) => {
    let number = 0
    const comment = (): string => (comments[number++] ? `${' '.repeat(number % 5)}# c${number};\n` : '')
    const keys = gap.includes('\n') ? '      ' : `${indent} ${gap}`
    const entries = Array.from({ length: count }, (_, index) =>
      [
        `${comment()}${indent}-${gap}name: t${index}\n`,
        `${keys}sha256: ${sha256(String.fromCharCode(97 + index))}\n`,
        `${keys}all: true\n${comment()}`,
      ].join(''),
    )
    const text = `${comment()}version: 1\ntokens:\n${entries.join('')}${comment()}${others}${comment()}`
    return { text: (isLastLineOpen ? text.trimEnd() : text).replaceAll('\n', end), count }
  })

test('in any style, an edit changes its own lines and keeps every comment', async () => {
  await fc.assert(
    fc.asyncProperty(styled, fc.nat(), async ({ text, count }, at) => {
      const before = await parsePolicyFile('', text)
      const index = at % count
      const removed = await edit(text, remove(index))
      const after = await parsePolicyFile('', removed)
      assert.deepEqual(after, { ...before, tokens: before.tokens.filter((_, each) => each !== index) })
      const added = await edit(text, addCarol)
      assert.deepEqual((await parsePolicyFile('', added)).tokens.slice(0, -1), before.tokens)
      const expiring = await edit(text, expire(index))
      for (const changed of [removed, added, expiring])
        assert.deepEqual(changed.match(/# c\d+;/g), text.match(/# c\d+;/g))
      const lines = (each: string): string =>
        each.replace(/[^\r\n]*expires[^\r\n]*(?:\r\n|\n|\r)/, '').trimEnd()
      assert.equal(lines(expiring), text.trimEnd())
    }),
    { numRuns: 300 },
  )
})

test('every error is a PolicyError, for any text', async () => {
  const piece = fc.constantFrom(
    ...[
      'tokens:',
      'version: 1',
      '\n',
      '- ',
      '  ',
      '{',
      '}',
      '[',
      ']',
      'name: a',
      '#',
      "'",
      '"',
      '|',
      ': ',
      '? ',
      '---\n',
      '&a ',
      '*a',
    ],
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      try {
        await edit(`version: 1\n${pieces.join('')}`, addCarol)
      } catch (error) {
        assert.ok(error instanceof PolicyError, String(error))
      }
    }),
    { numRuns: 1000 },
  )
})

test('2,000 entries of ordinary size fit a ConfigMap, which holds 1 MiB', () => {
  const entry = {
    name: 'firstname.lastname-laptop-2',
    sha256: sha256('f'),
    namespaces: ['team-a', 'team-a-staging', 'shared'],
  }
  const lines = entryLines({ ...entry, notBefore: expires, expires, doors: ['bearer'], forward: true })
  const bytes = lines.reduce((sum, line) => sum + line.length + '    \n'.length, 0)
  assert.ok(2_000 * bytes < 2 ** 20, `${bytes} bytes each`)
})
