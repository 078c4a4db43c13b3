import {
  test as base,
  type PlaywrightTestArgs,
  type PlaywrightTestOptions,
  type PlaywrightWorkerArgs,
  type PlaywrightWorkerOptions,
  type TestType,
} from '@playwright/test'

import { endSessions } from './sessions.ts'
import { DEFAULT_AUTH_SERVER, signIn, type SignInOptions } from './sign-in.ts'

export { endSessions } from './sessions.ts'
export { signIn, type SignInOptions } from './sign-in.ts'

/** For `use` of a Playwright configuration or of `test.use`. */
export interface TokenGuardianOptions {
  readonly tokenGuardian: SignInOptions
}

export interface TokenGuardianFixtures {
  /**
   * Signs the test's browser context in, without the login page: any user name will do. `baseURL` is the app, if no page of it is
   * given. Open pages hear of it as of a sign-in in another tab.
   */
  readonly signIn: (user: string, app?: string) => Promise<void>
  /** Ends what a user has at the server: the next refresh is refused. */
  readonly revoke: (user: string) => Promise<void>
}

/** `test` of Playwright with what signs users in at the development server. Joins others by `mergeTests`. */
export const test: TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & TokenGuardianOptions & TokenGuardianFixtures,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions
> = base.extend<TokenGuardianOptions & TokenGuardianFixtures>({
  tokenGuardian: [{}, { option: true }],

  signIn: async ({ context, baseURL, tokenGuardian }, use) => {
    await use(async (user, app = baseURL) => {
      if (app === undefined) throw new Error('Say where the app is: set “baseURL”, or give its URL')
      await signIn(
        context,
        baseURL === undefined ? app : new URL(app, baseURL).href,
        user,
        tokenGuardian,
      )
    })
  },

  revoke: async ({ tokenGuardian: { authServer = DEFAULT_AUTH_SERVER } }, use) => {
    await use((user) => endSessions(authServer, user))
  },
})
