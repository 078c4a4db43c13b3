import { expect, test } from 'vitest'
import { Lately } from './lately.ts'

test('a name is new once, until a hundred others came', () => {
  const lately = new Lately()
  const names = Array.from({ length: 100 }, (_, index) => String(index))
  expect(names.map((name) => lately.isNew(name))).not.toContain(false)
  expect(names.map((name) => lately.isNew(name))).not.toContain(true)
  expect(lately.isNew('more')).toBe(true)
  expect(lately.isNew('99')).toBe(false)
  expect(lately.isNew('0')).toBe(true)
})
