import { expect, test } from '../fixtures/attack-app.ts'

// The demo tells its visitors how each attack ends in either topology. Each project runs all of them in its own.
test('every attack of the lab ends as the lab says', async ({ page, app, signIn }) => {
  test.setTimeout(180_000)
  await signIn(page)
  await page.getByRole('button', { name: 'Run all' }).click()
  await expect(page.getByTestId('lab-summary')).toHaveText(/held/, { timeout: 150_000 })
  const listed = await page.locator('#attacks > li').count()
  expect(listed).toBeGreaterThan(15)
  const cards = await page.locator('#attacks > li[data-outcome]').evaluateAll((entries) =>
    entries.map((entry) => ({
      id: entry.getAttribute('data-testid'),
      expected: [...entry.querySelectorAll('.side-by-side > span')]
        .find(({ textContent }) => textContent.includes('(this demo)'))
        ?.querySelector('b')
        ?.getAttribute('data-outcome'),
      here: entry.querySelector('.side-by-side')?.textContent,
      outcome: entry.getAttribute('data-outcome'),
    })),
  )
  // All but the one that ends the session.
  expect(cards).toHaveLength(listed - 1)
  const name = app.topology === 'vault' ? 'Vault (this demo)' : 'Same origin (this demo)'
  for (const { id, expected, here, outcome } of cards) {
    expect(here, `${id}`).toContain(name)
    expect(outcome, `${id}`).toBe(expected)
  }
})
