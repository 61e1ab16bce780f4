import { onUnmounted, ref } from 'vue'

/** Counts down the seconds that the cloud side asks to wait. */
export function useWait() {
  const remainingS = ref(0)
  let timer: ReturnType<typeof setTimeout> | undefined

  function wait(seconds: number): void {
    clearTimeout(timer)
    const untilMs = Date.now() + seconds * 1000
    const tick = () => {
      const remainingMs = Math.max(0, untilMs - Date.now())
      remainingS.value = Math.ceil(remainingMs / 1000)
      if (remainingMs > 0) timer = setTimeout(tick, remainingMs % 1000 || 1000)
    }
    tick()
  }

  onUnmounted(() => clearTimeout(timer))
  return { remainingS, wait }
}
