import assert from 'node:assert/strict'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { entries } from '../../../deploy/npm/entries.ts'
import { startScript } from '../../blackbox/command.ts'
import { quietWrangler } from '../../blackbox/workerd-edge.ts'
import { oldNode } from '../../cli/old-node.ts'
import { repositoryRoot } from '../../house/source.ts'
import { type Installed, installPackage } from './installed.ts'
import { printed, userProgram } from './user-program.case.ts'

let installed: Installed
before(async () => {
  installed = await installPackage()
})
after(() => installed.remove())

const inDir = (name: string): string => join(installed.dir, name)
const compiler = join(repositoryRoot, 'node_modules', 'typescript', 'bin', 'tsc')

/** The limits of the tarball in bytes: a sudden growth is noticed. */
const limits = { size: 1_300_000, unpackedSize: 4_300_000 }

test('the tarball is small, and has the command, the exports, their types, the pages and the licences', () => {
  const { size, unpackedSize, files } = installed.tarball
  assert.ok(size < limits.size, `the tarball has ${size} bytes`)
  assert.ok(unpackedSize < limits.unpackedSize, `the unpacked package has ${unpackedSize} bytes`)
  const paths = files.map(({ path }) => path)
  const tops = [...new Set(paths.map((path) => path.split('/')[0] ?? ''))].toSorted()
  assert.deepEqual(tops, [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'THIRD-PARTY-LICENSES.txt',
    'dist',
    'docs',
    'examples',
    'lib',
    'package.json',
    'types',
    'worker',
    'wrangler.toml',
  ])
  assert.deepEqual(
    paths.filter((path) => /\.(test|case)\.|(?<!\.d)\.ts$/.test(path)),
    [],
  )
})

test('the licences are those of every dependency', async () => {
  const text = await readFile(
    join(installed.dir, 'node_modules', 'kubedoh', 'THIRD-PARTY-LICENSES.txt'),
    'utf8',
  )
  const manifest = JSON.parse(await readFile(join(repositoryRoot, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  for (const [name, version] of Object.entries(manifest.dependencies))
    assert.ok(text.includes(`\n${name} ${version}\nLicense: `), `${name} ${version} is missing`)
})

test('from the installed package: token create, up with its sample objects, query, check', async (t) => {
  const { dir, bin, run } = installed
  const policy = join(dir, 'policy.yaml')
  const made = await run(
    'kubedoh',
    ...['token', 'create', 'laptop', '--policy', policy, '--cluster', 'local', '--namespaces', 'default'],
  )
  const token = made.stdout.trim()
  assert.match(token, /^local-[a-z2-7]+$/)
  const data = join(dir, 'data')
  const up = await startScript([
    ...[bin, 'up', '--policy', policy, '--listen', '127.0.0.1:0', '--data', data],
  ])
  t.after(() => up.stop())
  const ca = ['--ca', join(data, 'tls', 'ca.pem')]
  const url = `${up.url}/${token}`
  const asked = await run('kubedoh', 'query', '--url', url, ...ca, 'none-linuxea.default.svc.cluster.local')
  const addresses = [...asked.stdout.matchAll(/IN A\t(\S+)/g)].map(([, address = '']) => address)
  assert.deepEqual(addresses.toSorted(), ['172.16.1.42', '172.16.2.44', '172.16.3.46'])
  const name = ['--name', 'none-linuxea.default.svc.cluster.local']
  const checked = await run('kubedoh', 'check', url, ...ca, ...name)
  assert.match(checked.stdout, / 0 fail /)
})

test('npx runs the installed package', async () => {
  const { version } = JSON.parse(await readFile(join(repositoryRoot, 'package.json'), 'utf8')) as {
    version: string
  }
  const { stdout } = await installed.run('npx', '--offline', '--no', '--', 'kubedoh', '--version')
  assert.equal(stdout, `kubedoh ${version}\n`)
})

/** Puts a file, for the length of a test, where npm puts the Node that it installs with the package. */
async function placeNode(t: TestContext, place: (folder: string) => Promise<void>): Promise<void> {
  const folder = join(installed.dir, 'node_modules', `node-${process.platform}-${process.arch}`)
  await mkdir(join(folder, 'bin'), { recursive: true })
  t.after(() => rm(folder, { recursive: true }))
  await place(join(folder, 'bin', 'node'))
}

const old = oldNode()
const withoutOld = { skip: old === undefined && 'no Node older than 24.12 is installed' }

test('on an old Node, the installed command prints one line, exit code 2', withoutOld, async () => {
  await assert.rejects(
    installed.run(old ?? '', installed.bin, 'up'),
    ({ code, stderr }) =>
      code === 2 && /^kubedoh: needs Node 24\.12 or later, [^\n]*\n$/.test(String(stderr)),
  )
})

test(
  'on an old Node, the installed command runs on the Node that npm installed with it',
  withoutOld,
  async (t) => {
    // npm installs this optional dependency from the registry; here it is this process's Node.
    await placeNode(t, (file) => symlink(process.execPath, file))
    const { stdout } = await installed.run(old ?? '', installed.bin, '--version')
    assert.match(stdout, /^kubedoh \d/)
  },
)

test(
  'on an old Node, an installed Node that does not start is named in the one line',
  withoutOld,
  async (t) => {
    // On Alpine, the loader that the installed Node names does not exist.
    await placeNode(t, (file) => writeFile(file, '#!/nonexistent/ld-linux.so\n', { mode: 0o755 }))
    await assert.rejects(
      installed.run(old ?? '', installed.bin, '--version'),
      ({ code, stderr }) =>
        code === 2 &&
        /^kubedoh: needs Node 24\.12 [^\n]*bin\/node does not start [^\n]*\n$/.test(String(stderr)),
    )
  },
)

test('a TypeScript program with the exports passes the compiler, libraries checked as well, and runs', async () => {
  await writeFile(inDir('program.ts'), userProgram)
  await writeFile(
    inDir('tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false },
        ...{ target: 'es2024', lib: ['es2024'], module: 'nodenext', types: ['node'] },
        typeRoots: [join(repositoryRoot, 'node_modules', '@types')],
      },
      files: ['program.ts'],
    }),
  )
  await installed.run(process.execPath, compiler, '-p', '.')
  const { stdout } = await installed.run(process.execPath, 'program.ts')
  assert.equal(stdout, printed)
})

test('a wrong use of the exports does not pass the compiler', async () => {
  await writeFile(inDir('wrong.ts'), "import { nameFromText } from 'kubedoh/dns'\nnameFromText(1)\n")
  await assert.rejects(
    installed.run(
      ...[process.execPath, compiler, '--ignoreConfig', '--noEmit', '--module', 'nodenext', 'wrong.ts'],
    ),
    ({ stdout }) => /TS2345/.test(String(stdout)),
  )
})

test('JavaScript imports every subpath that runs outside of Cloudflare, and no other file', async () => {
  const subpaths = Object.keys(entries).filter((subpath) => subpath !== 'cloudflare')
  const lines = subpaths.map(
    (subpath) => `console.log(Object.keys(await import('kubedoh/${subpath}')).length > 5)`,
  )
  await writeFile(inDir('all.js'), lines.join('\n'))
  const { stdout } = await installed.run(process.execPath, 'all.js')
  assert.equal(stdout, 'true\n'.repeat(subpaths.length))
  await writeFile(inDir('inner.js'), "await import('kubedoh/lib/dns.mjs')")
  await assert.rejects(installed.run(process.execPath, 'inner.js'), ({ stderr }) =>
    /ERR_PACKAGE_PATH_NOT_EXPORTED/.test(String(stderr)),
  )
})

test('a Worker that re-exports kubedoh/cloudflare answers on workerd', async (t) => {
  await mkdir(inDir('node_modules/@cloudflare'))
  const types = '@cloudflare/workers-types'
  await symlink(join(repositoryRoot, 'node_modules', types), inDir(`node_modules/${types}`))
  await writeFile(inDir('worker.ts'), "export { default, RegisterObject } from 'kubedoh/cloudflare'\n")
  const strict = ['--strict', '--noEmit', '--skipLibCheck', '--module', 'nodenext', '--ignoreConfig']
  await installed.run(process.execPath, compiler, ...strict, '--types', types, 'worker.ts')
  const wrangler = {
    name: 'edge',
    main: 'worker.ts',
    compatibility_date: '2026-08-04',
    kv_namespaces: [{ binding: 'KV', id: '0'.repeat(32) }],
    durable_objects: { bindings: [{ name: 'REGISTER', class_name: 'RegisterObject' }] },
    migrations: [{ tag: 'v1', new_sqlite_classes: ['RegisterObject'] }],
    vars: { KUBEDOH_CONFIG: '{"public":true,"clusters":[]}' },
  }
  await writeFile(inDir('wrangler.json'), JSON.stringify(wrangler))
  quietWrangler()
  const { createTestHarness } = await import('wrangler')
  const harness = createTestHarness({ root: installed.dir, workers: [{ configPath: 'wrangler.json' }] })
  const { url } = await harness.listen()
  t.after(() => harness.close())
  const response = await fetch(`${url.origin}/dns-query?name=example.com&type=A`)
  assert.equal(((await response.json()) as { Status: number }).Status, 5)
})

test('init of the installed package writes a wrangler.toml that wrangler can deploy', async () => {
  const setup = ['--edge', 'cloudflare', '--host', 'dns.example.com', '--cluster', 'prod']
  await installed.run('kubedoh', 'init', ...setup)
  const wrangler = join(repositoryRoot, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
  const deploy = ['deploy', '--dry-run', '--config', 'kubedoh-setup/wrangler.toml', '--env', '']
  await installed.run(process.execPath, wrangler, ...deploy, '--outdir', 'deployed')
  assert.match(await readFile(inDir('deployed/worker.js'), 'utf8'), /RegisterObject/)
})
