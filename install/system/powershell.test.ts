import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseScript } from './parse-powershell.case.ts'
import { powershell, quoted } from './powershell.ts'

test('a script arrives as it is, and stops at its first error', async () => {
  const { script } = await parseScript(powershell(['Get-Item -Path C:\\']))
  assert.match(script, /^\$ErrorActionPreference = 'Stop'\r\n/)
  assert.match(script, /\r\nGet-Item -Path C:\\$/)
})

test('a broken script is found by the parser', async () => {
  await assert.rejects(parseScript(powershell(["$a = @('x',"])))
})

test('quotes of all kinds stay within the text', async () => {
  for (const text of ["it's", '$env:PATH "x"', 'a‘b’c‚d‛e', "''"]) {
    const { texts } = await parseScript(powershell([`$a = ${quoted(text)}`]))
    assert.equal(texts.length, 3, text)
  }
})
