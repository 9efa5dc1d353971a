import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where kubedoh's folder can be, relative to this file: in the sources, and in a bundle. */
const places = ['../..', '..'].map((place) => fileURLToPath(new URL(place, import.meta.url)))

/** The folder of kubedoh: its package.json is in it, and its examples. Throws when it is missing. */
export function ownFolder(): string {
  const found = places.find((place) => readManifest(place).name === 'kubedoh')
  if (found === undefined) throw new Error('the package.json of kubedoh is missing')
  return found
}

/** The version of kubedoh, such as '0.1.0'. Throws when its package.json is missing. */
export function ownVersion(): string {
  const { version } = readManifest(ownFolder())
  if (version === undefined) throw new Error('the package.json of kubedoh has no version')
  return version
}

/** Name and version in a folder's package.json; nothing where there is none. */
function readManifest(folder: string): { readonly name?: string; readonly version?: string } {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      name?: string
      version?: string
    }
  } catch {
    return {}
  }
}
