import { readFile } from 'node:fs/promises'

const root = new URL('../../', import.meta.url)

/**
 * The commands of the first `sh` block below a line of a page, such as a heading; a line that ends with a backslash continues. Throws where
 * the page has none.
 */
export async function commandsBelow(page: string, line: string): Promise<readonly string[]> {
  const text = await readFile(new URL(page, root), 'utf8')
  const [, below = ''] = `\n${text}`.split(`\n${line}\n`)
  const [, block] = /\n```sh\b[^\n]*\n([\s\S]*?)\n```/.exec(below) ?? []
  if (block === undefined) throw new Error(`${page} has no commands below "${line}"`)
  return block.replaceAll(/ *\\\n */g, ' ').split('\n')
}
