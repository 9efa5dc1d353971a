import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { before, test } from 'node:test'
import { Language, Parser } from 'web-tree-sitter'
import { sampleFacts, sampleReverse } from './facts.case.ts'
import { powershell } from './powershell.ts'

let parser: Parser
before(async () => {
  await Parser.init()
  parser = new Parser()
  const grammar = createRequire(import.meta.url).resolve('tree-sitter-powershell/tree-sitter-powershell.wasm')
  parser.setLanguage(await Language.load(grammar))
})

/** The nodes of a type in a script, as texts. Throws if the script has a syntax error. */
function nodesOf(script: string, type: string): string[] {
  const tree = parser.parse(script)
  assert.ok(tree)
  assert.equal(tree.rootNode.hasError, false, tree.rootNode.toString())
  return tree.rootNode.descendantsOfType(type).map((node) => node?.text ?? '')
}

test('the grammar refuses a broken script', () => {
  assert.equal(parser.parse("$a = @('x',\n}")?.rootNode.hasError, true)
})

test('the script is PowerShell with the zones as namespaces and the URL as template', async () => {
  const script = await powershell.write(sampleFacts)
  const texts = nodesOf(script, 'verbatim_string_characters')
  const zones = ['cluster.local', 'prod.k8s.example.com', ...sampleReverse].map((zone) => `'.${zone}'`)
  for (const text of [...zones, `'${sampleFacts.dohUrl}'`]) assert.ok(texts.includes(text), text)
  const commands = nodesOf(script, 'command_name')
  for (const name of ['NrptRule', 'DohServerAddress'])
    for (const verb of ['Add', 'Get', 'Remove'])
      assert.ok(commands.includes(`${verb}-DnsClient${name}`), `${verb}-DnsClient${name}`)
})

test('the script’s lines end as on Windows, and it has no other line ends', async () => {
  const script = await powershell.write(sampleFacts)
  assert.equal(script.replaceAll('\r\n', '').includes('\n'), false)
  assert.ok(!script.replaceAll('\r\n', '').includes('\r'))
})
