import { callApi, enterPassword, expect, signInButton, status, test } from '../fixtures/app.ts'

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
