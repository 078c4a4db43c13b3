import { installGuardian } from '../host/install-guardian.ts'
import { installForwarder } from '../vault/forwarder.ts'
import { startWorker } from './start-worker.ts'
import type { PrebuiltScope } from './worker-config.ts'

declare const self: PrebuiltScope

// For either topology: what it is for is known when its configuration is.
startWorker(self, (topology) => (topology === 'vault' ? installForwarder : installGuardian))
