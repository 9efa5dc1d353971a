import { readFileSync } from 'node:fs'

const pages = {
  clients: readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8'),
  resolvers: readFileSync(new URL('../../docs/resolvers.md', import.meta.url), 'utf8'),
}
const edgeUrl = 'https://edge.example.com/dns-query'

/** The zone and the other resolver of the recipes. */
export const recipeZone = 'k8s.example.com'
export const usualServer = '192.0.2.1'

/**
 * The first block of code below a heading of docs/clients.md, with the URL replaced by that of an edge. Throws
 * Error when the page has no such recipe.
 */
export function recipe(heading: string, url: string): string {
  return blockBelow('clients', heading).replaceAll(edgeUrl, url)
}

/**
 * The first block of code below a heading of docs/resolvers.md, with TOKEN replaced. Its address of the edge is the one
 * that the tests use. Throws Error when the page has no such recipe.
 */
export function resolverRecipe(heading: string, token: string): string {
  return blockBelow('resolvers', heading).replaceAll('TOKEN', token)
}

function blockBelow(page: keyof typeof pages, heading: string): string {
  const [, section] = pages[page].split(`\n## ${heading}\n`)
  // A block in a list is indented.
  const [, indent = '', text] = /^( *)```[^\n]*\n(.*?)^\1```$/ms.exec(section ?? '') ?? []
  if (text === undefined) throw new Error(`docs/${page}.md has no recipe "${heading}"`)
  return text.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
}

/** The arguments of a recipe that is a shell command: continued lines joined, quotes removed. */
export function recipeArguments(heading: string, url: string): string[] {
  const command = recipe(heading, url).replaceAll('\\\n', ' ').trim()
  const words = Array.from(command.matchAll(/(?:'[^']*'|[^\s'])+/g), ([word]) => word.replaceAll("'", ''))
  return words.slice(1)
}
