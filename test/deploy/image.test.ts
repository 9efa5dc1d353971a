import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type ImageFiles, imageOf } from '../../deploy/image/image.ts'
import { imageConfig } from '../../deploy/image/image-config.ts'
import { writeLayout } from '../../deploy/image/layout.ts'
import { platforms } from '../../deploy/image/platform.ts'
import { writeRoot } from '../../deploy/image/write-root.ts'
import { output, skipWithout } from '../clients/program.ts'

/* The image, built without an engine. test/cluster/chart.test.ts runs it as the chart does. */

const root = fileURLToPath(new URL('../..', import.meta.url))
const platform = platforms[process.arch === 'arm64' ? 'arm64' : 'amd64']

let dir: string
let first: { readonly image: ImageFiles; readonly digest: string } | undefined
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-image-'))
  if (existsSync('/usr/bin/apt-get')) first = await build('first')
})
after(() => rm(dir, { recursive: true }))

/** Builds the image of this platform, as a layout in `dir`/NAME; `digest` is that of its index. */
async function build(name: string): Promise<{ image: ImageFiles; digest: string }> {
  const image = await imageOf(platform, root, join(dir, `${name}-files`))
  return { image, digest: await writeLayout(join(dir, name), [image], await imageConfig(root)) }
}

/** The image, or undefined after the test was skipped. */
function built(t: TestContext): typeof first {
  if (!first) t.skip('the libraries of the image come from Debian: no apt-get')
  return first
}

test('two builds have the same digest', async (t) => {
  const image = built(t)
  if (image) assert.equal((await build('second')).digest, image.digest)
})

test('skopeo reads the layout, and umoci unpacks it to a root file system from which the command runs', async (t) => {
  if (!built(t)) return
  const skip = (await skipWithout('skopeo')) || (await skipWithout('umoci'))
  if (skip) return t.skip(skip)
  const config = await imageConfig(root)
  const layout = `oci:${join(dir, 'first')}:${config.tag}`
  const inspected = JSON.parse(await output('skopeo', ['inspect', layout])) as Record<string, unknown>
  assert.equal(inspected.Architecture, platform.arch)
  assert.deepEqual(inspected.Labels, config.annotations)
  const bundle = join(dir, 'bundle')
  const image = `${join(dir, 'first')}:${config.tag}-${platform.arch}`
  const isRoot = process.getuid?.() === 0
  await output('umoci', ['unpack', ...(isRoot ? [] : ['--rootless']), '--image', image, bundle])
  const files = join(bundle, 'rootfs')
  for (const program of ['bin/sh', 'usr/bin/sh', 'bin/busybox', 'usr/bin/dpkg'])
    assert.ok(!existsSync(join(files, program)), program)
  if (!isRoot) return t.skip('chroot needs root')
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const command = ['--userspec=65532:65532', files, ...config.entrypoint, '--version']
  assert.equal(await output('chroot', command), `kubedoh ${version}\n`)
})

test('the bill of materials has Node, glibc and all dependencies', async (t) => {
  const image = built(t)?.image
  if (!image) return
  const entries = image.layers.flatMap((layer) => layer.entries)
  const entry = entries.find(({ path }) => path.endsWith('sbom.cdx.json'))
  assert.ok(entry?.kind === 'file')
  const bom = JSON.parse(Buffer.from(entry.bytes).toString()) as {
    bomFormat: string
    components: { name: string; version: string }[]
  }
  assert.equal(bom.bomFormat, 'CycloneDX')
  const names = bom.components.map(({ name }) => name)
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  for (const name of ['node', 'libc6', 'libstdc++6', ...Object.keys(manifest.dependencies)])
    assert.ok(names.includes(name), `${name} is missing`)
  assert.ok(!names.includes('typescript'))
})

test('the Dockerfile has the user, command, environment and labels of the image', async () => {
  const text = (await readFile(join(root, 'deploy/Dockerfile'), 'utf8')).replaceAll('\\\n', '')
  const { user, entrypoint, env, annotations } = await imageConfig(root)
  const line = (word: string): string => new RegExp(`^${word} (.*)$`, 'm').exec(text)?.[1] ?? ''
  assert.equal(line('USER'), user)
  assert.deepEqual(JSON.parse(line('ENTRYPOINT')), entrypoint)
  assert.deepEqual(line('ENV').split(/\s+/), env)
  const labels = [...line('LABEL').matchAll(/(\S+)="([^"]*)"/g)].map(([, key, value]) => [key, value])
  const { 'org.opencontainers.image.created': _, ...same } = annotations
  assert.deepEqual(Object.fromEntries(labels), same)
})

const qemu = 'qemu-aarch64-static'

test('the image of arm64 starts under qemu', async (t) => {
  if (!built(t)) return
  const found = await promisify(execFile)('which', [qemu]).catch(() => undefined)
  if (!found && process.env.CI === 'true') assert.fail(`CI must have ${qemu}`)
  if (!found) return t.skip(`${qemu} is not installed`)
  const image = await imageOf(platforms.arm64, root, join(dir, 'arm64'))
  const files = join(dir, 'arm64-root')
  await writeRoot(files, image.layers)
  const command = [join(files, 'usr/local/bin/node'), join(files, 'opt/kubedoh/dist/main.mjs'), '--version']
  assert.match(await output(qemu, ['-L', files, ...command]), /^kubedoh \d/)
})
