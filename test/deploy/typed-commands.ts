import { readFile } from 'node:fs/promises'

const root = new URL('../../', import.meta.url)

/**
 * The commands of all `sh` blocks of a page's section, in order, up to the next heading of that level or a higher one; a line that ends
 * with a backslash continues. Throws where there are none.
 */
export async function commandsOfSection(page: string, heading: string): Promise<readonly string[]> {
  const text = await readFile(new URL(page, root), 'utf8')
  const [, below = ''] = `\n${text}`.split(`\n${heading}\n`)
  const level = /^#+/.exec(heading)?.[0].length ?? 1
  const [section = ''] = below.split(new RegExp(`\\n#{1,${level}} `))
  const blocks = [...section.matchAll(/\n *```sh\b[^\n]*\n([\s\S]*?)\n *```/g)].map(([, block = '']) => block)
  const commands = blocks.flatMap((block) => block.replaceAll(/ *\\\n */g, ' ').split('\n'))
  if (commands.length === 0) throw new Error(`${page} has no commands in "${heading}"`)
  return commands.map((command) => command.trim())
}
