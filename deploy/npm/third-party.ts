import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A package with code in a bundle. */
export type BundledPackage = {
  readonly name: string
  readonly version: string
  /** Its SPDX expression. */
  readonly license: string
  /** The texts of its licence and its notices. */
  readonly texts: readonly string[]
}

const licenceFile = /^(?:licen[cs]e|copying|notice|copyright)/i

/**
 * Bundled files → the packages that they are from, by name. A package without a file of its licence is described by the
 * copyright comments of its bundled files, and by `apacheText` if it names Apache-2.0. Throws if a package has no SPDX
 * expression, or neither a licence file nor a copyright comment.
 */
export async function bundledPackages(
  files: readonly string[],
  apacheText: string,
): Promise<readonly BundledPackage[]> {
  const byFolder = new Map<string, string[]>()
  for (const file of files) {
    const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]
    if (folder !== undefined) byFolder.set(folder, [...(byFolder.get(folder) ?? []), file])
  }
  const packages: BundledPackage[] = []
  for (const [folder, ofPackage] of byFolder) {
    const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      readonly name: string
      readonly version: string
      readonly license?: unknown
    }
    if (typeof license !== 'string') throw new Error(`${folder}/package.json has no licence`)
    const stored = (await readdir(folder)).filter((entry) => licenceFile.test(entry)).toSorted()
    const texts = await Promise.all(stored.map((entry) => readFile(join(folder, entry), 'utf8')))
    if (texts.length === 0) texts.push(...(await commentsOf(ofPackage)))
    if (texts.length === 0) throw new Error(`${folder} has no licence file and no copyright comment`)
    if (stored.length === 0 && license.includes('Apache-2.0')) texts.push(apacheText)
    packages.push({ name, version, license, texts })
  }
  return packages.toSorted((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1))
}

/** The different copyright comments at the beginning of files. */
async function commentsOf(files: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  const comments = texts.map((text) => /^(?:\s*(?:\/\/[^\n]*\n)+|\s*\/\*[^]*?\*\/)/.exec(text)?.[0] ?? '')
  return [...new Set(comments)]
    .filter((comment) => /copyright/i.test(comment))
    .map((comment) => comment.replace(/^\s*(?:\/\/|\/\*+|\*+\/?) ?/gm, ''))
}

/** Packages → the file that is shipped with them. */
export function thirdPartyText(packages: readonly BundledPackage[]): string {
  const rule = '-'.repeat(80)
  const parts = packages.map(({ name, version, license, texts }) =>
    [`${name} ${version}`, `License: ${license}`, '', ...texts.map((text) => `${text.trim()}\n`)].join('\n'),
  )
  return ['kubedoh contains code of these packages.', ...parts].join(`\n\n${rule}\n`)
}
