import { createAuthClient } from 'token-guardian'
import { install } from './page.ts'

const client = createAuthClient()
install({
  ready: async () => (await client.ready()).status,
  // Also the second sign-in of a run sees the login page.
  login: () => client.loginWithRedirect({ prompt: 'login' }),
})
