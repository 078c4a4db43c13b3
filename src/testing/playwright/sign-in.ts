import type { BrowserContext, Page } from '@playwright/test'

import type { AuthClientOptions } from '../../client/auth-client.ts'
import { serveClient } from './serve-client.ts'
import { createSession } from './sessions.ts'

export interface SignInOptions {
  /** Issuer of the development server. Default `http://localhost:4000`. */
  readonly authServer?: string
  /** What the app gives to `createAuthClient`, such as another `workerUrl`. */
  readonly client?: AuthClientOptions
  /** Milliseconds until it is given up. Default 15000. */
  readonly timeoutMs?: number
}

export const DEFAULT_AUTH_SERVER = 'http://localhost:4000'

declare global {
  interface Window {
    /** In pages that this module opens. */
    tokenGuardianTesting?: {
      /** Loads what drives the page. */
      readonly load: () => Promise<typeof import('./drive-page.ts')>
      /** How the sign-in went, once the page was asked. */
      outcome?: 'under-way' | 'signed-in' | { readonly failed: string }
      /** The last error that the client told. */
      heard?: string
    }
  }
}

/**
 * Signs a browser context in, as a user who has a session at the development server: the app's own worker (or its vault) runs the
 * whole code flow, and only the login page is skipped. It happens in a page of its own, which is closed at the end; open pages of the
 * app hear of it as of a sign-in in another tab.
 * @param app URL of a page of the app; it is loaded twice
 * @throws Error that says how far it came
 */
export async function signIn(
  context: BrowserContext,
  app: string,
  user: string,
  options: SignInOptions = {},
): Promise<void> {
  const { authServer = DEFAULT_AUTH_SERVER, client = {}, timeoutMs = 15_000 } = options
  const cookies = await createSession(authServer, user)
  await context.addCookies(cookies.map((cookie) => ({ ...cookie, url: authServer })))
  const { origin } = new URL(app)
  const { module, end } = await serveClient(context, origin)
  const page = await context.newPage()
  try {
    await page.addInitScript({
      content: `window.tokenGuardianTesting = { load: () => import('${module}') }`,
    })
    await page.goto(app)
    // An app that sends whoever is not signed in to the login page may be faster, and is as good.
    await page.evaluate(beginHere, client).catch(() => undefined)
    const step = { origin, authServer, client, user }
    const failure = await failureOf(page, step, timeoutMs)
    if (failure !== undefined) throw new Error(`“${user}” is not signed in: ${failure}`)
  } finally {
    await page.close()
    await end()
  }
}

/** Runs in the page. Does not wait: a page that is navigated away does not answer. */
function beginHere(client: AuthClientOptions): void {
  const { tokenGuardianTesting: testing } = window
  if (!testing) throw new Error('This page was not opened for a sign-in')
  testing.outcome = 'under-way'
  const set = (failed: string | undefined): void => {
    if (failed !== undefined) testing.outcome = { failed }
  }
  testing.load().then(
    async ({ begin }) => set(await begin(client)),
    (error: Error) => set(error.message),
  )
}

interface Step {
  readonly origin: string
  readonly authServer: string
  readonly client: AuthClientOptions
  readonly user: string
}

interface Outcome {
  readonly failed?: string
}

/** Waits for the end of a sign-in, through every page that it leads to. @returns why nobody is signed in, if so */
async function failureOf(page: Page, step: Step, timeout: number): Promise<string | undefined> {
  try {
    const outcome = await page.waitForFunction(lookHere, step, { timeout, polling: 20 })
    const { failed } = (await outcome.jsonValue()) as Outcome
    return failed
  } catch (error) {
    const heard = await page
      .evaluate(() => window.tokenGuardianTesting?.heard)
      .catch(() => undefined)
    throw new Error(
      `Nobody is signed in after ${timeout} ms; the page is ${page.url()}, and ${heard ?? 'told no error'}`,
      { cause: error },
    )
  }
}

/** Runs in whatever page it has come to. */
function lookHere({ origin, authServer, client, user }: Step): Outcome | false {
  // The server goes straight on, unless it has something to say.
  if (location.origin === new URL(authServer).origin) {
    return document.readyState === 'complete' && { failed: document.body.innerText }
  }
  const { tokenGuardianTesting: testing } = window
  if (location.origin !== origin || !testing) return false
  if (testing.outcome === undefined) {
    testing.outcome = 'under-way'
    const set = (failed: string | undefined): void => {
      testing.outcome = failed === undefined ? 'signed-in' : { failed }
    }
    testing.load().then(
      async ({ end }) => set(await end(client, user, (error) => (testing.heard = error))),
      (error: Error) => set(error.message),
    )
  }
  if (testing.outcome === 'under-way') return false
  return testing.outcome === 'signed-in' ? {} : testing.outcome
}
