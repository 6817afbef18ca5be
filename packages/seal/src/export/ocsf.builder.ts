/** Holds an event against the facts of the schema in `fixtures/`: what is unknown, missing, of another type or in no closed list. */
interface Attribute {
  readonly type: string;
  readonly isList?: boolean;
  readonly isRequired?: boolean;
  /** Only with this profile. */
  readonly profile?: string;
  readonly enum?: readonly (number | string)[];
}
interface Described {
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly atLeastOne?: readonly string[];
}
export interface OcsfSchema {
  readonly version: string;
  readonly commit: string;
  readonly types: Readonly<Record<string, string>>;
  readonly classes: Readonly<Record<string, Described & { readonly profiles: readonly string[] }>>;
  readonly objects: Readonly<Record<string, Described>>;
}
type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every complaint at once, each with the place. */
export function ocsfComplaints(schema: OcsfSchema, event: Json): readonly string[] {
  const found = schema.classes[String(event['class_uid'])];
  if (found === undefined) return [`class ${String(event['class_uid'])} is not in the fixture`];
  const { profiles = [] } = (event['metadata'] ?? {}) as { readonly profiles?: readonly string[] };
  const strange = profiles.filter((profile) => !found.profiles.includes(profile));
  return [
    ...strange.map((profile) => `the class does not take the profile ${profile}`),
    ...inObject(event, found, { at: '', profiles, schema }),
  ];
}

interface Place {
  readonly at: string;
  readonly profiles: readonly string[];
  readonly schema: OcsfSchema;
}

function inObject(value: Json, { attributes, atLeastOne = [] }: Described, place: Place): readonly string[] {
  const { at, profiles } = place;
  const open = Object.entries(attributes).filter(
    ([, { profile }]) => profile === undefined || profiles.includes(profile),
  );
  const known = new Map(open);
  return [
    ...Object.keys(value).flatMap((name) => (known.has(name) ? [] : [`${at}/${name} is unknown`])),
    ...open.flatMap(([name, { isRequired }]) =>
      isRequired === true && value[name] === undefined ? [`${at}/${name} is missing`] : [],
    ),
    ...(atLeastOne.length > 0 && !atLeastOne.some((name) => value[name] !== undefined)
      ? [`${at} has none of ${atLeastOne.join(', ')}`]
      : []),
    ...Object.entries(value).flatMap(([name, one]) => {
      const attribute = known.get(name);
      return attribute === undefined ? [] : inAttribute(one, attribute, { ...place, at: `${at}/${name}` });
    }),
  ];
}

function inAttribute(value: unknown, attribute: Attribute, place: Place): readonly string[] {
  const { type, isList = false } = attribute;
  if (!isList) return inValue(value, attribute, place);
  if (!Array.isArray(value)) return [`${place.at} is no list`];
  return value.flatMap((one, index) => inValue(one, { ...attribute, type }, { ...place, at: `${place.at}/${index}` }));
}

function inValue(value: unknown, { type, enum: closed }: Attribute, place: Place): readonly string[] {
  const { at, schema } = place;
  // INVARIANT: a bag of its own: nothing in it has a type.
  if (type === 'object') return isObject(value) ? [] : [`${at} is no object`];
  const described = schema.objects[type];
  if (described !== undefined) return isObject(value) ? inObject(value, described, place) : [`${at} is no object`];
  const simple = schema.types[type];
  if (simple === undefined) return [`${at} is of the type ${type}, which is not in the fixture`];
  const isFit =
    simple.startsWith('integer') || simple.startsWith('long') || simple.startsWith('timestamp')
      ? Number.isSafeInteger(value)
      : typeof value === 'string';
  if (!isFit) return [`${at} is no ${type}`];
  return closed === undefined || closed.some((one) => one === value) ? [] : [`${at} is in no closed list`];
}
