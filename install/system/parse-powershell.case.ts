import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { Language, Parser } from 'web-tree-sitter'
import type { Command } from '../step.ts'

let parser: Parser | undefined

async function loadParser(): Promise<Parser> {
  await Parser.init()
  const loaded = new Parser()
  const grammar = createRequire(import.meta.url).resolve('tree-sitter-powershell/tree-sitter-powershell.wasm')
  loaded.setLanguage(await Language.load(grammar))
  return loaded
}

/** A command that runs an encoded script → the script, its command names, and its texts in single quotes. Fails if the script has a syntax error. */
export async function parseScript(
  command: Command | undefined,
): Promise<{ readonly script: string; readonly commands: string[]; readonly texts: string[] }> {
  const script = Buffer.from(command?.argv.at(-1) ?? '', 'base64').toString('utf16le')
  parser ??= await loadParser()
  const tree = parser.parse(script)
  assert.ok(tree)
  assert.equal(tree.rootNode.hasError, false, tree.rootNode.toString())
  const textsOf = (type: string): string[] =>
    tree.rootNode.descendantsOfType(type).map((node) => node?.text ?? '')
  return { script, commands: textsOf('command_name'), texts: textsOf('verbatim_string_characters') }
}
