import {
  callApi,
  enterPassword,
  expect,
  signInButton,
  signOut,
  status,
  test,
} from '../fixtures/app.ts'
import { isReady } from '../fixtures/client-calls.ts'
import { everyTabSays } from '../fixtures/crowd.ts'
import { offerLateAnswers, releaseAnswers, untilHeld, untilTold } from '../fixtures/late-answers.ts'

test('two sign-ins at once in two tabs both complete', async ({ page, context, open, control }) => {
  const other = await context.newPage()
  await Promise.all([open(page), open(other)])
  // Both are at the server before either comes back.
  for (const tab of [page, other]) {
    await tab.bringToFront()
    await signInButton(tab).click()
    await expect(tab.getByLabel('Username')).toBeVisible()
  }
  for (const tab of [page, other]) {
    await tab.bringToFront()
    await enterPassword(tab)
    await expect(status(tab)).toHaveText('signed-in as alice')
  }
  const { codes } = await control.as.issued()
  expect(codes).toHaveLength(2)
  expect(await control.as.count('POST /token')).toBe(2)
  for (const tab of [page, other]) expect(await callApi(tab)).toMatchObject({ status: 200 })
})

test('every tab learns of a sign-in, of its end and of a sign-out', async ({
  page,
  context,
  open,
  signIn,
  control,
}) => {
  const other = await context.newPage()
  await open(other)
  await signIn(page)
  await expect(status(other)).toHaveText('signed-in as alice')
  await control.as.revoke('alice')
  await callApi(page)
  await expect(status(other)).toHaveText('interaction-required')
  await signIn(page)
  await expect(status(other)).toHaveText('signed-in as alice')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(status(other)).toHaveText('signed-out')
})

test('a sign-in that fails says so in its own tab', async ({ page, context, open }) => {
  const other = await context.newPage()
  await Promise.all([open(page), open(other)])
  await signInButton(page).click()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(status(page)).toHaveText('signed-out')
  await expect(page.getByTestId('code')).toHaveText('access-denied')
  await expect(status(other)).toHaveText('signed-out')
})

test('an answer that comes later than the event of a sign-out does not bring the session back', async ({
  page,
  context,
  app,
  signIn,
}) => {
  await signIn(page)
  const asking = await context.newPage()
  const starting = await context.newPage()
  await offerLateAnswers(asking, false)
  await offerLateAnswers(starting, true)
  await asking.goto(`${app.origin}/client.html`)
  await isReady(asking)
  await asking.evaluate(() => {
    window.holdsAnswers = true
    Object.assign(window, { user: window.client.getUser() })
  })
  await starting.goto(`${app.origin}/client.html`)
  await Promise.all([untilHeld(asking), untilHeld(starting)])

  await signOut(page, app)
  for (const tab of [asking, starting]) {
    await untilTold(tab, 'signed-out')
    await releaseAnswers(tab)
  }
  expect(await asking.evaluate(() => Reflect.get(window, 'user') as Promise<unknown>)).toBeNull()
  const started = await starting.evaluate(() => window.client.ready())
  expect(started.status).toBe('signed-out')
  await everyTabSays([asking, starting], 'signed-out')
})
