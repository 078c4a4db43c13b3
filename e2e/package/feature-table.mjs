// Writes docs/features.md: what works with which authorization server, and the spec that shows it, found by the title of its test.
// `--check` fails when the file is not up to date. A feature without a spec, or a title that no test has, fails always.
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'

const FILE = 'docs/features.md'
const FOLDERS = ['e2e/specs', 'e2e/specs-engines']

/** Of a spec: its file without `.spec.ts`, and how the title of a test in it begins. Columns stand in this order. */
const PROVIDER = 'oidc-provider'
const INTASTELLAR = 'Intastellar'
const INTELLIAUTH = 'IntelliAuth'
const MAGIC_LINK = 'Magic link'
const GATEWAY = 'Provider and gateway'
const PLAIN = 'Plain OAuth 2'
const DJANGO = 'django-oauth-toolkit'
const LEMON = 'LemonLDAP::NG'
const SERVERS = [PROVIDER, DJANGO, LEMON, INTASTELLAR, INTELLIAUTH, MAGIC_LINK, GATEWAY, PLAIN]

/** Declares tests of every server, in the specs that call it. */
const PROMISES = { call: 'interopPromises(', file: 'e2e/fixtures/interop-promises.ts' }

const spec = {
  provider: (title) => ['interop-oidc-provider', title],
  django: (title) => ['interop-django', title],
  lemon: (title) => ['interop-lemonldap', title],
  intastellar: (title) => ['seed-intastellar', title],
  intelliAuth: (title) => ['seed-intelliauth', title],
  magicLink: (title) => ['seed-magic-link', title],
  gateway: (title) => ['seed-provider-and-gateway', title],
  plain: (title) => ['seed-plain-oauth', title],
}

const FEATURES = {
  'Sign-in by redirect, code flow with PKCE': {
    [PROVIDER]: ['sign-in-query', 'query'],
    [DJANGO]: spec.django('a sign-in by redirect'),
    [LEMON]: spec.lemon('a sign-in by redirect'),
    [INTASTELLAR]: spec.intastellar('sign-in, refresh and sign-out by full-page redirect'),
    [INTELLIAUTH]: spec.intelliAuth('two sign-ins at once'),
    [MAGIC_LINK]: spec.magicLink('one-click sign-in'),
    [GATEWAY]: spec.gateway('the user consents once'),
    [PLAIN]: spec.plain('a service without discovery and ID Token'),
  },
  'Sign-in by popup': {
    [PROVIDER]: ['sign-in-popup', 'a sign-in by popup closes it'],
    [INTASTELLAR]: spec.intastellar('a popup shows the login'),
  },
  'Login never in a frame': {
    [INTASTELLAR]: spec.intastellar('a sign-in by redirect is refused before anybody is asked'),
  },
  'Login link by mail, opened in a new tab': {
    [MAGIC_LINK]: spec.magicLink('a login link signs in from a new tab'),
  },
  'Response in the fragment': {
    [PROVIDER]: ['sign-in-fragment', 'fragment'],
    [MAGIC_LINK]: spec.magicLink('a login link signs in from a new tab'),
  },
  'Response by form_post': { [PROVIDER]: ['sign-in-form-post', 'form_post'] },
  'Signed response (JARM)': { [PROVIDER]: ['jarm', 'a response that is signed by'] },
  'Pushed request (PAR)': { [PROVIDER]: ['par', 'a pushed request leaves'] },
  'Pushed request that the server demands': {
    [PROVIDER]: spec.provider('requests are pushed because the server demands it'),
  },
  'Authorization details (RAR), resource indicator': {
    [PROVIDER]: ['authorization-details', 'authorization details and the resource'],
  },
  'A token for each API (RFC 8707), of less scope': {
    [PROVIDER]: ['token-per-api', 'each of two APIs gets a token of its own'],
  },
  'Tokens bound to a key (DPoP), nonces': {
    [PROVIDER]: ['dpop-nonces', 'nonces that both servers demand'],
  },
  'A downgrade from DPoP to Bearer is refused': {
    [PROVIDER]: ['dpop-downgrade', 'a sign-in that is answered with a bearer token'],
  },
  'Metadata by discovery': {
    [PROVIDER]: ['sign-in-query', 'query'],
    [GATEWAY]: spec.gateway('ID Tokens are checked'),
  },
  'Metadata from the configuration': {
    [DJANGO]: spec.django('a sign-in by redirect'),
    [INTASTELLAR]: spec.intastellar('sign-in, refresh'),
    [INTELLIAUTH]: spec.intelliAuth('two sign-ins at once'),
    [MAGIC_LINK]: spec.magicLink('a login link signs in'),
    [PLAIN]: spec.plain('a service without discovery and ID Token'),
  },
  'ID Token checked, with keys that rotate': {
    [GATEWAY]: spec.gateway('ID Tokens are checked with the keys of today'),
  },
  'No ID Token at all': { [PLAIN]: spec.plain('a service without discovery and ID Token') },
  'Claims from UserInfo': { [PROVIDER]: ['userinfo', 'claims of UserInfo'] },
  'Claims beside the tokens': { [MAGIC_LINK]: spec.magicLink('claims about somebody else') },
  Consent: {
    [DJANGO]: spec.django('a sign-in by redirect'),
    [LEMON]: spec.lemon('after a consent'),
    [GATEWAY]: spec.gateway('the user consents once'),
  },
  'Denial is a typed error': {
    [PROVIDER]: ['two-identity-providers', 'a sign-in that fails'],
    [DJANGO]: spec.django('a user who denies'),
    [LEMON]: spec.lemon('a user who is asked for consent and refuses'),
    [GATEWAY]: spec.gateway('a user who does not consent'),
    [PLAIN]: spec.plain('a user who denies'),
  },
  'Back to where the sign-in began': {
    [PROVIDER]: ['sign-in-options', 'a sign-in ends at returnTo'],
    [MAGIC_LINK]: spec.magicLink('the page that asked may be gone'),
    [PLAIN]: spec.plain('a service without discovery and ID Token'),
  },
  'prompt=none': { [PROVIDER]: ['prompt-none', 'prompt=none that succeeds'] },
  'Several sign-ins at once': {
    [PROVIDER]: ['tabs-share-one-session', 'two sign-ins at once in two tabs'],
    [INTELLIAUTH]: spec.intelliAuth('two sign-ins at once in one browser'),
  },
  'Several authorization servers in one app': {
    [PROVIDER]: ['two-identity-providers', 'two clients of one page'],
  },
  'Refresh at expiry, once for all': {
    [PROVIDER]: ['refresh-at-expiry', '8 tabs with 25 calls each on an expired token'],
    [DJANGO]: spec.django('when the access token is over'),
    [LEMON]: spec.lemon('a refresh brings no refresh token'),
    [INTELLIAUTH]: spec.intelliAuth('tokens are refreshed in silence'),
    [GATEWAY]: spec.gateway('tokens are refreshed until'),
  },
  'Refresh after a 401, with one replay': {
    [PROVIDER]: ['refresh-after-401', 'a 401 with invalid_token'],
    [DJANGO]: spec.django('a sign-in by redirect gives the API its token'),
    [LEMON]: spec.lemon('a token that the API refuses'),
    [INTELLIAUTH]: spec.intelliAuth('tokens are refreshed in silence'),
  },
  'Refresh tokens that do not rotate': {
    [PROVIDER]: spec.provider('bearer tokens, refresh tokens that do not rotate'),
  },
  'No ID Token in a refresh': {
    [DJANGO]: spec.django('when the access token is over'),
  },
  'Refresh survives faults of the server': {
    [PROVIDER]: ['refresh-faults', 'a server that is down for 60 s'],
    [DJANGO]: spec.django('when the access token is over'),
  },
  'The server asks for the user: interaction-required': {
    [PROVIDER]: ['refresh-faults', 'a revoked grant ends the session'],
    [DJANGO]: spec.django('a refresh token that the server takes no more'),
    [LEMON]: spec.lemon('${what} (${oauthError}) ends the session'),
    [GATEWAY]: spec.gateway('tokens are refreshed until the provider wants to see the user'),
    [PLAIN]: spec.plain('when the token is over'),
  },
  'Step-up (RFC 9470)': { [PROVIDER]: ['step-up', 'an API’s demand'] },
  'Why an API refuses (RFC 9728)': {
    [PROVIDER]: ['step-up', 'a token that the API refuses also after a refresh'],
  },
  'Sign-out with revocation': {
    [PROVIDER]: ['logout', 'a sign-out ends the session here'],
    [DJANGO]: spec.django('a sign-out ends the session'),
  },
  'Sign-out at the server by redirect': {
    [LEMON]: spec.lemon('a sign-out ends the session'),
    [PROVIDER]: ['logout', 'a sign-out ends the session here'],
    [INTASTELLAR]: spec.intastellar('sign-in, refresh and sign-out'),
  },
  'Sign-out of Auth0 and Cognito': { [PROVIDER]: ['logout-variants', 'a sign-out at'] },
  'No secret in reach of the page': {
    [PROVIDER]: ['attacks-01-no-secret-in-reach', 'signed in, after a refresh'],
    [DJANGO]: spec.django('a sign-in by redirect'),
    [LEMON]: spec.lemon('a sign-in by redirect'),
    [INTASTELLAR]: spec.intastellar('sign-in, refresh and sign-out'),
    [INTELLIAUTH]: spec.intelliAuth('two sign-ins at once'),
    [MAGIC_LINK]: spec.magicLink('a login link signs in'),
    [GATEWAY]: spec.gateway('the user consents once'),
    [PLAIN]: spec.plain('a service without discovery'),
  },
  'ID Token and refresh token never reach an API': {
    [GATEWAY]: spec.gateway('the user consents once; the gateway gets the access token'),
  },
  'Pitfall: token endpoint without CORS': {
    [INTASTELLAR]: spec.intastellar('a token endpoint without CORS'),
  },
  'Pitfall: a secret is wanted': { [INTASTELLAR]: spec.intastellar('a client that is not public') },
  'Pitfall: redirect URI that is not registered to the letter': {
    [PROVIDER]: spec.provider('a user who denies'),
    [DJANGO]: spec.django('a user who denies'),
    [LEMON]: spec.lemon('a redirect URI that is not registered'),
    [INTELLIAUTH]: spec.intelliAuth('a redirect URI that the token endpoint does not take'),
  },
  'Pitfall: a code that comes twice': {
    [PROVIDER]: ['sign-in-query', 'query'],
    [INTELLIAUTH]: spec.intelliAuth('a code is exchanged once'),
    [MAGIC_LINK]: spec.magicLink('the link works once'),
  },
  'Pitfall: a state that nobody here waits for': {
    [PLAIN]: spec.plain('a response with a state of nobody here'),
  },
  'Pitfall: the implicit flow': { [PLAIN]: spec.plain('a token in the fragment') },
}

const texts = await readSpecs()
const page = [
  '# What works with which authorization server',
  '',
  '<!-- Written by `node e2e/package/feature-table.mjs` from the titles of tests. -->',
  '',
  'Each entry is a test in a real browser. All run with a vault; on one origin run those that do not differ in what apps and servers ask for alone ([topologies.ts](../e2e/fixtures/topologies.ts)). `oidc-provider` is the server of the demo, django-oauth-toolkit and LemonLDAP::NG come from Debian ([e2e/servers/interop](../e2e/servers/interop)); the other five behave as the documents do that the project began with, and are in [e2e/servers/seeds](../e2e/servers/seeds).',
  '',
  `| Feature | ${SERVERS.join(' | ')} |`,
  `|---|${SERVERS.map(() => '---|').join('')}`,
  ...Object.entries(FEATURES).map(
    ([feature, by]) =>
      `| ${feature} | ${SERVERS.map((server) => cell(feature, by[server])).join(' | ')} |`,
  ),
  '',
].join('\n')

for (const [feature, by] of Object.entries(FEATURES)) {
  if (Object.keys(by).length === 0) throw new Error(`There is no spec for: ${feature}`)
}
if (!process.argv.includes('--check')) {
  await mkdir('docs', { recursive: true })
  await writeFile(FILE, page)
} else if (squeeze(page) !== squeeze(await readFile(FILE, 'utf8').catch(() => ''))) {
  console.error(`${FILE} is out of date: run \`node e2e/package/feature-table.mjs\``)
  process.exit(1)
}

function cell(feature, entry) {
  if (entry === undefined) return ''
  const [name, title] = entry
  const { file, text } = texts.get(name) ?? {}
  if (text === undefined) throw new Error(`There is no spec ${name}, for: ${feature}`)
  // The text of a test's title, or of the argument of a function that declares the tests of a file.
  if (!["'", '"', '`'].some((quote) => text.includes(`(${quote}${title}`))) {
    throw new Error(`No test in ${file} has a title that begins with "${title}", for: ${feature}`)
  }
  return `[${name}](../${file})`
}

/** By the name of the file, each with what it says; line breaks between a call and its first argument do not count. */
async function readSpecs() {
  const promises = await readFile(PROMISES.file, 'utf8')
  const found = new Map()
  for (const folder of FOLDERS) {
    for (const name of await readdir(folder)) {
      const file = `${folder}/${name}`
      const own = await readFile(file, 'utf8')
      const text = own.includes(PROMISES.call) ? own + promises : own
      found.set(name.replace('.spec.ts', ''), { file, text: text.replaceAll(/\(\s+/g, '(') })
    }
  }
  return found
}

/** The formatter pads tables; the words are what counts. */
function squeeze(text) {
  return text.replaceAll(/[\s-]+/g, ' ')
}
