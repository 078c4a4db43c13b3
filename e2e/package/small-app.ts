import type { GuardianConfig } from 'token-guardian/vite'

import type { App } from '../fixtures/app.ts'

/** What an app at the origins of a test is configured with. */
export function configOf({
  topology,
  origin,
  vaultOrigin,
  asOrigin,
  apiOrigin,
}: App): GuardianConfig {
  return {
    topology,
    ...(vaultOrigin !== undefined && { vaultOrigin, appOrigins: [origin] }),
    clients: { issuer: asOrigin, clientId: 'demo', scope: 'openid profile api:read' },
    resources: [{ url: `${apiOrigin}/v1/` }],
  }
}

/**
 * A page with a script, which speaks the demo's words.
 * @param options of `createAuthClient`, as the text of an expression
 */
export function smallPage({ apiOrigin }: App, options = ''): Record<string, string> {
  return {
    'index.html': `<!doctype html>
<title>Small app</title>
<link rel="icon" href="data:,">
<p role="status">starting</p>
<p data-testid="code"></p>
<button id="sign-in">Sign in</button>
<button id="call">Call API</button>
<p data-testid="result"></p>
<script type="module" src="/main.js"></script>
`,
    'main.js': `import { createAuthClient } from 'token-guardian'
import { greeting } from './greeting.js'

const auth = createAuthClient(${options})
const show = (session) => {
  const who = session.status === 'signed-in' ? greeting(session.user.sub) : ''
  document.querySelector('[role=status]').textContent = session.status + who
  document.querySelector('[data-testid=code]').textContent = session.code ?? ''
}
auth.on('session', show)
auth.on('error', ({ code }) => (document.querySelector('[data-testid=code]').textContent = code))
document.querySelector('#sign-in').onclick = () => auth.loginWithRedirect()
document.querySelector('#call').onclick = async () => {
  const response = await fetch('${apiOrigin}/v1/me')
  document.querySelector('[data-testid=result]').textContent = JSON.stringify({
    status: response.status,
    body: await response.json(),
  })
}
show(await auth.ready())
`,
    'greeting.js': `export const greeting = (name) => ' as ' + name\n`,
  }
}
