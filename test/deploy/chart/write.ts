import { writeFile } from 'node:fs/promises'
import { openHelm } from './helm.ts'
import { staticManifest } from './static-manifest.ts'

/* Writes deploy/kubedoh.yaml: `npm run manifest`. */
const helm = await openHelm()
if (!helm) throw new Error('Go is not installed: helm is built with it')
await writeFile(new URL('../../../deploy/kubedoh.yaml', import.meta.url), await staticManifest(helm))
await helm.close()
