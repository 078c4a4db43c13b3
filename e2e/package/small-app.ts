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

interface PageOptions {
  /** Of `createAuthClient`. */
  readonly client?: Readonly<Record<string, string>>
  /** What its module is imported from. Default: the package, for a bundler. */
  readonly module?: string
}

/** A page with a script, which speaks the demo's words. A dev server puts a changed `greeting.js` into it without a reload. */
export function smallPage(
  { apiOrigin }: App,
  { client = {}, module = 'token-guardian' }: PageOptions = {},
): Record<string, string> {
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
    'main.js': `import { createAuthClient } from '${module}'
import { greeting } from './greeting.js'

const auth = createAuthClient(${JSON.stringify(client)})
let greet = greeting
const show = () => {
  const { session } = auth
  document.querySelector('[role=status]').textContent =
    session.status === 'signed-in' ? greet(session.user.sub) : session.status
  document.querySelector('[data-testid=code]').textContent = session.code ?? ''
}
auth.on('session', show)
auth.on('error', ({ code }) => (document.querySelector('[data-testid=code]').textContent = code))
document.querySelector('#sign-in').onclick = () => auth.loginWithRedirect()
document.querySelector('#call').onclick = async () => {
  const result = document.querySelector('[data-testid=result]')
  result.textContent = ''
  const response = await fetch('${apiOrigin}/v1/me')
  result.textContent = JSON.stringify({ status: response.status, body: await response.json() })
}
import.meta.hot?.accept('./greeting.js', (changed) => {
  greet = changed.greeting
  show()
})
await auth.ready()
show()
`,
    'greeting.js': `export const greeting = (name) => 'signed-in as ' + name\n`,
  }
}
