/** Data that has not been read into a type yet. */
export type Loose = Readonly<Record<string, unknown>>;

export const isLoose = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object there, or an empty one: what is wrong with it the shape of the envelope says. */
export const looseAt = (value: unknown, name: string): Loose => {
  const found = isLoose(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return isLoose(found) ? found : {};
};
export const itemsAt = (value: unknown, name: string): readonly unknown[] => {
  const found = isLoose(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  const items: readonly unknown[] = Array.isArray(found) ? found : [];
  return items;
};
export const has = (value: unknown, name: string): boolean => isLoose(value) && Object.hasOwn(value, name);
