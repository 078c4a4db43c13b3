import type { Page } from '@playwright/test'

import { code, expect, status, test } from '../fixtures/app.ts'
import { runCard } from '../fixtures/attack-app.ts'
import { violations } from '../fixtures/axe.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'

const WIDTHS = [320, 768, 1280]
const SCHEMES = ['light', 'dark'] as const
const PANEL = '?guardian-debug'

/** Fails for everything that axe finds, and for what sticks out at the side, in both colour schemes and at every width. */
async function expectAccessible(page: Page, what: string): Promise<void> {
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 })
      const where = `${what}, ${colorScheme}, ${width} px`
      expect(await violations(page), where).toEqual([])
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(overflow, `${where}: pixels beside the screen`).toBe(0)
    }
  }
}

test('demo and panel pass axe in light and dark on every screen: signed out, signed in, after attacks, after an error', async ({
  page,
  app,
  startApp,
  signIn,
  control,
}) => {
  test.slow()
  const root = await buildOwnDemo('panel', app, { guardian: { developmentPanel: true } })
  const own = await startApp({ root })
  const panel = page.locator('token-guardian-panel')

  await page.goto(own.origin + PANEL)
  await expect(status(page)).toHaveText('signed-out')
  await expect(panel.getByText('none yet')).toBeVisible()
  await expectAccessible(page, 'signed out')

  await signIn(page, 'alice', own.origin + PANEL)
  await expect(panel.getByText('refresh due')).toBeVisible()
  await expectAccessible(page, 'signed in')

  // The page is under the panel, where no pointer gets to it.
  await page.keyboard.press('Escape')
  for (const id of ['read-every-storage', 'call-the-api']) await runCard(page, id)
  for (const details of await page.locator('#attacks summary').all()) await details.click()
  await panel.getByRole('button', { name: /^Guardian/ }).click()
  await panel.getByText('User and scope').click()
  await expectAccessible(page, 'after attacks')

  await panel.getByRole('button', { name: 'Close' }).click()
  await control.as.revoke('alice')
  await page.evaluate((url) => fetch(url).catch(() => undefined), `${own.apiOrigin}/v1/me`)
  await expect(code(page)).toHaveText('session-ended')
  await expectAccessible(page, 'after an error')
})

test('the pages of the vault and the offline page pass axe in light and dark', async ({
  page,
  app,
}) => {
  // What a browser without the vault's worker sees of them.
  await page.route('**/*.js', (route) => route.abort())
  for (const path of ['/404.html', '/auth/callback', '/popup.html']) {
    await page.goto(app.guardianOrigin + path)
    await expectAccessible(page, path)
  }
  await page.goto(`${app.origin}/offline.html`)
  await expectAccessible(page, 'offline.html')
})

test('the keyboard alone opens the panel, walks through it with the focus in sight, and closes it', async ({
  page,
  app,
  startApp,
}) => {
  const root = await buildOwnDemo('panel', app, { guardian: { developmentPanel: true } })
  const own = await startApp({ root })
  await page.goto(own.origin + PANEL)
  await expect(status(page)).toHaveText('signed-out')
  const panel = page.locator('token-guardian-panel')
  const close = panel.getByRole('button', { name: 'Close' })
  const toggle = panel.getByRole('button', { name: /^Guardian: signed-out/ })
  await panel.getByRole('button', { name: 'Copy timeline' }).focus()
  const seen: string[] = []
  for (let step = 0; step < 2; step += 1) {
    await page.keyboard.press('Tab')
    seen.push(await focused(page))
  }
  expect(seen).toEqual(['button Close 3px', 'group What the guardian does 3px'])
  await page.keyboard.press('Escape')
  await expect(toggle).toBeFocused()
  await expect(close).toBeHidden()
  await page.keyboard.press('Enter')
  await expect(close).toBeFocused()
  // The page behind goes on: this is no dialog.
  await page.getByRole('button', { name: 'Call API', exact: true }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('result')).not.toBeEmpty()
  await page.keyboard.press('Escape')
  await expect(close, 'closed from the page too').toBeHidden()
  await expect(page.getByRole('button', { name: 'Call API', exact: true })).toBeFocused()
  await page.reload()
  await expect(status(page)).toHaveText('signed-out')
  await expect(toggle, 'closed as it was left').toBeVisible()
})

/** Role, name and outline of what has the focus, also inside of the panel. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const host = document.activeElement
    const element = host?.shadowRoot?.activeElement ?? host
    if (!(element instanceof HTMLElement)) return 'nothing'
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    const role = element.role ?? element.localName
    const name = element.ariaLabel ?? element.textContent
    return `${role} ${name} ${outlineStyle === 'none' ? 'no outline' : outlineWidth}`
  })
}
