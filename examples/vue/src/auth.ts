import { createAuth } from 'token-guardian/vue'

export const auth = createAuth({ workerUrl: '/guardian-sw.js' })
