import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { DebianPackage } from './debian-packages.ts'
import type { Platform } from './platform.ts'

type Bom = {
  serialNumber?: string
  readonly metadata: { timestamp?: string; readonly component: { name: string } }
  readonly components: object[]
}

/**
 * The bill of materials of an image (CycloneDX, JSON): the packages that `npm sbom` lists for `root` without development
 * dependencies, Node, and the Debian packages. It has no time and no serial number, so that it is the same for the same
 * content. Throws with npm's message.
 */
export async function billOfMaterials(
  root: string,
  { arch }: Platform,
  node: { readonly version: string },
  packages: readonly DebianPackage[],
): Promise<string> {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['sbom', '--sbom-format=cyclonedx', '--omit=dev', '--omit=optional', '--package-lock-only'],
    { cwd: root, maxBuffer: 1 << 26 },
  )
  const bom = JSON.parse(stdout) as Bom
  delete bom.serialNumber
  delete bom.metadata.timestamp
  // npm writes the name of the directory.
  bom.metadata.component.name = 'kubedoh'
  bom.components.push({
    ...{ type: 'application', name: 'node', version: node.version, 'bom-ref': `node@${node.version}` },
    cpe: `cpe:2.3:a:nodejs:node.js:${node.version}:*:*:*:*:*:*:*`,
    purl: `pkg:generic/node@${node.version}`,
  })
  for (const { name, version } of packages) {
    const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${arch}&distro=debian-12`
    bom.components.push({ type: 'library', name, version, 'bom-ref': purl, purl })
  }
  return `${JSON.stringify(bom, null, 2)}\n`
}
