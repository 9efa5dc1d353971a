import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Platform } from './platform.ts'

const execute = promisify(execFile)

/** A Debian package, extracted. */
export type DebianPackage = {
  readonly name: string
  readonly version: string
  /** Its control file. */
  readonly control: string
  /** The directory with its files. */
  readonly dir: string
}

/** The packages with the libraries of Node, their copyright, and the certificate authorities. */
const names = ['libc6', 'libgcc-s1', 'libstdc++6', 'gcc-12-base', 'ca-certificates']

/** Where Debian 12 lists its own package sources; before, they were in sources.list. */
const sourceFiles = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']

/**
 * Downloads the newest packages for a platform from the sources of this machine, which must be Debian 12: its libraries are
 * old enough for every Node 24. apt checks their signatures. Extracts them below `dir`, which must be empty. The package
 * lists of the system are neither used nor changed. Throws with the message of apt-get.
 */
export async function debianPackages({ arch }: Platform, dir: string): Promise<DebianPackage[]> {
  for (const name of ['lists/partial', 'cache/archives/partial', 'packages', 'empty'])
    await mkdir(join(dir, name), { recursive: true })
  await writeFile(join(dir, 'status'), '')
  const settings = [
    `APT::Architecture=${arch}`,
    `APT::Architectures=${arch}`,
    `Dir::State::lists=${join(dir, 'lists')}`,
    `Dir::State::status=${join(dir, 'status')}`,
    `Dir::Cache=${join(dir, 'cache')}`,
    `Dir::Etc::sourcelist=${sourceFiles.find((file) => existsSync(file)) ?? ''}`,
    `Dir::Etc::sourceparts=${join(dir, 'empty')}`,
    'Acquire::Languages=none',
    // apt's own user may not be able to read the directory.
    'APT::Sandbox::User=root',
  ].flatMap((setting) => ['-o', setting])
  const cwd = join(dir, 'packages')
  await execute('apt-get', [...settings, '--quiet', 'update'], { cwd })
  await execute('apt-get', [...settings, '--quiet', 'download', ...names], { cwd })
  const files = (await readdir(cwd)).toSorted()
  return Promise.all(files.map((file) => extract(join(cwd, file), join(dir, 'extracted', file))))
}

async function extract(file: string, dir: string): Promise<DebianPackage> {
  await mkdir(dir, { recursive: true })
  await execute('dpkg-deb', ['-x', file, dir])
  await execute('dpkg-deb', ['-e', file, join(dir, 'DEBIAN')])
  const control = await readFile(join(dir, 'DEBIAN', 'control'), 'utf8')
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(control)?.[1] ?? ''
  return { name: field('Package'), version: field('Version'), control, dir }
}
