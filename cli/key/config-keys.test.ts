import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseConfig } from '../../worker/config.ts'
import { addConfigKey, removeConfigKey } from './config-keys.ts'

const key = (letter: string): string => `${letter.repeat(42)}A`
const zones = ['a.test', 'b.test', 'c.test']
const config = (keys: readonly (readonly string[])[]): object => ({
  public: true,
  clusters: keys.map((each, index) => ({ id: `c${index}`, keys: each, zones: [zones[index]] })),
})

test('a key is added in the style of the list, and removed again', () => {
  const line = `{"clusters":[{"id":"c0","keys":["${key('a')}"],"zones":["a.test"]}]}`
  const added = addConfigKey(line, 'c0', key('b'))
  assert.equal(added, line.replace('"],"zones"', `", "${key('b')}"],"zones"`))
  assert.equal(removeConfigKey(added, 'c0', key('b')), line)
  const lines = `{\n\t"clusters": [{\n\t\t"id": "c0",\n\t\t"keys": [\n\t\t\t"${key('a')}"\n\t\t],\n\t\t"zones": ["a.test"]\n\t}]\n}\n`
  const longer = addConfigKey(lines, 'c0', key('b'))
  assert.equal(longer, lines.replace(`${key('a')}"`, `${key('a')}",\n\t\t\t"${key('b')}"`))
  assert.equal(removeConfigKey(longer, 'c0', key('a')), lines.replace(key('a'), key('b')))
})

test('in any style, the keys of one cluster change and nothing else', () => {
  const letters = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 })
  const indent = fc.constantFrom<string | number | undefined>(undefined, 1, 2, '\t')
  fc.assert(
    fc.property(fc.array(letters, { minLength: 1, maxLength: 3 }), indent, fc.nat(), (lists, space, at) => {
      const keys = lists.map((list) => list.map(key))
      const index = at % keys.length
      const [id, own = []] = [`c${index}`, keys[index]]
      const text = JSON.stringify(config(keys), null, space)
      const changed = (next: readonly string[]): unknown =>
        parseConfig(JSON.stringify(config(keys.map((list, each) => (each === index ? next : list)))))
      assert.deepEqual(parseConfig(addConfigKey(text, id, key('z'))), changed([...own, key('z')]))
      assert.equal(addConfigKey(text, id, own[0] ?? ''), text)
      const gone = own[at % own.length] ?? ''
      if (own.length > 1)
        assert.deepEqual(
          parseConfig(removeConfigKey(text, id, gone)),
          changed(own.filter((each) => each !== gone)),
        )
    }),
  )
})

test('an unknown cluster, an unknown key and the only key are refused', () => {
  const text = JSON.stringify(config([[key('a')]]))
  assert.throws(() => addConfigKey(text, 'c9', key('b')), {
    code: 'USAGE',
    message: /no cluster "c9", only c0/,
  })
  assert.throws(() => removeConfigKey(text, 'c0', key('b')), {
    code: 'USAGE',
    message: /does not have this key/,
  })
  assert.throws(() => removeConfigKey(text, 'c0', key('a')), {
    code: 'USAGE',
    message: /the only key of the cluster/,
  })
  assert.throws(() => addConfigKey('{"clusters":[{}]}', 'c0', key('a')), { code: 'CONFIG_INVALID' })
})
