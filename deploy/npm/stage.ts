import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleCommand } from '../bundle.ts'
import { bundleWorker } from '../worker/bundle.ts'
import { writeDeclarations } from './declarations.ts'
import { bundleLibrary } from './library.ts'
import { type ProjectManifest, packageManifest } from './manifest.ts'
import { bundledPackages, thirdPartyText } from './third-party.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Files and folders that are published as they are. The README links to the pages, and they to the examples; `init` reads wrangler.toml. */
const copied = ['README.md', 'CHANGELOG.md', 'LICENSE', 'docs', 'examples', 'wrangler.toml']

/**
 * Writes the npm package into `dir`, whose former content is deleted: the bundled command in dist/, the bundled exports in
 * lib/, their declarations in types/, the Worker as it is deployed in worker/, the licences of everything bundled, and its package.json. Throws what esbuild and
 * the compiler report.
 */
export async function stagePackage(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true })
  const files = [...(await bundleCommand(join(dir, 'dist'))), ...(await bundleLibrary(join(dir, 'lib')))]
  await writeDeclarations(join(dir, 'types'))
  const worker = join(dir, 'worker')
  await mkdir(worker)
  for (const [name, text] of (await bundleWorker()).code) await writeFile(join(worker, name), text)
  for (const name of copied) await cp(join(root, name), join(dir, name), { recursive: true })
  const licence = await readFile(join(root, 'LICENSE'), 'utf8')
  await writeFile(
    join(dir, 'THIRD-PARTY-LICENSES.txt'),
    thirdPartyText(await bundledPackages(files, licence)),
  )
  const project = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as ProjectManifest
  await writeFile(join(dir, 'package.json'), `${JSON.stringify(packageManifest(project), undefined, 2)}\n`)
}
