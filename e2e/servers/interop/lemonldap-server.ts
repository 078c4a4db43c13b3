import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { bind, type PortOption, type RunningServer } from '../running-server.ts'
import { startFront } from './front.ts'
import { IntrospectingApi } from './introspecting-api.ts'
import { appInPortal, writeConfiguration } from './lemonldap-configuration.ts'
import { LemonldapSessions } from './lemonldap-sessions.ts'
import { startPlackup, type Plackup } from './plackup.ts'

export interface LemonldapServerOptions {
  readonly port?: PortOption
  /** A public client that has to use PKCE. */
  readonly clientId: string
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  /** Origins that may call the API. The portal's own CORS knows one origin or all: here it is the package's default, all. */
  readonly apiCallers: readonly string[]
}

const psgiFile = fileURLToPath(new URL('lemonldap.psgi', import.meta.url))
/** What the app may ask for. */
const scope = 'openid profile email'
/** Of the first request: the portal reads its configuration and most of its code then. */
const ANSWER_MS = 10_000
const api = { clientId: 'api', clientSecret: randomBytes(16).toString('hex') }

/**
 * LemonLDAP::NG as the Debian package `liblemonldap-ng-portal-perl` has it, started with plackup, with its demonstration accounts:
 * `dwho`, `rtyler` and `msmith`, whose passwords are their names. `dwho` has agreed to the app's scopes before; the others are asked
 * once. Beside the portal, at `/api/me`, is an API that asks it about the tokens. Both stand behind a port of ours that counts,
 * disturbs and takes notes.
 *
 * Commands, besides those of {@link startFront}: `{ do: 'presented' }`, the tokens that the API got;
 * `{ do: 'refusals' }`, the errors of the token endpoint; `{ do: 'expire' }` ends the access tokens of today, `{ do: 'revoke' }` the
 * refresh tokens too, `{ do: 'expire-sessions' }` the sign-ins. A reset forgets all that and who else agreed.
 */
export async function startLemonldapServer(
  options: LemonldapServerOptions,
): Promise<RunningServer> {
  const listener = await bind(options.port ?? 0)
  const folder = await mkdtemp(join(tmpdir(), 'lemonldap-'))
  const { origin } = listener
  let portal: Plackup | undefined

  async function close(): Promise<void> {
    await listener.close()
    await portal?.end()
    await rm(folder, { recursive: true, force: true })
  }

  try {
    const { clientId, redirectUris, postLogoutRedirectUris } = options
    const { iniFile, sessions: sessionFolder } = await writeConfiguration(folder, {
      origin,
      clientId,
      redirectUris,
      postLogoutRedirectUris,
      api,
    })
    portal = await startPlackup({
      psgiFile,
      env: { LLNG_DEFAULTCONFFILE: iniFile },
      isReady: (port) => isPortalOf(origin, port),
    })
    const sessions = new LemonldapSessions(sessionFolder)
    sessions.agree('dwho', appInPortal, scope)
    const ofApi = new IntrospectingApi({
      ...api,
      introspectionEndpoint: `${origin}/oauth2/introspect`,
      callers: options.apiCallers,
    })
    let refusals: string[] = []
    const front = startFront({
      listener,
      port: portal.port,
      appOrigins: options.apiCallers,
      endSessionPath: '/oauth2/logout',
      answerItself: async (request, response) => {
        if (request.url?.startsWith('/api/') !== true) return false
        await ofApi.answer(request, response)
        return true
      },
      hear: (path, said) => {
        const error = path === '/oauth2/token' && (said as { readonly error?: unknown }).error
        if (typeof error === 'string') refusals.push(error)
      },
      onReset: () => {
        refusals = []
        ofApi.presented = []
        sessions.clear()
        sessions.agree('dwho', appInPortal, scope)
      },
      commands: {
        refusals: () => ({ refusals }),
        presented: () => ({ presented: ofApi.presented }),
        expire: () => sessions.forgetTokens('access_token'),
        revoke: () => sessions.forgetTokens('access_token', 'refresh_token'),
        'expire-sessions': () => sessions.endSignIns(),
      },
    })
    return { ...front, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The issuer has a slash at its end. */
async function isPortalOf(origin: string, port: number): Promise<boolean> {
  const signal = AbortSignal.timeout(ANSWER_MS)
  const address = `http://127.0.0.1:${port}/.well-known/openid-configuration`
  const response = await fetch(address, { signal })
  const { issuer } = (await response.json()) as { issuer?: unknown }
  return issuer === `${origin}/`
}
