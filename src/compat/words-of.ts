/** What a protocol parameter lists, with spaces between. */
export function wordsOf(text: string): string[] {
  return text.split(' ').filter((word) => word !== '')
}
