import { readFile } from 'node:fs/promises'

/** Where package.json is relative to this file: in the sources, and in a bundle. */
const places = ['../../package.json', '../package.json']

/** The version of kubedoh, such as '0.1.0'. Rejects when its package.json is missing. */
export async function ownVersion(): Promise<string> {
  for (const place of places) {
    const text = await readFile(new URL(place, import.meta.url), 'utf8').catch(() => '{}')
    const { name, version } = JSON.parse(text) as { readonly name?: string; readonly version?: string }
    if (name === 'kubedoh' && version !== undefined) return version
  }
  throw new Error('the package.json of kubedoh is missing')
}
