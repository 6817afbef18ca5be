/**
 * The short form of a digest for people: four words and a number (48 bits), e.g. `maple fox ember tide 40213`, for two people
 * or two screens to compare. Guards against mix-ups and a screen that shows another document; what is signed is the digest.
 */
import type { Digest } from './brand.ts';

/** 256 short English words; any two differ in their first three letters. The index of a word is one byte: never reorder. */
export const DIGEST_WORDS: readonly string[] = `
abacus academy acid acorn adobe agent airport alarm alley almond amber anchor angle apron arch armor atlas
attic aurora autumn avocado azure badge balcony bamboo banjo barrel basil beach berry bicycle biscuit blanket
blossom bonfire bottle boulder bread brick bronze bubble bucket buffalo butter cabin cactus camel canoe
carpet castle cavern cedar ceiling cello chalk cheetah chimney chorus cinema circus cliff clover cobalt
coconut compass copper cottage cousin coyote cradle cricket crystal cube curtain cushion cyclone cymbal
dagger daisy denim desert dinner doctor dolphin domino donkey dragon drizzle drum echo eclair elbow emerald
empire engine evening fabric feather fence fiction fiddle flame forest fossil fox freezer funnel galaxy
garden gazelle giant giraffe glacier glitter goblet gondola goose gorilla granite guitar guppy gymnast gypsum
hamster harvest helmet hippo hornet hotel hydrant iceberg igloo indigo inkwell insect invoice iris island
ivory jaguar jasmine jewel jigsaw journey juniper kayak kernel kidney kiosk kitten kiwi koala ladder lagoon
lantern lemon leopard lettuce library lilac lizard lobby luggage lyric magnet mailbox maple meadow mermaid
meteor mirror mosaic muffin museum napkin nectar needle nickel nomad nugget nursery nutmeg oatmeal obelisk
ocean octopus olive omelet onion opera orbit orchid oregano ostrich oyster pajama palace panda paper parrot
peacock pencil pickle pigeon pillow pirate poem potato pretzel puzzle pyramid quail queen quiche rabbit
raccoon raisin rhino ribbon river rubber safari sardine scarf school scooter seagull shampoo skate sketch
snowman spider sponge spruce stapler sugar summer sunset swan tadpole tailor teapot temple thimble thunder
tractor trumpet tulip turtle tuxedo typhoon ukulele unicorn vacuum vanilla village
`
  .trim()
  .split(/\s+/);

/** Every screen, console and CLI alike, computes these from the digest it computed itself. */
export function digestWords(digest: Digest): string {
  const hex = digest.slice('sha256:'.length);
  const byte = (place: number): number => Number.parseInt(hex.slice(place * 2, place * 2 + 2), 16);
  const words = [0, 1, 2, 3].map((place) => DIGEST_WORDS[byte(place)] ?? '');
  return `${words.join(' ')} ${String(byte(4) * 256 + byte(5)).padStart(5, '0')}`;
}
