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
  [',', /expected a label's key, found ","/],
  ['team,', /expected a label's key, found the end/],
  ['team a', /expected one of = == != in notin > <, found "a"/],
  ['team=a b', /expected a comma or the end, found "b"/],
  ['team===a', /expected a label's value, found "="/],
  ['!team=a', /expected a comma or the end, found "="/],
  ['team in a', /expected "\(", found "a"/],
  ['team in (a', /expected "," or "\)", found the end/],
  ['team in (a b)', /expected "," or "\)", found "b"/],
  ['team notin', /expected "\(", found the end/],
  ['size>x', /"x" after > is not a whole number/],
  ['size<', /"" after < is not a whole number/],
  ['-team', /expected a label's key, found "-team"/],
  ['a/b/c', /found "a\/b\/c"/],
  ['Example.com/dns', /found "Example.com\/dns"/],
  ['/dns', /found "\/dns"/],
  ['x'.repeat(64), /expected a label's key/],
  ['team=caf\u00e9', /expected a label's value/],
  ['(team)', /found "\("/],
]
for (const [text, message] of broken) {
  test(`${JSON.stringify(text)} is not a selector`, () =>
    assert.throws(
      () => parseSelector(text),
      (error) => error instanceof SelectorError && message.test(error.message),
    ))
}

test('any text is either a selector or a SelectorError', () => {
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
