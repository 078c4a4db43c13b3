import { chromium, type Browser, type BrowserContext, type Page } from 'playwright'

import { chromiumPath } from '../fixtures/chromium-paths.ts'
import { isGuarded, perMode, type Mode } from './modes.ts'
import type { Stack } from './stack.ts'
import { tokenByHand } from './token-by-hand.ts'

/** One open page of a mode, and the headers that its own script has to set. */
export interface Tab {
  readonly page: Page
  readonly headers: Readonly<Record<string, string>>
}

export interface Bench {
  readonly stack: Stack
  readonly browser: Browser
  readonly context: BrowserContext
  readonly tabs: Readonly<Record<Mode, Tab>>
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** Opens a page per mode, ready to make API requests that succeed. */
export async function openTabs(stack: Stack, browser: Browser): Promise<Bench> {
  const context = await browser.newContext()
  const { apps, backend } = stack
  const token = await tokenByHand(
    backend.authorizationServer.origin,
    `${apps.direct.origin}/auth/callback`,
  )
  const tabs = await perMode(async (mode) => {
    const page = await context.newPage()
    await openPage(page, apps[mode].origin)
    if (isGuarded(mode)) await signIn(page, apps[mode].origin)
    const headers: Record<string, string> = isGuarded(mode)
      ? {}
      : { authorization: `Bearer ${token}` }
    return { page, headers }
  })
  return { stack, browser, context, tabs }
}

/** @returns what the page says of how it is covered */
export async function openPage(page: Page, origin: string): Promise<string> {
  await page.goto(origin)
  return page.evaluate(() => bench.ready())
}

async function signIn(page: Page, origin: string): Promise<void> {
  // Not awaited: the navigation may end the script before it answers.
  await page.evaluate(() => void bench.login())
  await page.getByLabel('Username').fill('bench')
  await page.getByLabel('Password').fill('bench')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${origin}/**`)
  const status = await page.evaluate(() => bench.ready())
  if (status !== 'signed-in') throw new Error(`The sign-in at ${origin} ended as ${status}`)
}
