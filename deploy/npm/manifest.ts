import { declarationOf, entries } from './entries.ts'

/** The fields of the project's package.json that the published one is made from. */
export type ProjectManifest = {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly engines: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
  /** npm verifies it when a package is published with provenance. */
  readonly repository?: unknown
}

/** Only the types of `kubedoh/cloudflare` name it. */
const workersTypes = '@cloudflare/workers-types'

/**
 * The project's package.json → the one that is published. All code is bundled, so it has no dependencies except the
 * Nodes that the launcher falls back to. The project's own package.json is private, so that the sources are never published.
 */
export function packageManifest(project: ProjectManifest): Readonly<Record<string, unknown>> {
  const { name, version, description, license, engines, optionalDependencies, repository } = project
  const subpaths = Object.entries(entries).map(([subpath, { source }]) => [
    `./${subpath}`,
    { types: `./types/${declarationOf(source)}`, default: `./lib/${subpath}.mjs` },
  ])
  return {
    name,
    version,
    description,
    keywords: ['kubernetes', 'dns', 'doh', 'dns-over-https', 'service-discovery', 'cloudflare-workers'],
    license,
    ...(repository === undefined ? {} : { repository }),
    type: 'module',
    engines,
    bin: { [name]: 'dist/main.mjs' },
    exports: { ...Object.fromEntries(subpaths), './package.json': './package.json' },
    optionalDependencies,
    peerDependencies: { [workersTypes]: `>=${project.devDependencies[workersTypes] ?? ''}` },
    peerDependenciesMeta: { [workersTypes]: { optional: true } },
    publishConfig: { access: 'public', provenance: true },
  }
}
