import { computed } from 'vue'

import type { ComputedRef, Ref } from 'vue'
import type { CaptchaPicture } from './answer'
import type { Texts } from './use-texts'

/** Sizes in em: 16 px is the usual size of words. */
const PX_PER_EM = 16
/** What looks like a field and can be hit with a finger. */
const [MIN_INPUT_PX, MAX_INPUT_PX] = [36, 60]

/** Sizes and names that follow the picture. It is enlarged together with words. */
export function useLooks(picture: Readonly<Ref<CaptchaPicture>>, texts: ComputedRef<Texts>) {
  const toEm = (px: number) => `${px / PX_PER_EM}em`
  return {
    boxSize: computed(() => `width:${toEm(picture.value.widthPx)};min-height:${toEm(picture.value.heightPx)}`),
    imageSize: computed(() => `width:${toEm(picture.value.widthPx)};height:${toEm(picture.value.heightPx)}`),
    /** as high as the picture beside it */
    inputSize: computed(() => {
      return `height:${toEm(Math.min(MAX_INPUT_PX, Math.max(MIN_INPUT_PX, picture.value.heightPx)))}`
    }),
    labels: computed(() => {
      const { isSum, tap } = picture.value
      const { label, placeholder, placeholderSum, image, imageSum, refused, refusedSum } = texts.value
      if (tap) {
        const { tapLabel, tapHint, refusedTap } = texts.value
        return { label: tapLabel, placeholder: tapHint, image: tapLabel, refused: refusedTap }
      }
      return isSum
        ? { label, placeholder: placeholderSum, image: imageSum, refused: refusedSum }
        : { label, placeholder, image, refused }
    }),
  }
}
