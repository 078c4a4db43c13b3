import { createAuth } from 'token-guardian/svelte'

export const auth = createAuth({ workerUrl: '/guardian-sw.js' })
