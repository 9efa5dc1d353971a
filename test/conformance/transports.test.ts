import { recordedSuite } from './recorded-suite.ts'
import { startNodeOverAll } from './serve.ts'

recordedSuite('Node over UDP', async () => startNodeOverAll, true, 'udp')
recordedSuite('Node over TCP', async () => startNodeOverAll, true, 'tcp')
recordedSuite('Node over TLS', async () => startNodeOverAll, true, 'dot')
