import assert from 'node:assert/strict'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { test } from 'node:test'
import { parsePolicy } from '../parse.ts'
import { parseApart } from './parse-apart.ts'

/** A policy with `count` tokens, each with a selector whose parts cannot be written as JSON. */
function policyText(count: number): string {
  const entry = (at: number): string =>
    `- { name: t${at}, sha256: ${String(at).padStart(64, 'a')}, namespaceLabels: "tier > 3" }`
  return ['version: 1', 'tokens:', ...Array.from({ length: count }, (_, at) => entry(at))].join('\n')
}

test('a short and a long text have the same outcome as in place', async () => {
  for (const text of ['version: 1', policyText(1), policyText(1_000), `${policyText(1_000)}\nextra: 1`])
    assert.deepEqual(await parseApart(text), await parsePolicy(text))
})

test('while 10,000 tokens are parsed, the process does other work', async (t) => {
  const text = policyText(10_000)
  assert.ok('policy' in (await parseApart(text)))
  const longest = async (parse: (text: string) => Promise<unknown>): Promise<number> => {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    await new Promise((resolve) => setTimeout(resolve, 10))
    await parse(text)
    await new Promise((resolve) => setTimeout(resolve, 10))
    delay.disable()
    return delay.max / 1e6
  }
  const [apart, inPlace] = [await longest(parseApart), await longest(parsePolicy)]
  t.diagnostic(`longest pause: ${Math.round(apart)} ms, in place ${Math.round(inPlace)} ms`)
  assert.ok(apart < inPlace / 2, `${apart} of ${inPlace} ms`)
})
