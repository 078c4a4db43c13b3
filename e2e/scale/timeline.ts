/** Events in the order of their time: a binary heap. */
export class Timeline<Event> {
  readonly #heap: { readonly at: number; readonly event: Event }[] = []

  add(at: number, event: Event): void {
    const heap = this.#heap
    const entry = { at, event }
    let index = heap.length
    heap.push(entry)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]
      if (above === undefined || above.at <= at) break
      heap[index] = above
      index = parent
    }
    heap[index] = entry
  }

  next(): { readonly at: number; readonly event: Event } | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      let below = heap[child]
      const right = heap[child + 1]
      if (right !== undefined && below !== undefined && right.at < below.at) {
        child += 1
        below = right
      }
      if (below === undefined || below.at >= last.at) break
      heap[index] = below
      index = child
    }
    heap[index] = last
    return first
  }
}
