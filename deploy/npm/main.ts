import { fileURLToPath } from 'node:url'
import { stagePackage } from './stage.ts'

/* `npm run package`: writes the npm package into dist/npm, for `npm pack ./dist/npm` and `npm publish ./dist/npm`. */
await stagePackage(fileURLToPath(new URL('../../dist/npm', import.meta.url)))
