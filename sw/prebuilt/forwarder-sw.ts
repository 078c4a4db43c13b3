import { installForwarder } from '../vault/forwarder.ts'
import { startWorker } from './start-worker.ts'
import type { PrebuiltScope } from './worker-config.ts'

declare const self: PrebuiltScope

// A quarter of the size, for apps of which the topology is known when it is baked.
startWorker(self, () => installForwarder)
