import { readFileSync } from 'node:fs'

const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8')
const edgeUrl = 'https://edge.example.com/dns-query'

/** The zone and the other resolver of the recipes. */
export const recipeZone = 'k8s.example.com'
export const usualServer = '192.0.2.1'

/**
 * The first block of code below a heading of docs/clients.md, with the URL replaced by that of an edge. Throws
 * Error when the page has no such recipe.
 */
export function recipe(heading: string, url: string): string {
  const [, section] = page.split(`\n## ${heading}\n`)
  const [, text] = /^```[a-z]*\n(.*?)^```$/ms.exec(section ?? '') ?? []
  if (text === undefined) throw new Error(`docs/clients.md has no recipe "${heading}"`)
  return text.replaceAll(edgeUrl, url)
}

/** The arguments of a recipe that is a shell command: continued lines joined, quotes removed. */
export function recipeArguments(heading: string, url: string): string[] {
  const command = recipe(heading, url).replaceAll('\\\n', ' ').trim()
  const words = Array.from(command.matchAll(/(?:'[^']*'|[^\s'])+/g), ([word]) => word.replaceAll("'", ''))
  return words.slice(1)
}
