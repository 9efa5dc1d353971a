import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPolicy } from './read-policy.ts'

/* Files are read and merged together: that is how faults get their places. */

const hash = (digit: string): string => digit.repeat(64)
const token = (name: string, digit: string): string =>
  `- {name: ${name}, sha256: "${hash(digit)}", namespaces: [dev]}`
const file = (name: string, ...lines: string[]) => ({ name, text: ['version: 1', ...lines].join('\n') })

async function problemsOf(...texts: Parameters<typeof readPolicy>[0]): Promise<readonly string[]> {
  const read = await readPolicy(texts)
  return 'problems' in read ? read.problems : []
}

test('the entries of all files are one policy', async () => {
  const read = await readPolicy([
    file('a', 'tokens:', token('one', '1'), 'anonymous: {namespaces: [public]}'),
    file('b', 'tokens:', token('two', '2')),
    file('c', 'networks:', '- {cidr: 10.0.0.0/8, all: true}'),
  ])
  assert.ok('policy' in read)
  assert.deepEqual(
    read.policy.tokens.map(({ name }) => name),
    ['one', 'two'],
  )
  assert.deepEqual(read.policy.anonymous, { kind: 'namespaces', names: ['public'] })
  assert.equal(read.policy.networks.length, 1)
})

test('an entry that is in two files is reported with the file and place of the second', async () => {
  const [problem, ...more] = await problemsOf(
    file('a', 'tokens:', token('one', '1'), token('two', '2')),
    file('b', 'tokens:', token('three', '3'), token('four', '1')),
  )
  assert.match(problem ?? '', /^b, tokens\[1\]\.sha256: the hash occurs twice/)
  assert.deepEqual(more, [])
})

test('two files with anonymous, and the number of tokens', async () => {
  const open = 'anonymous: {all: true}'
  assert.deepEqual(await problemsOf(file('a', open), file('b', open)), [
    'b, anonymous: another file has it as well; keep one of them',
  ])
  const many = (from: number): string[] => [
    'tokens:',
    ...Array.from({ length: 6_000 }, (_, index) => {
      const n = from + index
      return `- {name: t${n}, sha256: "${n.toString(16).padStart(64, '0')}", all: true}`
    }),
  ]
  assert.deepEqual(await problemsOf(file('a', ...many(0)), file('b', ...many(6_000))), [
    'the files have 12000 tokens in total; the limit is 10000',
  ])
})

test('the faults of every file are reported, also of those that cannot be read', async () => {
  const problems = await problemsOf(
    { name: 'a', problem: 'cannot read it: ENOENT' },
    file('b', 'tokens: 7'),
    file('c', 'surprise: 1'),
  )
  assert.equal(problems.length, 3)
  assert.equal(problems[0], 'a: cannot read it: ENOENT')
  assert.match(problems[1] ?? '', /^b: line 2, tokens: /)
  assert.match(problems[2] ?? '', /^c: line 2, surprise: unknown field/)
})
