import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseSelector, SelectorError, selects } from './label-selector.ts'

const labels = new Map([
  ['team', 'a'],
  ['tier', ''],
  ['size', '10'],
  ['example.com/dns', 'yes'],
  ['in', 'in'],
])

const selecting: readonly (readonly [selector: string, selected: boolean])[] = [
  ['', true],
  ['  ', true],
  ['team', true],
  ['nope', false],
  ['!nope', true],
  ['! team', false],
  ['team=a', true],
  ['team == a', true],
  ['team=b', false],
  ['nope=', false],
  ['tier=', true],
  ['team!=a', false],
  ['team!=b', true],
  ['nope != b', true],
  ['tier!=', false],
  ['team in (b, a)', true],
  ['team in(b)', false],
  ['nope in (a)', false],
  ['tier in ()', true],
  ['tier in (,b)', true],
  ['team notin (b,c)', true],
  ['team notin (a)', false],
  ['nope notin (a)', true],
  ['size>9', true],
  ['size > 10', false],
  ['size<11', true],
  ['team>1', false],
  ['nope<1', false],
  ['example.com/dns=yes', true],
  ['in in (in)', true],
  ['team=a,!nope,tier', true],
  ['team=a, team!=a', false],
]
for (const [text, selected] of selecting) {
  test(`${JSON.stringify(text)} ${selected ? 'selects' : 'does not select'}`, () =>
    assert.equal(selects(parseSelector(text), labels), selected))
}

const broken: readonly (readonly [selector: string, message: RegExp])[] = [
  [',', /"," stands where a label's key/],
  ['team,', /it ends where a label's key/],
  ['team a', /"a" stands where one of = == != in notin > </],
  ['team=a b', /"b" stands where a comma or the end/],
  ['team===a', /"=" stands where a label's value/],
  ['!team=a', /"=" stands where a comma/],
  ['team in a', /"a" stands where "\("/],
  ['team in (a', /it ends where "," or "\)"/],
  ['team in (a b)', /"b" stands where "," or "\)"/],
  ['team notin', /it ends where "\("/],
  ['size>x', /"x" behind > is not a whole number/],
  ['size<', /"" behind < is not a whole number/],
  ['-team', /"-team" stands where a label's key/],
  ['a/b/c', /"a\/b\/c" stands/],
  ['Example.com/dns', /"Example.com\/dns" stands/],
  ['/dns', /"\/dns" stands/],
  ['x'.repeat(64), /stands where a label's key/],
  ['team=caf\u00e9', /stands where a label's value/],
  ['(team)', /"\(" stands/],
]
for (const [text, message] of broken) {
  test(`${JSON.stringify(text)} is no selector`, () =>
    assert.throws(
      () => parseSelector(text),
      (error) => error instanceof SelectorError && message.test(error.message),
    ))
}

test('any text is a selector or none, and nothing else', () => {
  const piece = fc.constantFrom('a', 'in', 'notin', '=', '==', '!=', '!', '>', '<', '(', ')', ',', ' ', '1')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join('')),
      ),
      (text) => {
        try {
          selects(parseSelector(text), labels)
        } catch (error) {
          assert.ok(error instanceof SelectorError)
        }
      },
    ),
  )
})
