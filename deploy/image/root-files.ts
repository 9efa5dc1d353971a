import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { DebianPackage } from './debian-packages.ts'
import type { NodeRuntime } from './node-runtime.ts'
import { libraries, type Platform } from './platform.ts'
import type { Entry } from './tar.ts'

/** The user of the image. Kubernetes needs a number to see that it is not root. */
export const user = 65_532

/** Where the program is in the image. */
export const entrypoint: readonly string[] = ['/usr/local/bin/node', '/opt/kubedoh/dist/main.mjs']

function file(path: string, bytes: Uint8Array | string, mode = 0o644): Entry {
  return { path, kind: 'file', mode, bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes }
}

function directory(path: string, mode = 0o755, owner = 0): Entry {
  return { path, kind: 'directory', mode, owner }
}

function link(path: string, target: string): Entry {
  return { path, kind: 'link', mode: 0o777, target }
}

/** The first layer: libraries, certificate authorities, users. Throws Error if no package has one of the libraries. */
export async function baseFiles(
  { triplet, interpreter }: Platform,
  packages: readonly DebianPackage[],
): Promise<Entry[]> {
  const names = [...libraries, basename(interpreter.target)]
  const found = names.map(async (name) =>
    file(`usr/lib/${triplet}/${name}`, await readFile(libraryIn(packages, triplet, name)), 0o755),
  )
  return [
    ...(await Promise.all(found)),
    link(interpreter.path, interpreter.target),
    link('lib', 'usr/lib'),
    link('lib64', 'usr/lib64'),
    ...(await aboutPackages(packages)),
    file('etc/ssl/certs/ca-certificates.crt', await authorities(packages)),
    file(
      'etc/passwd',
      `root:x:0:0:root:/:/sbin/nologin\nkubedoh:x:${user}:${user}:kubedoh:/:/sbin/nologin\n`,
    ),
    file('etc/group', `root:x:0:\nkubedoh:x:${user}:\n`),
    file('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
    file('etc/os-release', 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'),
    ...['dev', 'proc', 'sys', 'run', 'etc/kubedoh', 'usr/lib64'].map((path) => directory(path)),
    directory('tmp', 0o1777),
    directory('var/lib/kubedoh', 0o700, user),
  ]
}

function libraryIn(packages: readonly DebianPackage[], triplet: string, name: string): string {
  const places = packages.flatMap(({ dir }) =>
    ['lib', 'usr/lib'].map((parent) => join(dir, parent, triplet, name)),
  )
  const place = places.find((each) => existsSync(each))
  if (place === undefined) throw new Error(`no Debian package has ${name}`)
  return place
}

/** What scanners and licences need: the control file and the copyright of each package. */
async function aboutPackages(packages: readonly DebianPackage[]): Promise<Entry[]> {
  const entries = packages.map(async ({ name, control, dir }) => {
    const copyright = join('usr/share/doc', name, 'copyright')
    // That of libgcc-s1 and libstdc++6 is in gcc-12-base.
    const text = await readFile(join(dir, copyright)).catch(() => undefined)
    const status = file(`var/lib/dpkg/status.d/${name}`, control)
    return text ? [status, file(copyright, text)] : [status]
  })
  return (await Promise.all(entries)).flat()
}

/** All certificate authorities of Debian's package, in the order of their names, as update-ca-certificates writes them. */
async function authorities(packages: readonly DebianPackage[]): Promise<string> {
  const dir = packages.find(({ name }) => name === 'ca-certificates')?.dir ?? ''
  const mozilla = join(dir, 'usr/share/ca-certificates/mozilla')
  const files = (await readdir(mozilla)).toSorted()
  return (await Promise.all(files.map((each) => readFile(join(mozilla, each), 'utf8')))).join('')
}

/** The second layer: Node. */
export function nodeFiles({ program, license }: NodeRuntime): Entry[] {
  return [file('usr/local/bin/node', program, 0o755), file('usr/share/doc/node/LICENSE', license)]
}

/** The third layer: the bundle in `dist`, its package.json, the licences of the packages in it, the bill of materials. */
export async function commandFiles(
  root: string,
  dist: string,
  about: { readonly licenses: string; readonly sbom: string },
): Promise<Entry[]> {
  const names = (await readdir(dist)).toSorted()
  const bundle = names.map(async (name) => file(`opt/kubedoh/dist/${name}`, await readFile(join(dist, name))))
  return [
    ...(await Promise.all(bundle)),
    file('opt/kubedoh/package.json', await readFile(join(root, 'package.json'))),
    file('usr/share/doc/kubedoh/LICENSE', await readFile(join(root, 'LICENSE'))),
    file('usr/share/doc/kubedoh/third-party-licenses.txt', about.licenses),
    file('usr/share/doc/kubedoh/sbom.cdx.json', about.sbom),
  ]
}
