import { findSecrets, signOut, status } from '../fixtures/app.ts'
import { expect, test } from '../fixtures/attack-app.ts'
import { askGuardian } from '../fixtures/ask-guardian.ts'

test('a sign-out ends the server’s session with a hint that no page sees', async ({
  page,
  context,
  app,
  open,
  signIn,
  control,
  secrets,
  everythingReachable,
}) => {
  const spy = await context.newPage()
  await open(spy, app.origin)
  await signIn(page)
  const asked = page.waitForRequest((request) =>
    request.url().startsWith(`${app.asOrigin}/logout?`),
  )
  await signOut(page, app)
  const hint = new URL((await asked).url()).searchParams.get('id_token_hint')
  expect((await control.as.issued()).idTokens).toContain(hint)
  await expect(status(spy)).toHaveText('signed-out')
  // The state of a sign-out is the name of its errand, which pages know and which opens nothing.
  const known = (await secrets()).filter(({ name }) => name !== 'states[1]')
  for (const tab of [page, spy]) {
    expect(findSecrets(await everythingReachable(tab), known)).toEqual([])
  }
})

test('script that sends the sign-out into a frame, an object or a popup sees no hint', async ({
  page,
  context,
  signIn,
  startWeak,
  secrets,
  everythingReachable,
}) => {
  const target = await startWeak({
    protections: { csp: false },
    without: ['cross-origin-opener-policy'],
  })
  await signIn(page, 'alice', target.origin)
  const { value } = await askGuardian(page, { type: 'begin-logout' })
  const url = new URL(String(value?.['url']), target.origin).href
  await page.evaluate(async (path) => {
    for (const [tag, attribute] of [
      ['iframe', 'src'],
      ['object', 'data'],
      ['embed', 'src'],
    ] as const) {
      const element = document.createElement(tag)
      element.setAttribute(attribute, path)
      document.body.append(element)
    }
    await fetch(path, { redirect: 'manual' }).catch(() => undefined)
  }, url)
  const opening = context.waitForEvent('page')
  const seen = await page.evaluateHandle(async (path) => {
    const places: string[] = []
    const popup = window.open(path)
    const look = (): void => {
      for (const target of [popup, ...Array.from({ length: window.length }, (_, i) => window[i])]) {
        try {
          places.push(
            target?.location.href ?? '',
            ...(target?.navigation.entries() ?? []).map((entry) => entry.url ?? ''),
          )
        } catch {
          // of another origin at the moment
        }
      }
    }
    const timer = setInterval(look, 2)
    return { places, stop: () => clearInterval(timer) }
  }, url)
  const popup = await opening
  await popup.waitForURL(`${target.origin}/`)
  const places = await seen.evaluate(({ places: found, stop }) => {
    stop()
    return found.join('\n')
  })
  const known = (await secrets()).filter(({ name }) => name !== 'states[1]')
  expect(findSecrets(places, known)).toEqual([])
  expect(places).not.toContain('id_token_hint')
  expect(findSecrets(await everythingReachable(page), known)).toEqual([])
})

test('bites: a page that navigates to the server itself shows the hint to whoever watches navigations', async ({
  page,
  app,
  signIn,
  control,
  secrets,
  everythingReachable,
}) => {
  await signIn(page)
  const [hint] = (await control.as.issued()).idTokens
  // What a library without a worker does: the address of the sign-out is made in the page.
  await page.evaluate((url) => location.assign(url), `${app.asOrigin}/logout?id_token_hint=${hint}`)
  await page.waitForURL(`${app.asOrigin}/**`)
  await page.goto(app.origin)
  const found = findSecrets(await everythingReachable(page), await secrets())
  expect(found).toContain('idTokens[0] (plain)')
})
