import { onUnmounted, ref } from 'vue'

/** Counts down the seconds that the cloud side asks to wait. */
export function useWait() {
  const leftS = ref(0)
  let timer: ReturnType<typeof setTimeout> | undefined

  function wait(seconds: number): void {
    clearTimeout(timer)
    const untilMs = Date.now() + seconds * 1000
    const tick = () => {
      const leftMs = Math.max(0, untilMs - Date.now())
      leftS.value = Math.ceil(leftMs / 1000)
      if (leftMs > 0) timer = setTimeout(tick, leftMs % 1000 || 1000)
    }
    tick()
  }

  onUnmounted(() => clearTimeout(timer))
  return { leftS, wait }
}
