import { recordedSuite } from './recorded-suite.ts'
import { workerdStarter } from './serve.ts'

recordedSuite('workerd', workerdStarter, false)
