import { fileURLToPath } from 'node:url'
import { bundleCommand } from './bundle.ts'

/* `npm run bundle`: the command as an image has it, in dist/. */
await bundleCommand(fileURLToPath(new URL('../dist', import.meta.url)))
