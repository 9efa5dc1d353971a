import { recordedSuite } from './recorded-suite.ts'
import { startNodeOverAll } from './serve.ts'

recordedSuite('Node over TLS', async () => startNodeOverAll, true, 'dot')
