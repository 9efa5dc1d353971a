import { fileURLToPath } from 'node:url'
import { bundleCommand } from './bundle.ts'

/* `npm run bundle`: bundles the command into dist/, as in the image. */
await bundleCommand(fileURLToPath(new URL('../dist', import.meta.url)))
