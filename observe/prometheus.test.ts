import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readExposition } from './exposition.case.ts'
import { createHistogram, createNumbers } from './prometheus.ts'

test('counters and gauges: help, type, and one line for each series', () => {
  const row = { name: 'a_total', type: 'counter', labels: ['kind'], help: 'One.\nTwo \\ three.' } as const
  const numbers = createNumbers(row)
  numbers.add(['x'], 0)
  numbers.add(['y'])
  numbers.add(['y'], 1.5)
  assert.equal(
    numbers.text(),
    '# HELP a_total One.\\nTwo \\\\ three.\n# TYPE a_total counter\na_total{kind="x"} 0\na_total{kind="y"} 2.5\n',
  )
  assert.throws(() => numbers.add([]), /a_total has 1 labels/)
})

test('labels may have any text', () => {
  const numbers = createNumbers({ name: 'a', type: 'gauge', labels: ['x', 'y'], help: 'A.' })
  numbers.set(['a"b\\c\nd', ''], Number.POSITIVE_INFINITY)
  const { samples } = readExposition(numbers.text()).get('a') ?? assert.fail()
  assert.deepEqual([...samples], [['a{x="a\\"b\\\\c\\nd",y=""}', Number.POSITIVE_INFINITY]])
})

test('a metric without labels exists from the start', () => {
  assert.match(createNumbers({ name: 'a', type: 'gauge', labels: [], help: 'A.' }).text(), /\na 0\n$/)
})

test('a histogram counts a value in every bucket with an upper bound at or above it', () => {
  const histogram = createHistogram({ name: 'h', type: 'histogram', labels: [], help: 'H.' }, [0.5, 1])
  for (const value of [0.5, 0.75, 3]) histogram.observe([], value)
  const { samples } = readExposition(histogram.text()).get('h') ?? assert.fail()
  assert.deepEqual(Object.fromEntries(samples), {
    'h_bucket{le="0.5"}': 1,
    'h_bucket{le="1"}': 2,
    'h_bucket{le="+Inf"}': 3,
    h_sum: 4.25,
    h_count: 3,
  })
})

for (const [what, text] of Object.entries({
  'no newline at the end': '# HELP a A.\n# TYPE a gauge\na 1',
  'no type': '# HELP a A.\na 1\n',
  'a sample of another family': '# HELP a A.\n# TYPE a gauge\nb 1\n',
  'a sample twice': '# HELP a A.\n# TYPE a gauge\na 1\na 2\n',
  'an unterminated label': '# HELP a A.\n# TYPE a gauge\na{b="c} 1\n',
  'a bare newline or quote in a label': '# HELP a A.\n# TYPE a gauge\na{b="c"d"} 1\n',
  'an invalid value': '# HELP a A.\n# TYPE a gauge\na Infinity\n',
  'descending buckets':
    '# HELP a A.\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
})) {
  test(`the parser of the tests refuses: ${what}`, () => {
    assert.throws(() => readExposition(text))
  })
}
